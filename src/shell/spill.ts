/**
 * The results of a shell as tables: `_3` holds the rows of cell 3, `_` the last result, `_momentum` those of a named cell.
 * They stand in a database file of the shell's own, in a private temporary folder, attached beside the user's file.
 *
 * 1. Rows are written as the engine gave them, chunk by chunk, on a connection of their own: no statement runs a second time,
 *    and the user's transaction is left alone.
 * 2. A small result is kept as its values, and is a table from when a statement names it until others were named since: each
 *    table costs the engine memory, however few its rows. Whoever is about to read calls `ready` before.
 * 3. The file holds nothing open: where the user's file is released, it goes with it and comes back with it.
 * 4. The oldest results make room when there are more than five million rows, or more than 200 results without a name.
 * 5. The folder is removed at the end; the next shell removes what a killed one left.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Bindings, Connection, ConnectionPool } from '../store/connection.ts';
import { keptDatabase } from '../store/kept.ts';
import type { HeldRows } from './held-rows.ts';
import type { LightRows } from './light-rows.ts';
import { processRuns } from './process-runs.ts';

const prefix = 'duckline-cells-';
const mostRows = 5_000_000;
const mostResults = 200;
/** Small results that are tables at a time. */
const mostWritten = 16;
const waitMs = 2000;

/** The rows of one cell; rows of the same cell that ran again are another one. */
interface Kept {
  readonly rows: number;
  /** Null: they are in a table only. */
  readonly light: LightRows | null;
}

/** Which results a statement is about to read: by the names that it uses, or any of them. */
export type Wanted = ReadonlySet<string> | 'all';

const nothing: Wanted = new Set();
const noCell = -1;

export class Spill {
  /** Oldest first. */
  readonly #kept = new Map<number, Kept>();
  readonly #names = new Map<string, number>();
  #last: number | null = null;
  /** What stands in the file: tables by their cells, the one read last at the end, and views, each of which means a cell. */
  readonly #tables = new Map<number, Kept>();
  readonly #views = new Map<string, number>();
  /** Names of cells of files, whose rows are in tables of their own. */
  readonly #ofFile = new Set<string>();
  #folder: string | null = null;
  #pool: ConnectionPool | null = null;
  #copies = 0;
  /** Copies that are read no more. */
  #dropped: readonly string[] = [];
  #tail: Promise<void> = Promise.resolve();

  /** The table's qualified name, or null where that cell's rows are not kept. It is to be read after `ready` alone. */
  tableOf(cell: number): string | null {
    return this.#kept.has(cell) ? qualified(`_${cell}`) : null;
  }

  /** Whether there is no file, and so nothing in it that a statement may name. */
  get empty(): boolean {
    return this.#folder === null;
  }

  /** Keeps the rows as the cell's, in the place of older ones. They are the last result from now on. */
  keep(pool: ConnectionPool, cell: number, held: HeldRows): Promise<void> {
    return this.#inTurn(() => this.#keep(pool, cell, held));
  }

  async #keep(pool: ConnectionPool, cell: number, held: HeldRows): Promise<void> {
    this.#pool = pool;
    this.#letGo(cell);
    // A prompt stands before the driver is loaded.
    const { lightRows } = await import('./light-rows.ts');
    const kept: Kept = { rows: held.rows, light: lightRows(held) };
    if (kept.light === null) {
      await this.#attached(pool);
      await this.#inFile(`keeping [${cell}]`, connection => write(connection, `_${cell}`, held), soon());
      this.#tables.set(cell, kept);
    }
    this.#kept.set(cell, kept);
    this.#makeRoom(cell);
    this.#last = cell;
    await this.#tidied();
  }

  /** Writes the rows of one of several cells that run as one: `_name` is theirs from now on. */
  keepNamed(pool: ConnectionPool, name: string, held: HeldRows): Promise<void> {
    return this.#inTurn(() => this.#keepNamed(pool, name, held));
  }

  async #keepNamed(pool: ConnectionPool, name: string, held: HeldRows): Promise<void> {
    await this.#attached(pool);
    this.#names.delete(name);
    // No cell has a number like that.
    const table = `_=${name}`;
    const work = async (connection: Connection): Promise<void> => {
      await write(connection, table, held);
      await connection.execute(`create or replace view ${qualified(`_${name}`)} as from ${qualified(table)}`);
    };
    await this.#inFile(`keeping [${table.slice(1)}]`, work, soon());
    this.#views.delete(`_${name}`);
    this.#ofFile.add(name);
  }

  /** What a query gives, as it is now, in a table that is nobody's result. @returns its qualified name. */
  async copy(pool: ConnectionPool, sql: string, values: Bindings | undefined, signal: AbortSignal): Promise<string> {
    this.#pool = pool;
    await this.#inTurn(() => this.#attached(pool));
    // No cell has a number like that.
    const table = qualified(`_~${++this.#copies}`);
    await pool.execute(`create table ${table} as from (\n${sql}\n)`, values, { tag: 'viewer', signal });
    return table;
  }

  dropCopy(table: string): Promise<void> {
    return this.#inTurn(() => {
      this.#dropped = [...this.#dropped, table];
      return this.#tidied();
    });
  }

  /** The last result is one that is not kept: `_` must not be the one before it. */
  skip(cell: number): Promise<void> {
    return this.#inTurn(() => {
      this.#letGo(cell);
      this.#last = null;
      return this.#tidied();
    });
  }

  /** Makes `_name` mean that cell, which has no rows yet. A name means one cell. */
  reserve(cell: number, name: string): void {
    this.#names.set(name, cell);
    // The view of a cell of a file is there still.
    if (this.#ofFile.delete(name)) this.#views.set(`_${name}`, noCell);
  }

  /** Makes `_name` mean that cell. A name means one cell. */
  async name(cell: number, name: string): Promise<void> {
    this.reserve(cell, name);
    await this.#inTurn(() => this.#tidied());
  }

  /** Lets the file go and removes it. */
  async close(): Promise<void> {
    await this.#tail;
    this.#kept.clear();
    if (this.#folder === null) return;
    await this.#pool?.detach(keptDatabase).catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = null;
    this.#tables.clear();
    this.#views.clear();
  }

  /** The cell's rows are not kept any more, nor what refers to them. */
  #letGo(cell: number): void {
    this.#kept.delete(cell);
    if (this.#last === cell) this.#last = null;
  }

  #makeRoom(newest: number): void {
    let total = [...this.#kept.values()].reduce((sum, { rows }) => sum + rows, 0);
    const named = new Set(this.#names.values());
    for (const [cell, { rows }] of [...this.#kept]) {
      const tooMany = this.#kept.size - named.size > mostResults && !named.has(cell);
      if (cell === newest) return;
      if (total <= mostRows && !tooMany) continue;
      this.#letGo(cell);
      total -= rows;
    }
  }

  /** What cannot be tidied now is tidied before the next reader. */
  async #tidied(): Promise<void> {
    await this.#agree(nothing, soon()).catch(() => undefined);
  }

  /**
   * Before somebody reads kept results: those that are wanted are tables after it, and no name means what it should not mean
   * any more. In an open transaction all are to be wanted: what is written after its first look it does not see.
   */
  ready(wanted: Wanted, signal: AbortSignal): Promise<void> {
    return this.#inTurn(() => this.#agree(wanted, signal));
  }

  async #agree(wanted: Wanted, signal: AbortSignal): Promise<void> {
    const pool = this.#pool;
    if (!pool) return;
    const meanings = this.#meanings();
    const read = this.#cellsOf(wanted, meanings);
    const due = [...read].filter(
      cell => this.#kept.get(cell)?.light && this.#tables.get(cell) !== this.#kept.get(cell),
    );
    const gone = [...this.#tables].filter(([cell, kept]) => this.#kept.get(cell) !== kept).map(([cell]) => cell);
    const light = [...this.#tables].filter(([cell, kept]) => kept.light && !read.has(cell) && !gone.includes(cell));
    gone.push(...light.slice(0, Math.max(0, light.length + due.length - mostWritten)).map(([cell]) => cell));
    const stands = (cell: number): boolean => due.includes(cell) || (this.#tables.has(cell) && !gone.includes(cell));
    const lost = [...this.#views].filter(([view, cell]) => meanings.get(view) !== cell || !stands(cell));
    const fresh = [...meanings].filter(([view, cell]) => stands(cell) && this.#views.get(view) !== cell);
    const copies = this.#dropped;
    if (due.length + gone.length + lost.length + copies.length === 0 && (fresh.length === 0 || wanted === nothing))
      return;
    await this.#attached(pool);
    const { chunkOf } = await import('./light-rows.ts');
    const work = async (connection: Connection): Promise<void> => {
      for (const copy of copies) await connection.execute(`drop table if exists ${copy}`);
      for (const [view] of lost) await connection.execute(`drop view if exists ${qualified(view)}`);
      for (const cell of gone) await connection.execute(`drop table if exists ${qualified(`_${cell}`)}`);
      for (const cell of due) {
        const light = this.#kept.get(cell)?.light;
        const chunk = light && chunkOf(light);
        if (light) await write(connection, `_${cell}`, { ...light, chunks: chunk ? [chunk] : [] });
      }
      for (const [view, cell] of fresh) await connection.execute(viewOf(view, cell));
    };
    await this.#inFile('kept results', work, signal);
    this.#dropped = this.#dropped.filter(copy => !copies.includes(copy));
    for (const [view] of lost) this.#views.delete(view);
    for (const cell of gone) this.#tables.delete(cell);
    for (const [view, cell] of fresh) this.#views.set(view, cell);
    for (const cell of read) {
      const kept = this.#kept.get(cell);
      this.#tables.delete(cell);
      if (kept) this.#tables.set(cell, kept);
    }
  }

  /** Which cell each name beside its number means. */
  #meanings(): Map<string, number> {
    const names = [...this.#names].map(([name, cell]): [string, number] => [`_${name}`, cell]);
    if (this.#last !== null) names.push(['_', this.#last]);
    return new Map(names.filter(([, cell]) => this.#kept.has(cell)));
  }

  #cellsOf(wanted: Wanted, meanings: ReadonlyMap<string, number>): Set<number> {
    if (wanted === 'all') return new Set(this.#kept.keys());
    const words = new Set([...wanted].map(word => word.toLowerCase()));
    const named = [...meanings].filter(([name]) => words.has(name.toLowerCase())).map(([, cell]) => cell);
    const numbered = [...this.#kept.keys()].filter(cell => words.has(`_${cell}`));
    return new Set([...named, ...numbered]);
  }

  async #inFile(tag: string, work: (connection: Connection) => Promise<void>, signal: AbortSignal): Promise<void> {
    await this.#pool?.use(connection => connection.transaction(() => work(connection)), { tag, signal });
  }

  /** A view reads beside the prompt: the file is changed by one at a time. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(work);
    this.#tail = done.catch(() => undefined);
    return done;
  }

  async #attached(pool: ConnectionPool): Promise<void> {
    if (this.#folder === null) {
      sweep();
      this.#folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
    }
    this.#pool = pool;
    await pool.attach(keptDatabase, join(this.#folder, 'cells.duckdb'));
  }
}

async function write(
  connection: Connection,
  table: string,
  rows: Pick<HeldRows, 'names' | 'types' | 'chunks'>,
): Promise<void> {
  await connection.execute(`create or replace table ${qualified(table)} (${columnsOf(rows)})`);
  const appender = await connection.raw.createAppender(table, 'main', keptDatabase);
  try {
    for (const chunk of rows.chunks) {
      appender.appendDataChunk(chunk);
      appender.flushSync();
      await setImmediate();
    }
  } finally {
    appender.closeSync();
  }
}

/** Where all connections are at work, the prompt does not wait for one: rows that cannot be kept now are not kept. */
function soon(): AbortSignal {
  return AbortSignal.timeout(waitMs);
}

function qualified(table: string): string {
  return `${keptDatabase}.main.${quoted(table)}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function viewOf(name: string, cell: number): string {
  return `create or replace view ${qualified(name)} as from ${qualified(`_${cell}`)}`;
}

/** Columns of one name are told apart as the engine does in a subquery: `a`, `a_1`. */
function columnsOf({ names, types }: Pick<HeldRows, 'names' | 'types'>): string {
  const taken = new Set<string>();
  return names
    .map((name, index) => {
      let free = name || `column${index}`;
      for (let count = 1; taken.has(free.toLowerCase()); count++) free = `${name}_${count}`;
      taken.add(free.toLowerCase());
      const type = types[index];
      return `${quoted(free)} ${type?.alias ?? type?.toString() ?? 'VARCHAR'}`;
    })
    .join(', ');
}

/** Removes what shells left that were killed: folders of this user whose process is gone. */
export function sweep(folder = tmpdir()): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix)) continue;
    const [pid] = name.slice(prefix.length).split('-');
    const path = join(folder, name);
    try {
      if (!/^\d+$/.test(pid ?? '') || processRuns(Number(pid))) continue;
      if (process.getuid && statSync(path).uid !== process.getuid()) continue;
      rmSync(path, { recursive: true, force: true });
    } catch {
      // Of another user, or another shell was first.
    }
  }
}
