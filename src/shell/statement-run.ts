/**
 * One SQL statement on the prompt's connection. Rows come as a view of the first ones with a count of the rest, or go to a
 * sink piece by piece; everything else says what it changed. A write to the program's own tables takes the write lane for
 * its length, or until the open transaction ends. A statement that names `meta.pool` finds the figures of its moment there.
 */
import { Problem } from '../market/problem.ts';
import type { ChangedView, ResultView } from '../output/view.ts';
import type { ConnectionPool, Lease, QueryStream } from '../store/connection.ts';
import { setFigures } from '../store/pool-figures.ts';
import { hintsFor } from './hints.ts';
import { type SqlToken, sqlTokens, verbOf } from './sql-tokens.ts';
import { WriteLane } from './write-lane.ts';

/** Takes a result as it comes. Resolves to the rows taken; may stop early. */
export type ResultSink = (stream: QueryStream) => Promise<number>;

export interface StatementLimits {
  /** Rows kept for the view. */
  readonly rows: number;
  /** Milliseconds to go on counting rows after the last kept one. */
  readonly countingMs: number;
}

export const promptLimits: StatementLimits = { rows: 1000, countingMs: 200 };

export interface StatementOptions {
  readonly signal: AbortSignal;
  readonly tag: string;
  readonly limits: StatementLimits;
  /** The session goes on after an error: at a prompt; a script ends with it. */
  readonly lasting: boolean;
  readonly sink?: ResultSink;
}

/** The figures of `meta.pool` while the connection of that number runs that statement. */
export type PoolFigures = (connection: number, sql: string) => Promise<Readonly<Record<string, unknown>>>;

const streamed = new Set([
  'select',
  'from',
  'values',
  'table',
  'pivot',
  'pivot_wider',
  'pivot_longer',
  'unpivot',
  'summarize',
]);
const counted = new Set(['insert', 'update', 'delete', 'merge', 'copy', 'truncate', 'create']);

export class StatementRunner {
  readonly #lease: Lease;
  readonly #figures: PoolFigures;
  readonly lane: WriteLane;

  constructor(pool: ConnectionPool, lease: Lease, figures: PoolFigures) {
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
      if (streamed.has(verb)) return await this.#stream(sql, tokens, started, options);
      return await this.#whole(sql, verb, started, options);
    } catch (thrown) {
      throw inTransaction(thrown, this.#lease, options.lasting);
    } finally {
      this.lane.leave();
      if (asksPool) await this.#lease.execute(setFigures(null)).catch(() => undefined);
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
    started: number,
    { signal, limits, sink }: StatementOptions,
  ): Promise<ResultView | null> {
    const stream = await this.#lease.stream(sql, undefined, { signal });
    try {
      if (sink) {
        await sink(stream);
        return null;
      }
      const rows: ResultView['rows'][number][] = [];
      let total = 0;
      let complete = true;
      let ms = 0;
      let deadline = Number.POSITIVE_INFINITY;
      for await (const piece of stream) {
        ms = performance.now() - started;
        for (const row of piece.slice(0, limits.rows - rows.length)) rows.push(row);
        total += piece.length;
        if (total > limits.rows && deadline === Number.POSITIVE_INFINITY)
          deadline = performance.now() + limits.countingMs;
        if (performance.now() > deadline) {
          complete = false;
          break;
        }
      }
      if (total === 0) ms = performance.now() - started;
      const { names, types } = stream;
      return { kind: 'result', names, types, rows, total, complete, ms, sql, hints: hintsFor(tokens, total) };
    } finally {
      await stream.close();
    }
  }

  async #whole(
    sql: string,
    verb: string,
    started: number,
    { signal, sink }: StatementOptions,
  ): Promise<ResultView | ChangedView | null> {
    const { names, types, rows, changed } = await this.#lease.query(sql, undefined, { signal });
    const ms = performance.now() - started;
    const [only] = names;
    const onlyCount = names.length === 1 && only === 'Count';
    if (names.length === 0 || onlyCount || (rows.length === 0 && only === 'Success')) {
      const counts = counted.has(verb) && (verb !== 'create' || onlyCount);
      return { kind: 'changed', what: verb, changed: counts ? Math.max(changed, firstCount(rows)) : null, ms };
    }
    if (sink) {
      await sink(wholeStream(names, types, rows));
      return null;
    }
    return { kind: 'result', names, types, rows, total: rows.length, complete: true, ms, sql, hints: [] };
  }
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
