/**
 * The prompt's part in the write lane. A statement that writes rows to the program's own tables takes the right to write
 * before it runs and keeps it for its length, in a transaction until that ends; jobs that store wait meanwhile. A statement
 * that would change the shape of one of our tables is refused before it runs. What writes to the user's own tables is left alone.
 */
import type { ConnectionPool, Lease, WriteTurn } from '../store/connection.ts';
import { mayBeOwn, type NameScope, ownName, shapeProblem } from './own-tables.ts';
import type { SqlToken } from './sql-tokens.ts';
import { type WriteTarget, writeTargetOf } from './write-target.ts';

export interface WriterOptions {
  readonly tag: string;
  readonly signal: AbortSignal;
}

export class WriteLane {
  readonly #pool: ConnectionPool;
  readonly #lease: Lease;
  #turn: WriteTurn | null = null;
  #tag: string | null = null;
  /** Prepared statements of the user that write to our tables, by name. */
  readonly #prepared = new Set<string>();
  /** Factors may have been written in this turn: the adjusted views stand on spans that are made of them. */
  #factors = false;

  constructor(pool: ConnectionPool, lease: Lease) {
    this.#pool = pool;
    this.#lease = lease;
  }

  /** The statement that took the right to write, `[12]`; null while it is not held. */
  get held(): string | null {
    return this.#turn === null ? null : this.#tag;
  }

  /** Before a statement runs. Throws the refusal of what changes the shape of ours; waits for its turn where it writes. */
  async enter(tokens: readonly SqlToken[], options: WriterOptions): Promise<void> {
    const [first, second] = tokens;
    const word = first?.kind === 'word' ? first.text.toLowerCase() : '';
    if (word === 'execute') {
      if (this.#prepared.has(second?.text.toLowerCase() ?? '')) {
        await this.#take(options);
        this.#factors = true;
      }
      return;
    }
    const target = writeTargetOf(tokens);
    if (!target || !mayBeOwn(target)) return;
    const ours = await this.#ownName(target, options.signal);
    if (ours === null) return;
    if (target.touch === 'shape') throw shapeProblem(ours, target);
    if (word === 'prepare') this.#prepared.add(second?.text.toLowerCase() ?? '');
    else {
      await this.#take(options);
      if (ours === 'adj_factors') this.#factors = true;
    }
  }

  /** After a statement, however it ended: the right goes back unless the user's transaction goes on. */
  leave(): void {
    if (this.#lease.lost() !== null || this.#lease.transactionState() === 'none') this.give();
  }

  /** True once after a turn in which factors were written, when that turn is over. */
  takeFactorsWritten(): boolean {
    if (!this.#factors || this.#turn !== null) return false;
    this.#factors = false;
    return true;
  }

  give(): void {
    this.#turn?.release();
    this.#turn = null;
  }

  async #take({ tag, signal }: WriterOptions): Promise<void> {
    if (this.#turn !== null) return;
    this.#turn = await this.#pool.writeTurn({ tag, signal });
    this.#tag = tag;
  }

  /** Asks the connection itself what names mean on it. In a failed transaction nothing is answered, and nothing will run. */
  async #ownName(target: WriteTarget, signal: AbortSignal): Promise<string | null> {
    if (this.#lease.transactionState() === 'aborted') return null;
    const { rows } = await this.#lease.query(scopeSql, undefined, { signal });
    const [own, database, schema, temporary] = (rows[0] ?? []).map(value => String(value ?? '').toLowerCase());
    const scope: NameScope = {
      own: own ?? '',
      database: database ?? '',
      schema: schema ?? '',
      temporary: new Set((temporary ?? '').split('\n')),
    };
    return ownName(target, scope);
  }
}

/** The program's file is the database that was there first. */
const scopeSql = `select
  (select database_name from duckdb_databases() where not internal order by database_oid limit 1),
  current_database(), current_schema(),
  (select string_agg(name_, chr(10)) from (
    select table_name as name_ from duckdb_tables() where temporary
    union all select view_name from duckdb_views() where temporary and not internal))`;
