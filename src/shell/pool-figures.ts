/** Both pools as they are now, for `pool` and for `meta.pool`: reads what the program knows and waits for nobody. */
import { statSync } from 'node:fs';
import { budgetOf } from '../fetch/provider.ts';
import { isoStamp } from '../output/amounts.ts';
import type { PoolView } from '../output/view.ts';
import type { PoolStatus } from '../store/connection.ts';
import type { Database } from '../store/database.ts';
import type { Engine } from './engine.ts';
import type { Jobs } from './jobs.ts';

/** How long the one figure that is stored may take to read: when the pool is busy the last known one is shown. */
const patienceMs = 300;
const lastKnown = new WeakMap<Database, number>();

export async function readPool(engine: Engine, jobs: Jobs): Promise<PoolView> {
  const database = await engine.database();
  const { engineVersion } = await import('../store/instance.ts');
  const { used, budget } = await requests(engine, database);
  const running = jobs.running;
  return {
    kind: 'pool',
    status: database.pool.status(),
    workers: running.flatMap(job => job.workers()),
    logins: running[0]?.progress.counts.logins ?? null,
    used,
    budget,
    file: {
      path: engine.file,
      bytes: sizeOf(engine.file),
      walBytes: sizeOf(`${engine.file}.wal`),
      engine: engineVersion,
      readOnly: database.readOnly,
    },
    now: database.clock.now(),
  };
}

/** The demo market has no budget and a new address each time, so nothing is told of it. */
async function requests(engine: Engine, database: Database): Promise<{ used: number | null; budget: number | null }> {
  if (engine.demo) return { used: null, budget: null };
  const source = await engine.source();
  // A file that was released stays so.
  if (database.pool.status().state === 'open') {
    const { quotaToday } = await import('../fetch/quota.ts');
    const quota = await quotaToday(database, source, AbortSignal.timeout(patienceMs)).catch(() => null);
    if (quota !== null) lastKnown.set(database, quota.used);
  }
  return { used: lastKnown.get(database) ?? null, budget: budgetOf(source) };
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

/** Checked out, of all that may be; null without a limit. */
export function usedPercent({ size, maxOverflow, checkedOut }: PoolStatus): number | null {
  return size === 0 || maxOverflow === -1 ? null : Math.round((checkedOut / (size + maxOverflow)) * 1000) / 10;
}

/** One row of `meta.pool`, by the names of its columns. */
export function poolRow({ status, workers, used, budget, file, now }: PoolView): Record<string, unknown> {
  return {
    at: isoStamp(now),
    preset: status.preset,
    state: status.state,
    size: status.size,
    max_overflow: status.maxOverflow,
    timeout_ms: status.timeoutMs,
    recycle_ms: status.recycleMs,
    checked_out: status.checkedOut,
    checked_in: status.checkedIn,
    overflow: status.overflow,
    opening: status.opening,
    waiting: status.waiting,
    used_percent: usedPercent(status),
    wait_p50_ms: status.waitP50Ms,
    wait_p99_ms: status.waitP99Ms,
    opened: status.opened,
    closed: status.closed,
    failed_opens: status.failedOpens,
    recycled: status.recycled,
    invalidated: status.invalidated,
    leaked: status.leaked,
    misused: status.misused,
    running: status.running,
    running_limit: status.runningLimit,
    running_waiting: status.runningWaiting,
    writer: status.writer,
    lanes: status.lanes,
    holders: status.holders.map(({ connection, lane, tag, heldMs, sql, runningMs }) => ({
      connection,
      lane,
      tag,
      held_ms: heldMs,
      sql,
      running_ms: runningMs,
    })),
    alerts: status.alerts,
    workers: workers.map(({ id, pid, state, at, detail, since, tasks, memoryMb }) => ({
      id,
      pid,
      state,
      at,
      detail,
      state_ms: Math.max(0, now - since),
      tasks,
      memory_mb: memoryMb,
    })),
    requests_today: used,
    request_budget: budget,
    file: file.path,
    file_bytes: file.bytes,
    wal_bytes: file.walBytes,
    engine: file.engine,
  };
}

/** The same while a connection begins a statement: it is named as what that connection runs. */
export async function poolRowFor(
  engine: Engine,
  jobs: Jobs,
  connection: number,
  sql: string,
): Promise<Record<string, unknown>> {
  const view = await readPool(engine, jobs);
  const holders = view.status.holders.map(holder =>
    holder.connection === connection ? { ...holder, sql, runningMs: 0 } : holder,
  );
  return poolRow({ ...view, status: { ...view.status, holders } });
}
