/**
 * One SQL statement on the prompt's connection. Rows come as a view of the first ones with a count of the rest, or go to a
 * sink piece by piece; everything else says what it changed. A write to the program's own tables takes the write lane for
 * its length, or until the open transaction ends. A statement that names `meta.pool` finds the figures of its moment there.
 */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { Problem } from '../market/problem.ts';
import type { ChangedView, ResultView } from '../output/view.ts';
import type { Bindings, Bound, ChunkedStream, ConnectionPool, Lease, QueryStream } from '../store/connection.ts';
import { keptDatabase, ownMark } from '../store/kept.ts';
import { setFigures } from '../store/pool-figures.ts';
import type { EngineText } from './engine-copy.ts';
import type { HeldRows } from './held-rows.ts';
import { hintsFor } from './hints.ts';
import type { Params } from './params.ts';
import { type SqlToken, sqlTokens, verbOf, withoutEnd } from './sql-tokens.ts';
import { queryWords } from './sql-words.ts';
import { WriteLane } from './write-lane.ts';

/** Takes results as they come. */
export interface ResultSink {
  /** Resolves to the rows taken; may stop early. */
  rows(stream: QueryStream): Promise<number>;
  /** Where the engine may write the next result itself; null where rows are wanted. */
  text(): EngineText | null;
}

export interface StatementLimits {
  /** Rows kept for the view. */
  readonly rows: number;
  /** Milliseconds to go on counting rows after the last kept one. */
  readonly countingMs: number;
  /** The same while they could still all be held. */
  readonly holdingMs?: number;
}

export const promptLimits: StatementLimits = { rows: 1000, countingMs: 200, holdingMs: 1000 };

export interface StatementOptions {
  readonly signal: AbortSignal;
  readonly tag: string;
  readonly limits: StatementLimits;
  /** The session goes on after an error: at a prompt; a script ends with it. */
  readonly lasting: boolean;
  readonly sink?: ResultSink;
  /** What `$names` mean; without it they are the engine's to complain of. */
  readonly params?: Params;
  /** Takes the rows of a result beside whoever shows them. */
  readonly hold?: (result: StatementResult) => HeldRows;
  /** Kept results may be named: `_`, `_3`. */
  readonly kept?: boolean;
}

/** A statement that gave rows. */
export interface StatementResult {
  readonly sql: string;
  readonly values: Readonly<Record<string, Bound>>;
  readonly names: QueryStream['names'];
  readonly types: QueryStream['types'];
}

/** The figures of `meta.pool` while the connection of that number runs that statement. */
export type PoolFigures = (connection: number, sql: string) => Promise<Readonly<Record<string, unknown>>>;

const counted = new Set(['insert', 'update', 'delete', 'merge', 'copy', 'truncate', 'create']);

export class StatementRunner {
  readonly #pool: ConnectionPool;
  readonly #lease: Lease;
  readonly #figures: PoolFigures;
  readonly lane: WriteLane;

  constructor(pool: ConnectionPool, lease: Lease, figures: PoolFigures) {
    this.#pool = pool;
    this.#lease = lease;
    this.#figures = figures;
    this.lane = new WriteLane(pool, lease);
  }

  /** Null when the sink took the result. */
  async run(sql: string, options: StatementOptions): Promise<ResultView | ChangedView | null> {
    const tokens = sqlTokens(sql);
    const verb = verbOf(tokens);
    if (verb === 'commit' || verb === 'end') await this.#refuseEmptyCommit();
    await this.lane.enter(tokens, options);
    const asksPool = namesPool(tokens) && this.#lease.transactionState() !== 'aborted';
    let started = performance.now();
    try {
      if (asksPool) {
        await this.#lease.execute(setFigures(await this.#figures(this.#lease.id, sql)));
        started = performance.now();
      }
      const values = keepsParameters(tokens) ? {} : (options.params?.valuesFor(tokens) ?? {});
      const run = (): Promise<ResultView | ChangedView | null> =>
        queryWords.has(verb)
          ? this.#stream(sql, tokens, values, started, options)
          : this.#whole(sql, verb, tokens, values, started, options);
      return await (options.kept && namesKept(tokens) && !setsPlaces.has(verb) ? this.#withKept(run) : run());
    } catch (thrown) {
      throw inTransaction(thrown, this.#lease, options.lasting);
    } finally {
      this.lane.leave();
      if (this.lane.takeFactorsWritten()) await this.#rebuildSpans();
      if (asksPool) await this.#lease.execute(setFigures(null)).catch(() => undefined);
    }
  }

  /** Adjusted prices follow factors that a statement changed. Where that cannot be now, `check` names the codes. */
  async #rebuildSpans(): Promise<void> {
    const { rebuildSpans } = await import('../store/factors.ts');
    await this.#pool.write(rebuildSpans, { tag: 'spans' }).catch(() => undefined);
  }

  /** Work of a command on the prompt's connection that reads what `tokens` name. */
  lend<T>(tokens: readonly SqlToken[], kept: boolean, work: () => Promise<T>): Promise<T> {
    return kept && namesKept(tokens) ? this.#withKept(work) : work();
  }

  /** Kept results are found behind the user's own tables for the length of one statement. */
  async #withKept<T>(run: () => Promise<T>): Promise<T> {
    if (this.#lease.transactionState() === 'aborted') return run();
    const { rows } = await this.#lease.query(
      `${ownMark}select current_setting('search_path'), current_database(), current_schema()`,
    );
    const [path = '', database = '', schema = ''] = (rows[0] ?? []).map(value => String(value ?? ''));
    const here = path === '' ? `${quoted(database)}.${quoted(schema)}` : path;
    const set = (to: string): Promise<number> =>
      this.#lease.execute(`${ownMark}set search_path = '${to.replaceAll("'", "''")}'`);
    await set(`${here},${keptDatabase}.main`);
    try {
      return await run();
    } finally {
      if (this.#lease.lost() === null && this.#lease.transactionState() !== 'aborted') await set(path);
    }
  }

  /** COMMIT of an aborted transaction would report success and store nothing. */
  async #refuseEmptyCommit(): Promise<void> {
    if (this.#lease.transactionState() !== 'aborted') return;
    await this.#lease.execute('ROLLBACK');
    this.lane.give();
    throw new Problem(
      'failed',
      'an error had ended this transaction before, so nothing of it is stored; it is rolled back.',
    );
  }

  async #stream(
    sql: string,
    tokens: readonly SqlToken[],
    values: Values,
    started: number,
    { signal, limits, sink, hold }: StatementOptions,
  ): Promise<ResultView | null> {
    const text = hold ? null : (sink?.text() ?? null);
    if (text && /^(select|from|values)$/.test(verbOf(tokens))) {
      const { writtenByEngine } = await import('./engine-copy.ts');
      const query = { sql: withoutEnd(sql, tokens), values: bindings(values) };
      if (await writtenByEngine(this.#lease, query, text, signal)) return null;
    }
    const stream = await this.#lease.stream(sql, bindings(values), { signal });
    const { names, types } = stream;
    const held = hold?.({ sql, values, names, types });
    try {
      if (sink) {
        await sink.rows(held ? holding(stream, held) : stream);
        return null;
      }
      const rows: ResultView['rows'][number][] = [];
      let total = 0;
      let complete = true;
      let ms = 0;
      let deadline = Number.POSITIVE_INFINITY;
      for await (const piece of stream.pieces()) {
        ms = performance.now() - started;
        const read = rows.length < limits.rows ? piece.rows() : undefined;
        if (read) rows.push(...read.slice(0, limits.rows - rows.length));
        total += piece.count;
        held?.take(piece.chunk, read);
        if (total > limits.rows && deadline === Number.POSITIVE_INFINITY)
          deadline = performance.now() + limits.countingMs;
        const longer = held && !held.tooMany ? (limits.holdingMs ?? limits.countingMs) - limits.countingMs : 0;
        if (performance.now() > deadline + longer) {
          complete = false;
          break;
        }
      }
      if (total === 0) ms = performance.now() - started;
      if (held) held.whole = complete;
      return { kind: 'result', names, types, rows, total, complete, ms, sql, hints: hintsFor(tokens, total) };
    } finally {
      await stream.close();
    }
  }

  async #whole(
    sql: string,
    verb: string,
    tokens: readonly SqlToken[],
    values: Values,
    started: number,
    { signal, sink, hold }: StatementOptions,
  ): Promise<ResultView | ChangedView | null> {
    const chunks: DuckDBDataChunk[] = [];
    const keep = (chunk: DuckDBDataChunk): void => void chunks.push(chunk);
    const { names, types, rows, changed } = await this.#lease.query(sql, bindings(values), {
      signal,
      ...(hold ? { keep } : {}),
    });
    const ms = performance.now() - started;
    const [only] = names;
    const onlyCount = names.length === 1 && only === 'Count';
    if (names.length === 0 || onlyCount || (rows.length === 0 && only === 'Success')) {
      const counts = counted.has(verb) && (verb !== 'create' || (onlyCount && fillsTable(tokens)));
      return { kind: 'changed', what: verb, changed: counts ? Math.max(changed, firstCount(rows)) : null, ms };
    }
    const held = hold?.({ sql, values, names, types });
    for (const chunk of held ? chunks : []) held?.take(chunk);
    if (held) held.whole = true;
    if (sink) {
      await sink.rows(wholeStream(names, types, rows));
      return null;
    }
    return { kind: 'result', names, types, rows, total: rows.length, complete: true, ms, sql, hints: [] };
  }
}

type Values = Readonly<Record<string, Bound>>;

/** Whether a CREATE makes a table out of rows; of all else that it makes the engine counts none. */
function fillsTable(tokens: readonly SqlToken[]): boolean {
  const words = tokens
    .filter(({ kind, depth }) => kind === 'word' && depth === 0)
    .map(({ text }) => text.toLowerCase());
  const table = words.indexOf('table');
  return table > 0 && words.indexOf('as') > table;
}

/** Their `$names` are not the session's: they are given a value when the statement is executed. */
function keepsParameters(tokens: readonly SqlToken[]): boolean {
  const [verb, ...rest] = tokens.slice(0, 5).map(({ text }) => text.toLowerCase());
  return verb === 'prepare' || (verb === 'create' && !rest.includes('table'));
}

function bindings(values: Values): Bindings | undefined {
  return Object.keys(values).length === 0 ? undefined : values;
}

/** What these set would be taken back after them. */
const setsPlaces = new Set(['use', 'set', 'reset', 'attach', 'detach', 'pragma']);

/** Whether a kept result may be meant: `_`, `_3`, `_momentum`. */
export function namesKept(tokens: readonly SqlToken[]): boolean {
  return tokens.some(({ kind, text }) => (kind === 'word' || kind === 'name') && text.startsWith('_'));
}

/** The same rows for their reader, and on the way for whoever keeps them. */
function holding(stream: ChunkedStream, held: HeldRows): QueryStream {
  return {
    names: stream.names,
    types: stream.types,
    close: () => stream.close(),
    async *[Symbol.asyncIterator]() {
      for await (const piece of stream.pieces()) {
        const rows = piece.rows();
        held.take(piece.chunk, rows);
        yield rows;
      }
      held.whole = true;
    },
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Whether `meta.pool` may be meant: also `from pool` after `use meta`. */
function namesPool(tokens: readonly SqlToken[]): boolean {
  return tokens.some(({ kind, text }) => (kind === 'word' || kind === 'name') && text.toLowerCase() === 'pool');
}

function firstCount(rows: readonly (readonly unknown[])[]): number {
  const value = rows[0]?.[0];
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : 0;
}

function wholeStream(names: QueryStream['names'], types: QueryStream['types'], rows: ResultView['rows']): QueryStream {
  return {
    names,
    types,
    close: async () => undefined,
    async *[Symbol.asyncIterator]() {
      yield rows;
    },
  };
}

/** After an error in the user's transaction: says what becomes of it. */
function inTransaction(thrown: unknown, lease: Lease, lasting: boolean): unknown {
  if (!(thrown instanceof Problem) || thrown.next !== undefined) return thrown;
  const state = lease.transactionState();
  if (state === 'none') return thrown;
  let next = 'the transaction is rolled back: nothing of it is stored';
  if (lasting) {
    next =
      state === 'aborted'
        ? 'the transaction is lost: rollback'
        : 'the transaction goes on: commit keeps what it did before, rollback undoes it';
  }
  return Object.assign(thrown, { next });
}
