/**
 * The main job on real bars, through the built program alone: a gateway on CSV folders, workers, a database file. What is
 * stored must equal what DuckDB reads from the CSV files itself, also after faults and after processes were killed.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alive, childrenOf, type Ended, ended, Home, type RunningGateway, root } from './program.ts';

const data = join(root, '..', 'shared/data/a-share');
const range = ['--from', '2020-01-01', '--to', '2025-04-07'];
const rowsInAll = 52_534;

if (!existsSync(data)) console.log(`skipped: the real bars are not at ${data}`);

let home: Home;

function gateway(...options: string[]): Promise<RunningGateway> {
  return home.gateway('--data', data, ...options);
}

function duckline(file: string, ...args: string[]): Promise<Ended> {
  return home.run(['--db', file, ...args]);
}

function fetchAll({ endpoint }: RunningGateway): string[] {
  return ['--endpoint', endpoint, '--workers', '5', 'fetch', '--all', ...range, '--json'];
}

async function rowsOf(sql: string, file?: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(file ?? ':memory:', file ? { access_mode: 'READ_ONLY' } : {});
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson() as unknown[][];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const perCode = `select code, count(*), sum(volume)::hugeint, round(sum(amount), 4), min(date), max(date),
  sum(is_suspended::int), sum((turn is null)::int), sum(is_st::int) from bars group by code order by code`;

function wanted(): Promise<unknown[][]> {
  return rowsOf(`with bars as (
    select code, date::date as date, coalesce(volume, 0)::bigint as volume, coalesce(amount, 0)::double as amount, turn,
      tradestatus = 0 as is_suspended, isST = 1 as is_st from read_csv('${data}/daily-raw/*.csv')) ${perCode}`);
}

function stored(file: string): Promise<unknown[][]> {
  return rowsOf(`with bars as (from daily) ${perCode}`, file);
}

/** All columns of all bars, order-independent. */
async function tableHash(file: string): Promise<unknown> {
  const [row] = await rowsOf('select count(*), sum(hash(d)::hugeint) from daily d', file);
  return row;
}

async function wholeAndSound(file: string): Promise<void> {
  expect(await stored(file)).toEqual(await wanted());
  expect(await rowsOf('select code, date from daily group by all having count(*) > 1', file)).toEqual([]);
  expect(await rowsOf('from meta.failures', file)).toEqual([]);
}

describe.skipIf(!existsSync(data))('the main job on real bars', () => {
  beforeAll(() => {
    home = new Home();
  });

  afterAll(() => home.close());

  it('stores every row of every code with five logins, and nothing more the second time', async () => {
    const server = await gateway();
    const file = home.path('whole.duckdb');
    const first = await duckline(file, ...fetchAll(server));
    expect(first.err).not.toMatch(/error|stack/i);
    expect(first.code).toBe(0);
    expect(JSON.parse(first.out)).toMatchObject({
      planned: 42,
      ok: 42,
      empty: 0,
      failed: 0,
      left: 0,
      rows: rowsInAll,
      quarantined: 0,
      logins: 5,
    });
    await wholeAndSound(file);
    const suspended = await rowsOf('select count(*), count(turn) from daily where is_suspended', file);
    expect(suspended).toEqual([['451', '0']]);

    const second = await duckline(file, ...fetchAll(server));
    expect(second.code).toBe(0);
    expect(JSON.parse(second.out)).toMatchObject({ rows: 0, failed: 0, left: 0 });
    const stats = await server.stop();
    expect(stats.logins).toBe(5);
    expect(stats.maxConnections).toBeLessThanOrEqual(5);
  });

  it('accounts for every task when one answer in ten is dropped, and retry makes it whole', async () => {
    const faulty = await gateway('--fault', 'drop:0.1');
    const file = home.path('dropped.duckdb');
    const first = await duckline(file, ...fetchAll(faulty));
    const counts = JSON.parse(first.out);
    expect(counts.planned).toBe(counts.ok + counts.empty + counts.failed + counts.left);
    expect(counts.planned).toBe(42);
    expect(first.code).toBe(counts.failed > 0 ? 3 : 0);
    expect((await faulty.stop()).faults.drop).toBeGreaterThan(0);
    expect(await rowsOf('select code, date from daily group by all having count(*) > 1', file)).toEqual([]);

    const healthy = await gateway();
    const again = await duckline(file, '--endpoint', healthy.endpoint, 'retry', '--all', '--json');
    expect(again.code).toBe(0);
    await healthy.stop();
    await wholeAndSound(file);
  });

  it('finishes whole when a worker is killed in mid-run', async () => {
    const server = await gateway('--latency', '40');
    const file = home.path('worker-killed.duckdb');
    const child = home.start(['--db', file, ...fetchAll(server)]);
    const end = ended(child);
    await killOneWorker(child);
    const { code, out } = await end;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ planned: 42, ok: 42, failed: 0, left: 0, rows: rowsInAll });
    await server.stop();
    await wholeAndSound(file);
  });

  it('goes on where a killed program stopped, to the same table', async () => {
    const server = await gateway('--latency', '40');
    const undisturbed = home.path('undisturbed.duckdb');
    expect((await duckline(undisturbed, ...fetchAll(server))).code).toBe(0);
    const file = home.path('killed.duckdb');
    const child = home.start(['--db', file, ...fetchAll(server)]);
    const end = ended(child);
    const workers = await workersOf(child);
    await new Promise(resolve => setTimeout(resolve, 700));
    child.kill('SIGKILL');
    await end;
    await expect.poll(() => workers.filter(alive), { timeout: 10_000 }).toEqual([]);

    const resumed = await duckline(file, ...fetchAll(server));
    expect(resumed.code).toBe(0);
    await server.stop();
    await wholeAndSound(file);
    expect(await tableHash(file)).toEqual(await tableHash(undisturbed));
    const ends = await rowsOf(`select "end" from meta.runs order by run`, file);
    expect(ends.at(-1)).toEqual(['ok']);
    expect(ends.flat()).not.toContain(null);
  });
});

async function workersOf(child: ChildProcess): Promise<number[]> {
  let workers: number[] = [];
  await expect
    .poll(
      async () => {
        workers = await childrenOf(child.pid as number);
        return workers.length;
      },
      { timeout: 20_000, interval: 50 },
    )
    .toBeGreaterThanOrEqual(5);
  return workers;
}

async function killOneWorker(child: ChildProcess): Promise<void> {
  const [, victim] = await workersOf(child);
  await new Promise(resolve => setTimeout(resolve, 400));
  process.kill(victim as number, 'SIGKILL');
}
