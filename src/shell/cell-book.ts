/**
 * The cells of a session that have ended, in the order of their numbers: what they said, the rows they left, and whether
 * they still hold. A cell is stale when a later sync or statement changed a table that it read; running it again in its place
 * makes it fresh.
 */
import { Problem } from '../market/problem.ts';
import type { View } from '../output/view.ts';
import type { Bindings, ConnectionPool } from '../store/connection.ts';
import { StatementError } from '../store/pool/statement-error.ts';
import { type CellRecord, type KeptResult, sampled } from './cell-record.ts';
import { HeldRows, mostKeptRows } from './held-rows.ts';
import { namesIn, plainName } from './names-read.ts';
import { Params } from './params.ts';
import { Spill, type Wanted } from './spill.ts';
import type { SqlToken } from './sql-tokens.ts';
import type { StatementResult } from './statement-run.ts';
import { unkept } from './unkept.ts';
import { writeTargetOf } from './write-target.ts';

/** Cells that keep what they showed; of older ones the text and the rows stay. */
const mostShown = 200;

/** One cell while it runs. */
export class CellRun {
  readonly cell: number;
  readonly text: string;
  readonly at: number;
  /** Changes told before it began. */
  readonly after: number;
  /** The cell that `_` meant then. */
  readonly last: number | null;
  readonly views: View[] = [];
  readonly names = new Set<string>();
  readonly writes = new Set<string>();
  /** Aliases that it is the meaning of. */
  readonly aliases = new Set<string>();
  held: HeldRows | null = null;
  result: StatementResult | null = null;

  constructor(
    cell: number,
    text: string,
    at: number,
    before: { readonly changes: number; readonly last: number | null },
  ) {
    this.cell = cell;
    this.text = text;
    this.at = at;
    this.after = before.changes;
    this.last = before.last;
  }

  show(view: View): void {
    this.views.push(sampled(view));
  }

  /** What it has of a result so far; to go back to where a statement fails half-way. */
  get kept(): Pick<CellRun, 'held' | 'result'> {
    return { held: this.held, result: this.result };
  }

  set kept({ held, result }: Pick<CellRun, 'held' | 'result'>) {
    this.held = held;
    this.result = result;
  }

  /** Takes what a text left that ran as part of this cell. */
  adopt({ held, result, names, writes }: CellRun): void {
    this.held = held;
    this.result = result;
    for (const name of names) this.names.add(name);
    for (const name of writes) this.writes.add(name);
  }

  /** A statement before it runs. */
  note(tokens: readonly SqlToken[]): void {
    for (const name of namesIn(tokens)) this.names.add(name);
    const target = writeTargetOf(tokens);
    if (target && target.kind !== 'database') this.writes.add(plainName(target.name));
  }

  /** Takes the rows of a result as they are read, in the place of those of the statement before it. */
  readonly hold = (result: StatementResult): HeldRows => {
    this.result = result;
    this.held = new HeldRows(result.names, result.types);
    return this.held;
  };
}

/** Rows as they were at one moment. */
export interface RowCopy {
  /** Qualified name. */
  readonly table: string;
  /** Never rejects. */
  drop(): Promise<void>;
}

export interface CellEnding {
  readonly exitCode: number;
  readonly ms: number;
}

/** The text of a cell of a file, which was not run. */
export interface OpenedCell {
  readonly text: string;
  readonly title: string | null;
  readonly name: string | null;
  readonly attributes: readonly string[];
}

export class CellBook {
  /** At the head of the file that they are saved to. */
  title: string | null = null;
  readonly params = new Params();
  readonly #spill = new Spill();
  #records: CellRecord[] = [];
  #changes = 0;
  readonly #changedAt = new Map<string, number>();
  #last: number | null = null;

  get records(): readonly CellRecord[] {
    return this.#records;
  }

  find(cell: number): CellRecord | undefined {
    return this.#records.find(record => record.cell === cell);
  }

  /** Whether any rows are kept, so that a statement may name them. */
  get keeps(): boolean {
    return !this.#spill.empty;
  }

  begin(cell: number, text: string, at: number): CellRun {
    return new CellRun(cell, text, at, { changes: this.#changes, last: this.#last });
  }

  /** Enters the cell; in the place of the one of that number where it was run again. */
  end(run: CellRun, { exitCode, ms }: CellEnding): void {
    const before = this.find(run.cell);
    this.#enter({
      cell: run.cell,
      name: before?.name ?? null,
      title: before?.title ?? null,
      attributes: before?.attributes ?? [],
      text: run.text,
      state: 'ran',
      exitCode,
      ms,
      at: run.at,
      views: run.views,
      result: keptOf(run),
      reads: [],
      run: null,
      stale: false,
    });
  }

  open(cell: number, { text, title, name, attributes }: OpenedCell): void {
    if (name !== null) {
      this.#rename(name);
      this.#spill.reserve(cell, name);
    }
    this.#enter({
      cell,
      name,
      title,
      attributes,
      text,
      state: 'opened',
      exitCode: 0,
      ms: 0,
      at: null,
      views: [],
      result: null,
      reads: [],
      run: null,
      stale: false,
    });
  }

  /** After a cell's end: writes its rows away and finds out what it read. Never rejects. */
  async settle(run: CellRun, pool: ConnectionPool | null): Promise<void> {
    if (run.result) this.#last = run.cell;
    if (!pool) {
      if (run.held) await this.#spill.skip(run.cell).catch(() => undefined);
      return;
    }
    await this.keep(run, pool);
    const reader = run.result !== null && run.writes.size === 0;
    const names = [...run.names].map(name => (name === '_' && run.last !== null ? `_${run.last}` : name));
    const { reads, newest } = reader ? await readBy(names, pool) : { reads: [], newest: null };
    // What writes is never run again by itself, so it is never stale.
    const late = reader && reads.some(name => (this.#changedAt.get(name) ?? 0) > run.after);
    this.#change(run.cell, record => ({ ...record, reads, run: newest, stale: late }));
    const changed = [...run.writes, ...(run.result ? [`_${run.cell}`, '_'] : [])];
    if (changed.length > 0) this.changed(changed, run.cell);
  }

  /** Writes away what the run holds so far; for a later statement of the same cell that reads it. Never rejects. */
  async keep(run: CellRun, pool: ConnectionPool): Promise<void> {
    const { held, cell } = run;
    if (!held) return;
    run.held = null;
    try {
      if (held.whole && !held.tooMany) await this.#spill.keep(pool, cell, held);
      else await this.#spill.skip(cell);
    } catch {
      // Without its rows the cell is what it would be with too many of them.
      await this.#spill.skip(cell).catch(() => undefined);
    }
    const table = this.#spill.tableOf(cell);
    this.#change(cell, record => ({ ...record, result: record.result && { ...record.result, table } }));
  }

  /** The rows that a named cell of a file has left, which runs as part of this cell: `_name` is them. Never rejects. */
  async keepNamed({ held }: CellRun, name: string, pool: ConnectionPool): Promise<void> {
    if (!held?.whole || held.tooMany) return;
    this.#rename(name);
    // Without its rows the name means nothing.
    await this.#spill.keepNamed(pool, name, held).catch(() => undefined);
  }

  /** A view would outlive what it reads. @throws Problem `refused` */
  refuseView(tokens: readonly SqlToken[]): void {
    const words = tokens.slice(0, 5).map(({ text }) => text.toLowerCase());
    if (words[0] !== 'create' || !words.includes('view')) return;
    const kept = [...namesIn(tokens)].find(name => name.startsWith('_') && this.#meant(name.slice(1))?.result);
    if (kept === undefined) return;
    throw new Problem('refused', `${kept} goes away with this shell, and a view of it would not.`, {
      next: `create table … as from ${kept};`,
    });
  }

  /** Before something reads kept results: a statement by its words, a command by a cell. */
  ready(wanted: Wanted, signal: AbortSignal): Promise<void> {
    return this.#spill.ready(wanted, signal);
  }

  /** Tables were changed: what read them is stale, but for the cell that did it. */
  changed(tables: readonly string[], by: number | null = null): void {
    this.#changes++;
    for (const table of tables) this.#changedAt.set(table, this.#changes);
    const names = new Set(tables);
    this.#records = this.#records.map(record =>
      !record.stale && record.cell !== by && record.reads.some(name => names.has(name))
        ? { ...record, stale: true }
        : record,
    );
  }

  get stale(): readonly number[] {
    return this.#records.filter(({ stale }) => stale).map(({ cell }) => cell);
  }

  /** Names a cell, so that `_name` is its rows. @throws Problem for a cell that is not there. */
  async name(cell: number, name: string): Promise<void> {
    this.#rename(name);
    this.#change(cell, record => ({ ...record, name }));
    await this.#spill.name(cell, name);
  }

  /** A name means one cell: it is taken from the one that has it. */
  #rename(name: string): void {
    this.#records = this.#records.map(record => (record.name === name ? { ...record, name: null } : record));
  }

  /** In the place of an error about a table `_3` that is not there: why not. */
  explained(thrown: unknown, inTransaction: boolean): unknown {
    if (!(thrown instanceof StatementError)) return thrown;
    const [, table] = /Table with name (_\w*) does not exist/i.exec(thrown.engineMessage) ?? [];
    if (table === undefined) return thrown;
    const record = this.#meant(table.slice(1));
    if (!record) return /^_\d*$/.test(table) ? this.#nothing(table) : thrown;
    const which = `cell ${record.cell}`;
    if (record.state === 'opened') {
      return new Problem('failed', `${table} has no rows yet: ${which} was opened and not run.`, {
        next: `rerun ${record.cell}`,
      });
    }
    if (!record.result)
      return new Problem('failed', `${table} has no rows: ${which} had no result.`, { next: 'cells' });
    if (record.result.table !== null && inTransaction) {
      return new Problem('failed', `${table} is newer than what the open transaction sees.`, {
        next: 'commit or rollback, then ask again',
      });
    }
    const { rows, types } = record.result;
    const odd = types.map(unkept).find(each => each !== null) ?? null;
    if (odd !== null) {
      return new Problem('failed', `${table} is not at hand: the result of ${which} holds ${odd}, which is not kept.`, {
        next: `rerun ${record.cell}  shows it again`,
      });
    }
    let why = `the result of ${which} was not read to its end`;
    if (rows !== null && rows <= mostKeptRows) why = `the rows of ${which} are not kept any more`;
    else if (rows !== null) why = `${which} has more than the ${mostKeptRows.toLocaleString('en')} rows that are kept`;
    return new Problem('failed', `${table} is not at hand: ${why}.`, {
      next: `rerun ${record.cell}  shows it again; create table … as  keeps all of it`,
    });
  }

  #meant(name: string): CellRecord | undefined {
    if (name === '') return this.#last === null ? undefined : this.find(this.#last);
    if (/^\d+$/.test(name)) return this.find(Number(name));
    return this.#records.find(record => record.name?.toLowerCase() === name.toLowerCase());
  }

  #nothing(table: string): Problem {
    const sentence = table === '_' ? 'there is no result yet for _ to be.' : `there is no cell ${table.slice(1)}.`;
    return new Problem('failed', sentence, { next: 'cells  lists them' });
  }

  #enter(record: CellRecord): void {
    const others = this.#records.filter(({ cell }) => cell !== record.cell);
    this.#records = [...others, record].sort((a, b) => a.cell - b.cell);
    const old = this.#records.at(-mostShown - 1);
    if (old && old.views.length > 0) this.#change(old.cell, record => ({ ...record, views: [] }));
  }

  #change(cell: number, change: (record: CellRecord) => CellRecord): void {
    this.#records = this.#records.map(record => (record.cell === cell ? change(record) : record));
  }

  /** What a query gives, copied; rejects where it cannot be. */
  async copy(pool: ConnectionPool, sql: string, values: Bindings | undefined, signal: AbortSignal): Promise<RowCopy> {
    const table = await this.#spill.copy(pool, sql, values, signal);
    return { table, drop: () => this.#spill.dropCopy(table).catch(() => undefined) };
  }

  async close(): Promise<void> {
    await this.#spill.close();
  }
}

interface Seen {
  readonly reads: readonly string[];
  readonly newest: number | null;
}

async function readBy(names: readonly string[], pool: ConnectionPool): Promise<Seen> {
  const { newestRun, resolveNames } = await import('./tables-read.ts');
  const reads = await resolveNames(names, pool).catch(() => names);
  return { reads, newest: reads.length === 0 ? null : await newestRun(pool).catch(() => null) };
}

function keptOf({ result, held }: CellRun): KeptResult | null {
  if (!result) return null;
  const { sql, values, names, types } = result;
  return { sql, values, names, types, rows: held && !held.whole ? null : (held?.rows ?? null), table: null };
}
