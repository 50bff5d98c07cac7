/**
 * One connection of the engine with everything that the driver leaves to its caller:
 *
 * 1. Statements of one connection run one after the other, each with a place at the gate, each cancelled by its signal:
 *    before it starts it never starts; while it runs it is interrupted, again and again until it settles, since an interrupt
 *    that comes before its thread picks it up is lost.
 * 2. While a result is being streamed no other statement runs: the engine would cut the stream short without a word.
 * 3. What is known of the transaction is asked from the engine whenever it could be otherwise than expected.
 * 4. What changed the session (settings, variables, temporary tables, `USE`, the driver's own connection lent out) is noted,
 *    so that returning an unchanged connection costs nothing.
 * 5. Closing interrupts, awaits, then closes. Closing a busy connection would lose its promise and a thread for ever.
 */
import { setImmediate } from 'node:timers/promises';
import {
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  type DuckDBValue,
  StatementType,
} from '@duckdb/node-api';
import { Problem } from '../../market/problem.ts';
import type {
  Bindings,
  ChunkedStream,
  Columns,
  Connection,
  Lane,
  QueryOptions,
  QueryResult,
  RunOptions,
  TransactionState,
} from '../connection.ts';
import { figuresVariable, keptDatabase } from '../kept.ts';
import { cancelled, onAbort } from './abort.ts';
import { bind } from './bindings.ts';
import { effectsOf, setsFigures } from './effects.ts';
import type { Gate } from './gate.ts';
import { guarded } from './raw.ts';
import { isInterrupt, StatementError, statementError } from './statement-error.ts';
import { ResultStream } from './stream.ts';
import './struct-values.ts';
import type { Timing } from './timing.ts';

/** Where a session gets its connection from, and what it tells of what happens on it. */
export interface SessionHost {
  connect(): Promise<DuckDBConnection>;
  readonly gate: Gate;
  readonly timing: Timing;
  /** Statements for each new connection; what they set counts as clean. */
  readonly prepare: (connection: Pick<Connection, 'query' | 'execute'>) => Promise<void>;
  /** The engine failed for good. */
  onFatal(error: StatementError): void;
  /** A statement changed what all connections of the file share: an ATTACH, a loaded extension, a global setting. */
  onShared(what: string): void;
  /** A statement ended. */
  onUsed(): void;
}

/** Prepared statements kept for each connection. */
const preparedKept = 64;
/** Milliseconds between interrupts of a statement that does not settle. */
const interruptEvery = 20;

/** The engine counts how far a statement is only where it may show it; it is told to show nothing. */
const ownSettings = `SET errors_as_json = true; SET TimeZone = 'Asia/Shanghai';
  SET enable_progress_bar_print = false; SET progress_bar_time = 0; SET enable_progress_bar = false`;

/** At the prompt alone, where somebody looks: counting costs every statement a little. */
const countsProgress = 'SET enable_progress_bar = true';

/** The file is the database that was there first. */
const stillThere = `select
  (select count(*) from duckdb_tables() where temporary)
    + (select count(*) from duckdb_views() where temporary and not internal)
    + (select count(*) from duckdb_sequences() where temporary)
    + (select count(*) from duckdb_functions() where database_name = 'temp' and not internal)
    + (select count(*) from duckdb_types() where database_name = 'temp' and not internal),
  (select count(*) from duckdb_variables() where name <> '${figuresVariable}'),
  (select if(current_schema() = 'main' and current_database() =
    (select database_name from duckdb_databases() where not internal order by database_oid limit 1), 0, 1)),
  (select count(*) - 1 from duckdb_databases() where not internal and database_name <> '${keptDatabase}')`;

const cacheable = new Set<StatementType>([
  StatementType.SELECT,
  StatementType.INSERT,
  StatementType.UPDATE,
  StatementType.DELETE,
  StatementType.MERGE_INTO,
]);

export class Session {
  readonly #host: SessionHost;
  #connection: DuckDBConnection | null;
  #lane: Lane = 'read';
  #tail: Promise<void> = Promise.resolve();
  /** Statements that run or wait for their turn. */
  #active = 0;
  /** Aborted while what runs here is stopped: nothing new reaches the driver. */
  #halt = new AbortController();
  #inDriver = 0;
  #whenQuiet: (() => void) | null = null;
  #transaction: TransactionState = 'none';
  /** Inside `transaction()`: the first error, after which only ROLLBACK is right. */
  #ownTransaction: { failed: unknown } | null = null;
  readonly #changes = new Set<string>();
  readonly #prepared = new Map<string, DuckDBPreparedStatement>();
  #stream: ResultStream | null = null;
  readonly #appenders = new Set<object>();
  #lent: { readonly connection: DuckDBConnection; revoke(): void } | null = null;
  #ended: string | null = null;
  #preparing = false;
  #sql: string | null = null;
  #startedAt: number | null = null;

  private constructor(host: SessionHost, connection: DuckDBConnection) {
    this.#host = host;
    this.#connection = connection;
  }

  static async open(host: SessionHost): Promise<Session> {
    const session = new Session(host, await host.connect());
    try {
      await session.#prepare();
    } catch (error) {
      await session.close('it could not be prepared');
      throw error;
    }
    return session;
  }

  async #prepare(): Promise<void> {
    this.#preparing = true;
    try {
      const settings = this.#lane === 'interactive' ? `${ownSettings}; ${countsProgress}` : ownSettings;
      await this.#drive(connection => connection.run(settings));
      await this.#host.prepare(this.#bare());
    } finally {
      this.#preparing = false;
    }
    if (this.#transaction !== 'none') throw new Problem('failed', 'preparing a connection left a transaction open.');
    this.#changes.clear();
  }

  // ── What is known ───────────────────────────────────────────────────────────────────────────────────────────────────

  get transactionState(): TransactionState {
    return this.#transaction;
  }

  /** The statement that runs, or the last one. */
  get sql(): string | null {
    return this.#sql;
  }

  /** When the running statement was handed to the driver. */
  get startedAt(): number | null {
    return this.#startedAt;
  }

  /** How far the running statement is, in percent; null where the engine does not know. */
  get percent(): number | null {
    if (this.#connection === null || this.#ended !== null || this.#startedAt === null) return null;
    const { percentage } = this.#connection.progress;
    return percentage > 0 ? Math.min(100, percentage) : null;
  }

  get busy(): boolean {
    return this.#active > 0 || this.#inDriver > 0;
  }

  /** What would be lost with this connection: `settings`, `an open transaction` …; empty when nothing. */
  get holds(): string[] {
    return [...this.#changes, ...this.leftovers];
  }

  /**
   * Asks the engine whether what was noted is still there: a temporary table may have been dropped, `USE` taken back.
   * @returns how many databases beside the file's own are attached; null where it cannot be asked now.
   */
  async recheck(): Promise<number | null> {
    if (this.#connection === null || this.#ended !== null || this.leftovers.length > 0) return null;
    const result = await this.#drive(connection => connection.run(stillThere)).catch(() => null);
    const [row] = (await result?.getRowsJS()) ?? [];
    if (!row || this.#active > 0) return null;
    const [temporary, variables, away, attached] = row.map(Number);
    if (temporary === 0) this.#changes.delete('temporary tables');
    if (variables === 0) this.#changes.delete('variables');
    if (away === 0) this.#changes.delete('USE');
    return attached ?? null;
  }

  /** Nothing has to be done before the next borrower. */
  get clean(): boolean {
    return (
      this.#transaction === 'none' &&
      this.#changes.size === 0 &&
      this.#stream === null &&
      this.#appenders.size === 0 &&
      this.#active === 0 &&
      this.#inDriver === 0
    );
  }

  /** What a returned connection should not have open. */
  get leftovers(): string[] {
    return [
      ...(this.#stream ? ['an open result'] : []),
      ...(this.#appenders.size > 0 ? ['an open appender'] : []),
      ...(this.#transaction === 'none' ? [] : [`a transaction (${this.#transaction})`]),
      ...(this.busy ? ['a running statement'] : []),
    ];
  }

  /** Why it was closed; null while it works. */
  get ended(): string | null {
    return this.#ended;
  }

  set lane(lane: Lane) {
    this.#lane = lane;
  }

  // ── Statements ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async query(sql: string, values?: Bindings, options: QueryOptions = {}): Promise<QueryResult> {
    return this.#exclusive(sql, options.signal, () => this.#materialise(sql, values, options));
  }

  async #materialise(
    sql: string,
    values: Bindings | undefined,
    { signal, keep }: QueryOptions = {},
  ): Promise<QueryResult> {
    const result = await this.#run(sql, values, signal, statement => statement.run());
    const rows: DuckDBValue[][] = [];
    // The result is in memory: its chunks are read at once, without a thread for each,
    // with a turn of the loop for others now and then.
    for (let index = 0; index < result.chunkCount; index++) {
      const chunk = result.getChunk(index);
      keep?.(chunk);
      rows.push(...chunk.getRows());
      if (index % 16 === 15) await setImmediate();
    }
    return { names: result.columnNames(), types: result.columnTypes(), rows, changed: result.rowsChanged };
  }

  /** For the statements that prepare this connection, also while a statement that woke it waits for them. */
  #bare(): Pick<Connection, 'query' | 'execute'> {
    const query = async (sql: string, values?: Bindings) => {
      try {
        return await this.#materialise(sql, values);
      } catch (thrown) {
        throw thrown instanceof Problem ? thrown : statementError(thrown, sql);
      } finally {
        this.#startedAt = null;
      }
    };
    return { query, execute: async (sql, values) => (await query(sql, values)).changed };
  }

  async execute(sql: string, values?: Bindings, { signal }: RunOptions = {}): Promise<number> {
    return this.#exclusive(sql, signal, async () => {
      return (await this.#run(sql, values, signal, statement => statement.run())).rowsChanged;
    });
  }

  async stream(sql: string, values?: Bindings, { signal }: RunOptions = {}): Promise<ChunkedStream> {
    return this.#exclusive(sql, signal, async () => {
      const result = await this.#run(sql, values, signal, statement => statement.stream());
      const stream = new ResultStream(result, {
        signal,
        fetch: () => this.#fetch(result, signal),
        end: how => this.#endStream(stream, how),
        explain: rows => this.#whyBroken(sql, values, rows, signal),
      });
      this.#stream = stream;
      return stream;
    });
  }

  async columns(sql: string, { signal }: RunOptions = {}): Promise<Columns> {
    return this.#exclusive(sql, signal, async () => {
      const statement = await this.#drive(connection => connection.prepare(sql));
      try {
        const indexes = Array.from({ length: statement.columnCount }, (_, index) => index);
        return {
          names: indexes.map(index => statement.columnName(index)),
          types: indexes.map(index => statement.columnType(index)),
        };
      } finally {
        statement.destroySync();
      }
    });
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.#transaction !== 'none') {
      throw new Problem('usage', 'a transaction is open on this connection already.', {
        next: 'COMMIT or ROLLBACK first',
      });
    }
    await this.execute('BEGIN TRANSACTION');
    const own = { failed: undefined as unknown };
    this.#ownTransaction = own;
    try {
      const value = await work();
      if (own.failed !== undefined) throw own.failed;
      if (this.#transaction === 'none') throw new Problem('usage', 'the transaction was ended inside its own work.');
      await this.execute('COMMIT');
      return value;
    } catch (error) {
      // A connection that cannot even roll back is not lent again; what failed first is what its user must know.
      await this.#stream?.close().catch(() => undefined);
      await this.rollback().catch(() => undefined);
      throw error;
    } finally {
      this.#ownTransaction = null;
    }
  }

  /** Ends an open transaction without keeping anything of it; a lost connection has none. */
  async rollback(): Promise<void> {
    if (this.#transaction === 'none' || this.#ended !== null) return;
    await this.execute('ROLLBACK');
  }

  /** Answers whether the engine still does. */
  async ping(): Promise<boolean> {
    await this.#drive(connection => connection.run('SELECT 1'));
    return true;
  }

  /** The driver's connection, until the lease ends. What happens on it is not seen here, so it counts as changed. */
  raw(): DuckDBConnection {
    this.#refuseEnded();
    this.#changes.add('the driver’s own connection');
    this.#lent ??= guarded(this.#live(), {
      call: call => this.#host.gate.run(this.#lane, [this.#halt.signal], () => this.#drive(call)),
      appender: (appender, open) => (open ? this.#appenders.add(appender) : this.#appenders.delete(appender)),
    });
    return this.#lent.connection;
  }

  /** One statement at a time, with a place at the gate and with its signal. */
  async #exclusive<T>(sql: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    this.#refuseEnded();
    const before = this.#tail;
    this.#active++;
    let pass: () => void = () => undefined;
    this.#tail = new Promise(resolve => {
      pass = resolve;
    });
    try {
      await unlessAborted(before, signal);
    } catch (error) {
      this.#active--;
      void before.then(pass);
      throw error;
    }
    try {
      this.#refuseStopped();
      if (this.#stream) {
        throw new Problem('usage', 'a result is still being read on this connection.', {
          next: 'close that result first',
        });
      }
      return await this.#host.gate.run(this.#lane, [signal, this.#halt.signal], () => this.#watched(sql, signal, work));
    } catch (error) {
      if (this.#ownTransaction && this.#ownTransaction.failed === undefined) this.#ownTransaction.failed = error;
      throw error;
    } finally {
      this.#active--;
      pass();
    }
  }

  /** Runs with the clock on, interrupts at the signal, and names what went wrong. */
  async #watched<T>(sql: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    if (!setsFigures(sql)) this.#sql = sql;
    try {
      return await this.#interruptible(signal, work);
    } catch (thrown) {
      if (thrown instanceof Problem && !(thrown instanceof StatementError)) throw thrown;
      const error = statementError(thrown, sql);
      if (error.fatal) this.#host.onFatal(error);
      else await this.#askTransaction();
      if (signal?.aborted && isInterrupt(error)) throw cancelled(signal);
      throw error;
    } finally {
      this.#startedAt = null;
      this.#host.onUsed();
    }
  }

  async #interruptible<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    if (!signal) return work();
    if (signal.aborted) throw cancelled(signal);
    let stop: () => void = () => undefined;
    const stopListening = onAbort(signal, () => {
      stop = this.#interruptUntil();
    });
    try {
      return await work();
    } finally {
      stopListening();
      stop();
    }
  }

  /** Interrupts now and every few milliseconds; returns the way to stop. */
  #interruptUntil(): () => void {
    let stopTimer: () => void = () => undefined;
    const again = () => {
      this.#connection?.interrupt();
      stopTimer = this.#host.timing.after(interruptEvery, again);
    };
    again();
    return () => stopTimer();
  }

  /** Runs the text's statements; the last one by `how`. Values are for a text of one statement. */
  async #run<T extends DuckDBResult>(
    sql: string,
    values: Bindings | undefined,
    signal: AbortSignal | undefined,
    how: (statement: DuckDBPreparedStatement) => Promise<T>,
  ): Promise<T> {
    const known = this.#prepared.get(sql);
    if (known) {
      this.#prepared.delete(sql);
      this.#prepared.set(sql, known);
      return this.#runOne(known, values, how);
    }
    // The engine reads a text up to its first NUL: what stands behind it would silently not run.
    const cut = sql.indexOf('\0');
    if (cut >= 0) throw new Problem('usage', `the text holds a NUL character, at character ${cut + 1}.`);
    const texts = await this.#drive(connection => connection.extractStatements(sql)).catch(error => {
      if (/^(Failed to extract statements: |Error in native callback)$/.test(String(error?.message))) {
        throw new Problem('usage', 'the text holds no statement.');
      }
      throw error;
    });
    if (texts.count > 1 && values !== undefined) {
      throw new Problem('usage', 'values can be bound to one statement at a time; the text has several.');
    }
    for (let index = 0; ; index++) {
      if (signal?.aborted) throw cancelled(signal);
      const statement = await this.#drive(() => texts.prepare(index));
      const last = index === texts.count - 1;
      const type = statement.statementType;
      let kept = false;
      try {
        this.#foresee(type, sql);
        if (type === StatementType.TRANSACTION && this.#transaction === 'aborted' && /\b(commit|end)\b/i.test(sql)) {
          await this.#refuseCommit(sql);
        }
        if (!last) await this.#runOne(statement, undefined, prepared => prepared.run());
        else {
          kept = texts.count === 1 && cacheable.has(type);
          if (kept) this.#remember(sql, statement);
          const result = await this.#runOne(statement, values, how);
          if (type === StatementType.TRANSACTION) await this.#afterTransaction(sql, texts.count);
          return result;
        }
        if (type === StatementType.TRANSACTION) await this.#askTransaction(true);
      } finally {
        if (!kept) statement.destroySync();
      }
    }
  }

  async #runOne<T extends DuckDBResult>(
    statement: DuckDBPreparedStatement,
    values: Bindings | undefined,
    how: (statement: DuckDBPreparedStatement) => Promise<T>,
  ): Promise<T> {
    bind(statement, values);
    this.#startedAt = this.#host.timing.now();
    try {
      return await this.#drive(() => how(statement));
    } finally {
      if (statement.parameterCount > 0) statement.clearBindings();
    }
  }

  #remember(sql: string, statement: DuckDBPreparedStatement): void {
    this.#prepared.set(sql, statement);
    if (this.#prepared.size <= preparedKept) return;
    const [oldest] = this.#prepared.keys();
    if (oldest !== undefined) {
      this.#prepared.get(oldest)?.destroySync();
      this.#prepared.delete(oldest);
    }
  }

  #forgetPrepared(): void {
    for (const statement of this.#prepared.values()) statement.destroySync();
    this.#prepared.clear();
  }

  /** Notes what a statement may change beyond the tables, before it runs: it may fail half-way. */
  #foresee(type: StatementType, sql: string): void {
    if (this.#preparing) return;
    const { session, shared, rebinds } = effectsOf(type, sql);
    if (session) this.#changes.add(session);
    if (shared) this.#host.onShared(shared);
    if (rebinds) this.#forgetPrepared();
  }

  // ── Transactions ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The engine would answer such a COMMIT with ok and store nothing. */
  async #refuseCommit(sql: string): Promise<never> {
    await this.#drive(connection => connection.run('ROLLBACK'));
    this.#transaction = 'none';
    const engineMessage = 'a statement of the transaction had failed: it was rolled back, and nothing of it is stored';
    throw new StatementError({ errorType: 'TransactionContext', engineMessage, position: null, candidates: [] }, sql);
  }

  async #afterTransaction(sql: string, count: number): Promise<void> {
    const [, word] = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*([a-z]+)/i.exec(sql) ?? [];
    if (count > 1 || word === undefined) await this.#askTransaction(true);
    else this.#transaction = /^(begin|start)$/i.test(word) ? 'open' : 'none';
  }

  /** Asks the engine: in a transaction its number stays the same from one statement to the next; in an aborted one it refuses. */
  async #askTransaction(unknown = false): Promise<void> {
    if (this.#transaction === 'none' && !unknown && !/\b(begin|start)\b/i.test(this.#sql ?? '')) return;
    const number = async () => {
      const result = await this.#drive(connection => connection.run('SELECT txid_current()'));
      return String((await result.getRows())[0]?.[0]);
    };
    try {
      const before = await number();
      this.#transaction = before === (await number()) ? 'open' : 'none';
    } catch (error) {
      if (/transaction is aborted/i.test(String(error))) this.#transaction = 'aborted';
      else throw error;
    }
  }

  // ── Streams ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #fetch(result: DuckDBResult, signal: AbortSignal | undefined) {
    this.#refuseEnded();
    return this.#host.gate.run(this.#lane, [signal, this.#halt.signal], () =>
      this.#interruptible(signal, () => this.#drive(() => result.fetchChunk())),
    );
  }

  /** `early`: the engine still holds the result; another statement makes it let go. */
  async #endStream(stream: ResultStream, how: 'done' | 'early' | 'broken'): Promise<void> {
    if (this.#stream !== stream) return;
    try {
      if (this.#ended !== null) return;
      if (how === 'early') await this.#drive(connection => connection.run('SELECT 1'));
      if (how === 'broken') await this.#askTransaction();
    } catch (thrown) {
      const error = statementError(thrown, this.#sql ?? '');
      if (error.fatal) this.#host.onFatal(error);
    } finally {
      this.#stream = null;
    }
  }

  /**
   * The driver ends a streamed result that fails half-way like one that is complete, and keeps the reason to itself. Outside
   * a transaction the engine is asked for it, by evaluating the same rows without keeping them.
   */
  async #whyBroken(
    sql: string,
    values: Bindings | undefined,
    rows: number,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const lost = new StatementError(
      {
        errorType: 'Execution',
        engineMessage: `the statement failed after ${rows} rows`,
        position: null,
        candidates: [],
      },
      sql,
    );
    if (this.#ownTransaction && this.#ownTransaction.failed === undefined) this.#ownTransaction.failed = lost;
    if (this.#ended !== null || this.#transaction !== 'none' || signal?.aborted) return lost;
    try {
      await this.query(
        `SELECT max(hash(every_column)) FROM (\n${sql.replace(/;\s*$/, '')}\n) AS every_column`,
        values,
        {
          ...(signal ? { signal } : {}),
        },
      );
      return lost;
    } catch (why) {
      if (!(why instanceof StatementError) || ['Parser', 'Binder'].includes(why.errorType)) return lost;
      return new StatementError({ ...why, position: null }, sql, why.cause);
    }
  }

  // ── The driver, and the end ─────────────────────────────────────────────────────────────────────────────────────────

  #live(): DuckDBConnection {
    this.#refuseEnded();
    if (!this.#connection) throw new Problem('failed', 'the connection is suspended.');
    return this.#connection;
  }

  #refuseStopped(): void {
    this.#refuseEnded();
    if (this.#halt.signal.aborted)
      throw new Problem('interrupted', 'the statement was stopped: its connection was returned.');
  }

  #refuseEnded(): void {
    if (this.#ended !== null) throw new Problem('failed', `this connection was closed: ${this.#ended}.`);
  }

  /** Every asynchronous call of the driver goes through here, so that closing can await the last one. */
  async #drive<T>(call: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    this.#refuseStopped();
    const connection = this.#connection ?? (await this.#wake());
    this.#inDriver++;
    try {
      return await call(connection);
    } finally {
      if (--this.#inDriver === 0) this.#whenQuiet?.();
    }
  }

  /** Lets the file go while nothing would be lost; the next statement connects again. False: something would be. */
  suspend(): boolean {
    if (this.#ended !== null || this.#connection === null) return true;
    if (this.holds.length > 0) return false;
    this.#forgetPrepared();
    this.#connection.closeSync();
    this.#connection = null;
    return true;
  }

  async #wake(): Promise<DuckDBConnection> {
    this.#refuseEnded();
    this.#connection = await this.#host.connect();
    const sql = this.#sql;
    await this.#prepare();
    this.#sql = sql;
    return this.#connection;
  }

  /** After its lease ended, nobody may use the driver's connection that was lent with it. */
  unlend(): void {
    this.#lent?.revoke();
    this.#lent = null;
  }

  /** What changed on this connection that the next borrower must not see. */
  get changed(): boolean {
    return this.#changes.size > 0;
  }

  /** Stops whatever runs, waits or is open, and awaits it. */
  async quiet(): Promise<void> {
    if (this.busy) {
      this.#halt.abort();
      const stop = this.#interruptUntil();
      await this.#tail;
      if (this.#inDriver > 0) {
        await new Promise<void>(resolve => {
          this.#whenQuiet = resolve;
        });
        this.#whenQuiet = null;
      }
      stop();
      this.#halt = new AbortController();
    }
    await this.#stream?.close();
  }

  /** Interrupts, awaits, closes. Statements that come later are told the reason. */
  async close(reason: string): Promise<void> {
    if (this.#ended !== null) return;
    this.#ended = reason;
    this.unlend();
    await this.quiet();
    this.#prepared.clear();
    this.#connection?.closeSync();
    this.#connection = null;
  }
}

/** The promise, or the rejection `cancelled` as soon as the signal comes. */
function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return promise;
  if (signal.aborted) return Promise.reject(cancelled(signal));
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, () => reject(cancelled(signal)));
    void promise.then(() => {
      stopListening();
      resolve();
    });
  });
}
