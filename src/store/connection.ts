/**
 * What the rest of the program sees of a lent connection and of the pool. Everything above the store speaks to these
 * interfaces; the driver's own types appear only in values and column types.
 */
import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';

export type Lane = 'interactive' | 'read' | 'write';

/** Values for `$name` or `?` in a statement: always bound, never pasted. */
export type Bindings = readonly DuckDBValue[] | Readonly<Record<string, DuckDBValue>>;

export interface RunOptions {
  readonly signal?: AbortSignal;
}

export interface QueryResult {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  readonly rows: readonly (readonly DuckDBValue[])[];
  /** Rows changed by an INSERT, UPDATE, DELETE or MERGE; 0 otherwise. */
  readonly changed: number;
}

/** A result read piece by piece; closing it early is always safe. */
export interface QueryStream extends AsyncIterable<readonly (readonly DuckDBValue[])[]> {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  close(): Promise<void>;
}

export interface Connection {
  /** The whole result in memory. For what a person or a script may make large, use `stream`. */
  query(sql: string, values?: Bindings, options?: RunOptions): Promise<QueryResult>;
  /** Runs one statement for its effect; resolves to the rows changed. */
  execute(sql: string, values?: Bindings, options?: RunOptions): Promise<number>;
  stream(sql: string, values?: Bindings, options?: RunOptions): Promise<QueryStream>;
  /** Begins, runs `work`, commits; on any error rolls back and throws it. */
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** The driver's connection, for appenders and data chunks. Only while lent, only for what this interface lacks. */
  readonly raw: DuckDBConnection;
}

/** A checked-out connection. Give it back exactly once: `release()` or `await using`. */
export interface Lease extends Connection, AsyncDisposable {
  readonly id: number;
  readonly lane: Lane;
  release(): Promise<void>;
  /** Throws the connection away instead of returning it. */
  invalidate(): Promise<void>;
}

export interface AcquireOptions {
  readonly lane?: Lane;
  /** Who holds it and why, for `pool` and for the time-out error: `sync 4`, `[12]`. */
  readonly tag?: string;
  readonly signal?: AbortSignal;
}

export interface Holder {
  readonly connection: number;
  readonly lane: Lane;
  readonly tag: string;
  readonly heldMs: number;
  /** The statement running now, or the last one. */
  readonly sql: string | null;
  readonly runningMs: number | null;
}

export interface PoolStatus {
  readonly size: number;
  readonly maxOverflow: number;
  readonly timeoutMs: number | null;
  readonly recycleMs: number;
  readonly checkedOut: number;
  readonly checkedIn: number;
  /** Connections beyond `size`, now. */
  readonly overflow: number;
  readonly waiting: number;
  readonly waitP50Ms: number;
  readonly waitP99Ms: number;
  readonly opened: number;
  readonly closed: number;
  readonly recycled: number;
  readonly invalidated: number;
  readonly leaked: number;
  readonly holders: readonly Holder[];
  /** Sentences for what needs attention: `80 % of the connections are checked out, for 12 s`. */
  readonly alerts: readonly string[];
}

export interface ConnectionPool {
  acquire(options?: AcquireOptions): Promise<Lease>;
  use<T>(work: (connection: Lease) => Promise<T>, options?: AcquireOptions): Promise<T>;
  query(sql: string, values?: Bindings, options?: AcquireOptions): Promise<QueryResult>;
  execute(sql: string, values?: Bindings, options?: AcquireOptions): Promise<number>;
  status(): PoolStatus;
  dispose(options?: { readonly graceMs?: number }): Promise<void>;
}
