/**
 * The main job on real bars, through the built program alone: a gateway on CSV folders, workers, a database file. What is
 * stored must equal what DuckDB reads from the CSV files itself, also after faults and after processes were killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const program = join(root, 'dist/duckline.cjs');
const data = join(root, '..', 'shared/data/a-share');
const range = ['--from', '2020-01-01', '--to', '2025-04-07'];
const rowsInAll = 52_534;

if (!existsSync(data)) console.log(`skipped: the real bars are not at ${data}`);

interface Gateway {
  readonly port: string;
  stop(): Promise<{
    logins: number;
    requests: Record<string, number>;
    maxConnections: number;
    faults: Record<string, number>;
  }>;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const running = new Set<ChildProcess>();
let folder: string;
let environment: NodeJS.ProcessEnv;

function start(args: string[]): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function gateway(...options: string[]): Promise<Gateway> {
  const child = start(['gateway', '--data', data, ...options]);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const port = await new Promise<string>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the gateway ended with ${code}`)));
    reader.on('line', line => {
      lines.push(line);
      const listening = /^listening 127\.0\.0\.1 (\d+)$/.exec(line);
      if (listening) resolve(listening[1] as string);
    });
  });
  return {
    port,
    stop: () =>
      new Promise(resolve => {
        reader.once('close', () =>
          resolve(JSON.parse(lines.findLast(line => line.startsWith('stats '))?.slice(6) ?? 'null')),
        );
        child.kill('SIGTERM');
      }),
  };
}

function ended(child: ChildProcess): Promise<Ended> {
  let out = '';
  let err = '';
  child.stdout?.on('data', chunk => {
    out += chunk;
  });
  child.stderr?.on('data', chunk => {
    err += chunk;
  });
  return new Promise(resolve => child.once('close', code => resolve({ code, out, err })));
}

function duckline(file: string, ...args: string[]): Promise<Ended> {
  return ended(start(['--db', file, ...args]));
}

function fetchAll(port: string, workers = '5'): string[] {
  return ['--endpoint', `127.0.0.1:${port}`, '--workers', workers, 'fetch', '--all', ...range, '--json'];
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
    folder = mkdtempSync(join(tmpdir(), 'duckline-slice-'));
    environment = {
      ...process.env,
      HOME: folder,
      XDG_STATE_HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
    };
    delete environment.UV_THREADPOOL_SIZE;
  });

  afterAll(() => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('stores every row of every code with five logins, and nothing more the second time', async () => {
    const server = await gateway();
    const file = join(folder, 'whole.duckdb');
    const first = await duckline(file, ...fetchAll(server.port));
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

    const second = await duckline(file, ...fetchAll(server.port));
    expect(second.code).toBe(0);
    expect(JSON.parse(second.out)).toMatchObject({ rows: 0, failed: 0, left: 0 });
    const stats = await server.stop();
    expect(stats.logins).toBe(5);
    expect(stats.maxConnections).toBeLessThanOrEqual(5);
  });

  it('accounts for every task when one answer in ten is dropped, and retry makes it whole', async () => {
    const faulty = await gateway('--fault', 'drop:0.1');
    const file = join(folder, 'dropped.duckdb');
    const first = await duckline(file, ...fetchAll(faulty.port));
    const counts = JSON.parse(first.out);
    expect(counts.planned).toBe(counts.ok + counts.empty + counts.failed + counts.left);
    expect(counts.planned).toBe(42);
    expect(first.code).toBe(counts.failed > 0 ? 3 : 0);
    expect((await faulty.stop()).faults.drop).toBeGreaterThan(0);
    expect(await rowsOf('select code, date from daily group by all having count(*) > 1', file)).toEqual([]);

    const healthy = await gateway();
    const again = await duckline(file, '--endpoint', `127.0.0.1:${healthy.port}`, 'retry', '--all', '--json');
    expect(again.code).toBe(0);
    await healthy.stop();
    await wholeAndSound(file);
  });

  it('finishes whole when a worker is killed in mid-run', async () => {
    const server = await gateway('--latency', '40');
    const file = join(folder, 'worker-killed.duckdb');
    const child = start(['--db', file, ...fetchAll(server.port)]);
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
    const undisturbed = join(folder, 'undisturbed.duckdb');
    expect((await duckline(undisturbed, ...fetchAll(server.port))).code).toBe(0);
    const file = join(folder, 'killed.duckdb');
    const child = start(['--db', file, ...fetchAll(server.port)]);
    const end = ended(child);
    const workers = await workersOf(child);
    await new Promise(resolve => setTimeout(resolve, 700));
    child.kill('SIGKILL');
    await end;
    await expect.poll(() => workers.filter(alive), { timeout: 10_000 }).toEqual([]);

    const resumed = await duckline(file, ...fetchAll(server.port));
    expect(resumed.code).toBe(0);
    await server.stop();
    await wholeAndSound(file);
    expect(await tableHash(file)).toEqual(await tableHash(undisturbed));
    const ends = await rowsOf(`select "end" from meta.runs order by run`, file);
    expect(ends.at(-1)).toEqual(['ok']);
    expect(ends.flat()).not.toContain(null);
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function childrenOf(pid: number): Promise<number[]> {
  return new Promise(resolve => {
    const ps = spawn('ps', ['-o', 'pid=,ppid=', '-A'], { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    ps.stdout.on('data', chunk => {
      text += chunk;
    });
    ps.once('close', () =>
      resolve(
        text
          .split('\n')
          .map(line => line.trim().split(/\s+/).map(Number))
          .filter(([, parent]) => parent === pid)
          .map(([child]) => child as number),
      ),
    );
  });
}

async function workersOf(program: ChildProcess): Promise<number[]> {
  let workers: number[] = [];
  await expect
    .poll(
      async () => {
        workers = await childrenOf(program.pid as number);
        return workers.length;
      },
      { timeout: 20_000, interval: 50 },
    )
    .toBeGreaterThanOrEqual(5);
  return workers;
}

async function killOneWorker(program: ChildProcess): Promise<void> {
  const [, victim] = await workersOf(program);
  await new Promise(resolve => setTimeout(resolve, 400));
  process.kill(victim as number, 'SIGKILL');
}
