/**
 * A lent connection as its borrower sees it. It knows when it is over: returned twice or used after its return is refused
 * and reported, with the place where it was checked out or, where that was not noted, misused.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { Problem } from '../../market/problem.ts';
import type {
  Bindings,
  ChunkedStream,
  Columns,
  Connection,
  Lane,
  Lease,
  QueryOptions,
  QueryResult,
  RunOptions,
  TransactionState,
} from '../connection.ts';
import type { Slot } from './core.ts';
import type { Session } from './session.ts';

export interface Lender {
  takeBack(slot: Slot<Session>): void | Promise<void>;
  throwAway(slot: Slot<Session>, mode: 'hard' | 'soft'): Promise<void>;
  misused(lease: Lease, tag: string, what: string, stack: string): void;
}

const done = Promise.resolve();

export class PoolLease implements Lease {
  readonly id: number;
  readonly lane: Lane;
  readonly #tag: string;
  readonly #slot: Slot<Session>;
  readonly #trace: { stack?: string };
  readonly #lender: Lender;
  readonly #ended: (() => void) | null;
  #over = false;

  /** @param ended called once when the lease is over: gives the writer's turn back. */
  constructor(slot: Slot<Session>, lender: Lender, ended: (() => void) | null) {
    this.id = slot.id;
    this.lane = slot.lane;
    this.#tag = slot.tag;
    this.#slot = slot;
    this.#trace = slot.trace;
    this.#lender = lender;
    this.#ended = ended;
    slot.resource.lane = slot.lane;
  }

  async query(sql: string, values?: Bindings, options?: QueryOptions): Promise<QueryResult> {
    return this.#session('query').query(sql, values, options);
  }

  async execute(sql: string, values?: Bindings, options?: RunOptions): Promise<number> {
    return this.#session('execute').execute(sql, values, options);
  }

  async stream(sql: string, values?: Bindings, options?: RunOptions): Promise<ChunkedStream> {
    return this.#session('stream').stream(sql, values, options);
  }

  async columns(sql: string, options?: RunOptions): Promise<Columns> {
    return this.#session('columns').columns(sql, options);
  }

  async transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#session('transaction').transaction(() => work(this));
  }

  get raw(): DuckDBConnection {
    return this.#session('raw').raw();
  }

  transactionState(): TransactionState {
    return this.#over ? 'none' : this.#slot.resource.transactionState;
  }

  percent(): number | null {
    return this.#over ? null : this.#slot.resource.percent;
  }

  holds(): readonly string[] {
    return this.#over ? [] : this.#slot.resource.holds;
  }

  lost(): string | null {
    return this.#over ? 'it was returned to the pool' : this.#slot.resource.ended;
  }

  release(): Promise<void> {
    if (this.#over) {
      this.#lender.misused(this, this.#tag, 'returned twice', this.#trace.stack ?? new Error().stack ?? '');
      const sentence = `connection ${this.id} (${this.#tag || this.lane}) was returned to the pool twice.`;
      return Promise.reject(new Problem('failed', sentence));
    }
    this.#over = true;
    const pending = this.#lender.takeBack(this.#slot);
    if (pending) return pending.finally(() => this.#ended?.());
    this.#ended?.();
    return done;
  }

  async invalidate(mode: 'hard' | 'soft' = 'hard'): Promise<void> {
    if (this.#over) return;
    if (mode === 'soft') await this.#lender.throwAway(this.#slot, 'soft');
    else {
      this.#over = true;
      await this.#lender.throwAway(this.#slot, 'hard').finally(() => this.#ended?.());
    }
  }

  /** The end of `await using`: after an explicit return there is nothing left to do. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) await this.release();
  }

  #session(call: string): Session {
    if (!this.#over) return this.#slot.resource;
    this.#lender.misused(this, this.#tag, `${call} after its return`, this.#trace.stack ?? new Error().stack ?? '');
    throw new Problem(
      'failed',
      `connection ${this.id} (${this.#tag || this.lane}) was used after it was returned to the pool.`,
    );
  }
}
