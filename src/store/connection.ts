/**
 * What the rest of the program sees of a lent connection and of the pool. Everything above the store speaks to these
 * interfaces; the driver's own types appear only in values and column types.
 */
import type { DuckDBConnection, DuckDBDataChunk, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { PoolEvents } from './pool/listeners.ts';
import type { PoolOptions, PresetName } from './pool/options.ts';

/** `aborted`: a statement failed inside the transaction; only ROLLBACK is answered, and COMMIT would store nothing. */
export type TransactionState = 'none' | 'open' | 'aborted';

export type Lane = 'interactive' | 'read' | 'write';

/** Values for `$name` or `?` in a statement: always bound, never pasted. */
export type Bindings = readonly Bound[] | Readonly<Record<string, Bound>>;

/** Strings, numbers, bigints, booleans, null, the driver's values, and lists of these. */
export type Bound = DuckDBValue | readonly DuckDBValue[] | BoundDay;

/** A date, as days since 1970-01-01. */
export interface BoundDay {
  readonly epochDay: number;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
}

export interface QueryOptions extends RunOptions {
  /** Is handed the engine's own chunks of the result, which stay valid. */
  readonly keep?: (chunk: DuckDBDataChunk) => void;
}

export interface QueryResult {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  readonly rows: readonly (readonly DuckDBValue[])[];
  /** Rows changed by an INSERT, UPDATE, DELETE or MERGE; 0 otherwise. */
  readonly changed: number;
}

/** The columns of a result. */
export interface Columns {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
}

/** A result read piece by piece; closing it early is always safe. */
export interface QueryStream extends AsyncIterable<readonly (readonly DuckDBValue[])[]> {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  close(): Promise<void>;
}

/** Some rows of a result as the engine gave them; turning them into values is what costs. */
export interface ResultPiece {
  readonly count: number;
  readonly chunk: DuckDBDataChunk;
  rows(): readonly (readonly DuckDBValue[])[];
}

export interface ChunkedStream extends QueryStream {
  /** The same rows, without a value made until it is asked for. Read either way, not both. */
  pieces(): AsyncIterable<ResultPiece>;
}

export interface Connection {
  /** The whole result in memory. For what a person or a script may make large, use `stream`. */
  query(sql: string, values?: Bindings, options?: QueryOptions): Promise<QueryResult>;
  /** Runs one statement for its effect; resolves to the rows changed. */
  execute(sql: string, values?: Bindings, options?: RunOptions): Promise<number>;
  stream(sql: string, values?: Bindings, options?: RunOptions): Promise<ChunkedStream>;
  /** What one statement would give, without running it; rejects where its types depend on values. */
  columns(sql: string, options?: RunOptions): Promise<Columns>;
  /** Begins, runs `work`, commits; on any error, also one that `work` caught, rolls back and throws it. */
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /**
   * The driver's connection, for appenders and data chunks. Only while lent, only for what this interface lacks; close
   * appenders before the lease ends. What happens on it is not seen, so the connection is replaced afterwards.
   */
  readonly raw: DuckDBConnection;
}

/** A checked-out connection. Give it back exactly once: `release()` or `await using`. */
export interface Lease extends Connection, AsyncDisposable {
  readonly id: number;
  readonly lane: Lane;
  release(): Promise<void>;
  /** Throws the connection away: `hard` (default) now, whatever it does; `soft` when it is returned. */
  invalidate(mode?: 'hard' | 'soft'): Promise<void>;
  transactionState(): TransactionState;
  /** How far the running statement is, in percent; null where the engine does not know. */
  percent(): number | null;
  /** What would be lost with this connection: `temporary tables`, `variables`, `settings`, `USE`, a transaction … */
  holds(): readonly string[];
  /** Why the connection was closed under its borrower; null while it works. */
  lost(): string | null;
}

/** The right to write, without a connection: for a user's write on the prompt's own connection. Give it back once. */
export interface WriteTurn extends AsyncDisposable {
  release(): void;
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

export interface LaneStatus {
  readonly lane: Lane;
  readonly held: number;
  readonly waiting: number;
}

export interface PoolStatus {
  /** The preset that was chosen last; `custom` after a single option was set. */
  readonly preset: string;
  /** `suspended`: the file is closed until the next statement. */
  readonly state: 'open' | 'suspended' | 'closed';
  readonly path: string;
  readonly lanes: readonly LaneStatus[];
  /** Statements in the engine's hands, how many may be, and how many wait for a thread. */
  readonly running: number;
  readonly runningLimit: number;
  readonly runningWaiting: number;
  /** Who has the right to write; null when nobody. */
  readonly writer: string | null;
  readonly opening: number;
  readonly failedOpens: number;
  readonly misused: number;
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

/** What a write may be told. */
export interface WriteOptions {
  readonly tag?: string;
  readonly signal?: AbortSignal;
  /** Done on the same connection before its turn to write comes, where one is free: for what needs no stored table. Once. */
  readonly before?: (connection: Connection) => Promise<void>;
}

export interface Suspended {
  readonly suspended: boolean;
  /** What keeps the file open: `[12] holds temporary tables`, `sync 4 is at work`. */
  readonly because: readonly string[];
}

export interface ConnectionPool {
  acquire(options?: AcquireOptions): Promise<Lease>;
  use<T>(work: (connection: Lease) => Promise<T>, options?: AcquireOptions): Promise<T>;
  query(sql: string, values?: Bindings, options?: AcquireOptions): Promise<QueryResult>;
  execute(sql: string, values?: Bindings, options?: AcquireOptions): Promise<number>;
  /** Holds its connection until the stream is closed or read to its end. */
  stream(sql: string, values?: Bindings, options?: AcquireOptions): Promise<QueryStream>;
  transaction<T>(work: (connection: Connection) => Promise<T>, options?: AcquireOptions): Promise<T>;
  /**
   * One whole transaction in the write lane. When another transaction was first, it is rolled back and done again, `work`
   * included, after a short random wait; no other error is tried again.
   */
  write<T>(work: (connection: Connection) => Promise<T>, options?: WriteOptions): Promise<T>;
  writeTurn(options?: WriteOptions): Promise<WriteTurn>;
  readonly options: PoolOptions;
  /** A preset, or single options on top of what holds now. Takes effect at once; nobody loses a connection. */
  configure(change: PresetName | Partial<PoolOptions>): Promise<void>;
  /** Closes the idle connections; the next checkouts open new ones. @returns how many. */
  recycle(): Promise<number>;
  /** Closes the file until the next statement, where nothing would be lost. */
  suspend(): Promise<Suspended>;
  /**
   * A database file of the program's own beside the file, also where that is read-only. It comes and goes with the file: it
   * does not keep it open, and is there again when the file is opened again.
   */
  attach(name: string, path: string): Promise<void>;
  detach(name: string): Promise<void>;
  /** Closes the file where nothing would be lost, and does `work` on it before anybody opens it again. */
  whileSuspended(work: () => Promise<void>): Promise<Suspended>;
  /** Runs statements about the engine as a whole while no other runs and none begins; false where one runs now. */
  whileQuiet(sql: string): Promise<boolean>;
  /** Keeps the file open until the returned function is called. */
  keepOpen(reason: string): () => void;
  /** @returns the way to stop listening. */
  on<K extends keyof PoolEvents>(name: K, listener: (event: PoolEvents[K]) => void): () => void;
  status(): PoolStatus;
  dispose(options?: { readonly graceMs?: number }): Promise<void>;
}
