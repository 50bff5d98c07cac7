/**
 * What a long load leaves in memory: the engine keeps every block that it wrote, up to its limit, for readers that seldom come.
 * After so many rows they are let go, so that a load of a whole market takes little more memory than that of a few codes.
 * Never while a statement of somebody runs, which may need them, and none begins meanwhile; the next commit tries again.
 */
import type { Database } from './database.ts';
import { readText } from './values.ts';

const rowsBetween = 500_000;
/** What may stay; also what the engine needs at least for the moment in which it lets the rest go. */
const leastMemory = '64MB';

const written = new WeakMap<Database, number>();

/** Counts rows that were written; lets blocks go when they are many. Never fails: what was written is written. */
export async function countWritten(database: Database, rows: number): Promise<void> {
  const sum = (written.get(database) ?? 0) + rows;
  written.set(database, sum);
  if (sum < rowsBetween) return;
  const { running, checkedOut, size } = database.pool.status();
  if (running > 0 || checkedOut >= size) return;
  if (await letBlocksGo(database).catch(() => true)) written.set(database, 0);
}

/**
 * The limit is lowered and set back in one call; where that much cannot be let go the engine leaves it as it was, and the call
 * fails. False: a statement runs.
 */
export async function letBlocksGo({ pool }: Database): Promise<boolean> {
  const { rows } = await pool.query(`select current_setting('memory_limit')`, undefined, { tag: 'memory' });
  const [, amount, unit] = /^([\d.]+) ([KMGT]iB)$/.exec(readText(rows[0]?.[0]) ?? '') ?? [];
  if (amount === undefined) return true;
  // The engine tells its limit cut to a tenth: half a tenth more is told the same, and never creeps down.
  const limit = `${(Number(amount) + 0.05).toFixed(2)} ${unit}`;
  return pool.whileQuiet(`set memory_limit = '${leastMemory}'; set memory_limit = '${limit}'`);
}
