/**
 * The results of a shell as tables: `_3` holds the rows of cell 3, `_` the last result, `_momentum` those of a named cell.
 * They stand in a database file of the shell's own, in a private temporary folder, attached beside the user's file.
 *
 * 1. Rows are written as the engine gave them, chunk by chunk, on a connection of their own: no statement runs a second time,
 *    and the user's transaction is left alone.
 * 2. The file holds nothing open: where the user's file is released, it goes with it and comes back with it.
 * 3. The oldest results make room when there are more than five million rows, or more than 200 results without a name: each
 *    costs the engine memory, however few its rows.
 * 4. The folder is removed at the end; the next shell removes what a killed one left.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Bindings, Connection, ConnectionPool } from '../store/connection.ts';
import { keptDatabase } from '../store/kept.ts';
import type { HeldRows } from './held-rows.ts';
import { processRuns } from './process-runs.ts';

const prefix = 'duckline-cells-';
const mostRows = 5_000_000;
const mostResults = 200;
const waitMs = 2000;

export class Spill {
  readonly #rows = new Map<number, number>();
  readonly #names = new Map<string, number>();
  #folder: string | null = null;
  #pool: ConnectionPool | null = null;
  #last: number | null = null;
  #copies = 0;
  /** Statements that wait for a connection. */
  readonly #due: string[] = [];

  /** The table's qualified name, or null where that cell's rows are not kept. */
  tableOf(cell: number): string | null {
    return this.#rows.has(cell) ? qualified(`_${cell}`) : null;
  }

  get empty(): boolean {
    return this.#folder === null;
  }

  /** Writes the rows as the cell's table, in the place of an older one. They are the last result from now on. */
  async keep(pool: ConnectionPool, cell: number, held: HeldRows): Promise<void> {
    await this.#attached(pool);
    await this.forget(cell);
    await this.#write(pool, `_${cell}`, held);
    this.#rows.set(cell, held.rows);
    await this.#makeRoom(cell);
    await this.#refer(cell);
  }

  /** Writes the rows of one of several cells that run as one: `_name` is theirs from now on. */
  async keepNamed(pool: ConnectionPool, name: string, held: HeldRows): Promise<void> {
    await this.#attached(pool);
    this.#names.delete(name);
    // No cell has a number like that.
    const table = `_=${name}`;
    await this.#write(pool, table, held);
    await this.#execute([`create or replace view ${qualified(`_${name}`)} as from ${qualified(table)}`]);
  }

  async #write(pool: ConnectionPool, table: string, held: HeldRows): Promise<void> {
    await pool.use(
      connection =>
        connection.transaction(async () => {
          await connection.execute(`create or replace table ${qualified(table)} (${columnsOf(held)})`);
          const appender = await connection.raw.createAppender(table, 'main', keptDatabase);
          try {
            for (const chunk of held.chunks) {
              appender.appendDataChunk(chunk);
              appender.flushSync();
              await setImmediate();
            }
          } finally {
            appender.closeSync();
          }
        }),
      { tag: `keeping [${table.slice(1)}]`, signal: soon() },
    );
  }

  /** What a query gives, as it is now, in a table that is nobody's result. @returns its qualified name. */
  async copy(pool: ConnectionPool, sql: string, values: Bindings | undefined, signal: AbortSignal): Promise<string> {
    await this.#attached(pool);
    // No cell has a number like that.
    const table = qualified(`_~${++this.#copies}`);
    await pool.execute(`create table ${table} as from (\n${sql}\n)`, values, { tag: 'viewer', signal });
    return table;
  }

  async dropCopy(table: string): Promise<void> {
    await this.#execute([`drop table if exists ${table}`]);
  }

  /** The last result is one that is not kept: `_` must not be the one before it. */
  async skip(cell: number): Promise<void> {
    await this.forget(cell);
    this.#last = null;
    await this.#execute([`drop view if exists ${qualified('_')}`]);
  }

  /** The same for a cell that has no rows yet. */
  reserve(cell: number, name: string): void {
    this.#names.set(name, cell);
  }

  /** Makes `_name` mean that cell. A name means one cell. */
  async name(cell: number, name: string): Promise<void> {
    this.reserve(cell, name);
    if (this.#rows.has(cell)) await this.#execute([viewOf(`_${name}`, cell)]);
    else await this.#execute([`drop view if exists ${qualified(`_${name}`)}`]);
  }

  /** Drops the cell's rows and what refers to them. */
  async forget(cell: number): Promise<void> {
    if (!this.#rows.delete(cell)) return;
    const views = [...this.#names].filter(([, of]) => of === cell).map(([name]) => `_${name}`);
    if (this.#last === cell) {
      this.#last = null;
      views.push('_');
    }
    await this.#execute([
      ...views.map(view => `drop view if exists ${qualified(view)}`),
      `drop table if exists ${qualified(`_${cell}`)}`,
    ]);
  }

  /** Lets the file go and removes it. */
  async close(): Promise<void> {
    if (this.#folder === null) return;
    await this.#pool?.detach(keptDatabase).catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = null;
    this.#rows.clear();
    this.#due.length = 0;
  }

  async #refer(cell: number): Promise<void> {
    this.#last = cell;
    const named = [...this.#names].filter(([, of]) => of === cell).map(([name]) => viewOf(`_${name}`, cell));
    await this.#execute([viewOf('_', cell), ...named]);
  }

  async #makeRoom(newest: number): Promise<void> {
    let total = [...this.#rows.values()].reduce((sum, rows) => sum + rows, 0);
    const named = new Set(this.#names.values());
    for (const [cell, rows] of [...this.#rows]) {
      const tooMany = this.#rows.size - named.size > mostResults && !named.has(cell);
      if (cell === newest) return;
      if (total <= mostRows && !tooMany) continue;
      await this.forget(cell);
      total -= rows;
    }
  }

  async #execute(statements: readonly string[]): Promise<void> {
    if (this.#folder === null) return;
    this.#due.push(...statements);
    await this.tidy();
  }

  /** Does what had to wait for a connection. After it, no name means what it should not mean any more. */
  async tidy(): Promise<void> {
    const due = this.#due.slice();
    if (due.length === 0 || !this.#pool) return;
    const run = async (connection: Connection): Promise<void> => {
      for (const sql of due) await connection.execute(sql);
    };
    await this.#pool.use(connection => connection.transaction(run), { tag: 'kept results', signal: soon() });
    this.#due.splice(0, due.length);
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
function columnsOf({ names, types }: HeldRows): string {
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
