/**
 * Half an hour of mixed faults: runs one after the other against a gateway that drops, stalls, garbles, forgets, is late and
 * refuses, with a worker killed now and then. Every run must account for every task; the memory of program and workers
 * must not grow: the median of the last quarter against that of the second.
 *
 * Options: --minutes N (30) · --codes N (200) · --workers N (5)
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/config/clock.ts';
import { startRun } from '../../src/fetch/run.ts';
import { demoNow, makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import type { Code } from '../../src/market/code.ts';
import type { IsoDate } from '../../src/market/date.ts';
import type { BarsTask, DatasetTask } from '../../src/source/source.ts';
import { openDatabase } from '../../src/store/database.ts';
import { median, report } from './table.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    codes: { type: 'string', default: '200' },
    workers: { type: 'string', default: '5' },
  },
});

const root = process.env.DUCKLINE_ROOT ?? process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'duckline-soak-'));
process.env.DUCKLINE_NOW = demoNow();
process.env.XDG_STATE_HOME = join(folder, 'state');
process.env.DUCKLINE_WORKER = join(root, 'dist/worker.js');
const clock = systemClock(process.env);

const faults = ['drop:0.02', 'reset:0.01', 'truncate:0.01', 'garbage:0.01', 'zlib:0.01', 'forget:0.02', 'stall:0.002'];
const more = ['late=1500:0.002', 'duplicate:0.02', 'split:0.05', 'error=10005001:0.01'];
const served = [
  'gateway',
  '--exit-with-parent',
  '--demo',
  '--latency',
  '5',
  ...[...faults, ...more].flatMap(fault => ['--fault', fault]),
];
const { UV_THREADPOOL_SIZE: _, ...environment } = process.env;
const gateway = spawn(process.execPath, [join(root, 'dist/duckline.cjs'), ...served], {
  env: environment,
  stdio: ['pipe', 'pipe', 'inherit'],
});

try {
  const port = await new Promise<number>((resolve, reject) => {
    gateway.once('exit', code => reject(new Error(`the gateway ended with ${code}`)));
    createInterface({ input: gateway.stdout }).on('line', line => {
      const [, found] = /^listening 127\.0\.0\.1 (\d+)$/.exec(line) ?? [];
      if (found) resolve(Number(found));
    });
  });
  const database = await openDatabase({ path: join(folder, 'soak.duckdb'), clock });
  const codes = makeDemoMarket()
    .listings.filter(({ kind }) => kind === 'stock')
    .slice(0, Number(values.codes))
    .map(({ code }) => code as Code);
  const [from, to] = ['2025-11-21', '2026-11-20'] as const;
  const prepare: DatasetTask[] = [
    { kind: 'dataset', id: -1, dataset: 'instruments', params: {} },
    { kind: 'dataset', id: -2, dataset: 'calendar', params: { from: '2020-01-01', to: '2026-12-31' } },
  ];
  const tasks = codes.map(
    (code, at): BarsTask => ({
      kind: 'bars',
      id: at + 1,
      code,
      period: 'd',
      from: from as IsoDate,
      to: to as IsoDate,
      factors: true,
    }),
  );
  const programMb: number[] = [];
  const workersMb: number[] = [];
  let lost = 0;
  let runs = 0;
  let kills = 0;
  const until = performance.now() + Number(values.minutes) * 60_000;
  while (performance.now() < until) {
    const handle = startRun({
      database,
      clock,
      source: {
        source: 'baostock',
        endpoint: { host: '127.0.0.1', port },
        connectTimeoutMs: 2_000,
        answerTimeoutMs: 1_000,
        silenceTimeoutMs: 1_000,
      },
      workers: Number(values.workers),
      what: 'soak',
      period: 'd',
      prepare: runs === 0 ? prepare : [],
      plan: async () => ({ tasks, asked: [], covered: [], pointless: [] }),
    });
    const killer = setInterval(() => {
      const pids = handle.workers().flatMap(({ pid }) => (pid === null ? [] : [pid]));
      const pid = pids[Math.floor(Math.random() * pids.length)];
      if (pid === undefined || Math.random() < 0.8) return;
      process.kill(pid, 'SIGKILL');
      kills += 1;
    }, 1_000);
    let largest = 0;
    const watch = setInterval(() => {
      largest = Math.max(largest, ...handle.workers().map(({ memoryMb }) => memoryMb ?? 0));
    }, 500);
    const summary = await handle.done.finally(() => {
      clearInterval(killer);
      clearInterval(watch);
    });
    runs += 1;
    const { planned, ok, empty, failed, left, end } = summary;
    if (planned !== codes.length || planned !== ok + empty + failed + left || left > 0) lost += 1;
    (globalThis as { gc?: () => void }).gc?.();
    programMb.push(process.memoryUsage.rss() / 1_048_576);
    if (largest > 0) workersMb.push(largest);
    const memory = `${programMb.at(-1)?.toFixed(0)} MB, workers ${largest} MB`;
    console.log(
      `  run ${runs}: ${end}, ${ok} ok, ${failed} failed, ${left} left, ${summary.logins} logins, ${kills} kills; ${memory}`,
    );
  }
  const doubled = await database.pool.query(
    'select count(*) from (select code, date from daily group by all having count(*) > 1)',
  );
  await database.close();
  const growth = (series: readonly number[]): number => {
    const quarter = Math.max(1, Math.floor(series.length / 4));
    return median(series.slice(-quarter)) / median(series.slice(quarter, 2 * quarter));
  };
  report('soak', [
    { name: 'runs that lost a task', values: [lost], atMost: 0 },
    { name: 'rows stored twice', values: [Number(doubled.rows[0]?.[0])], atMost: 0 },
    { name: 'memory of the program, last / second quarter', values: [growth(programMb)], atMost: 1.1 },
    { name: 'memory of a worker, last / second quarter', values: [growth(workersMb)], atMost: 1.1 },
    { name: 'runs', values: [runs] },
  ]);
} finally {
  gateway.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
