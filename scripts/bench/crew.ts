/**
 * The crew against what its line allows: how much five workers gain over one, how near a run comes to the pure waiting time
 * of its requests, and what faults, long tasks and a stingy provider cost. Every task is one page of at most 50 rows; times
 * are from the first bar request to the last commit, into a fresh database file each.
 *
 * Options: --only NAME,… of gain20 gain100 cut uneven stingy market · --codes N (1000) · --runs N (1)
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/config/clock.ts';
import type { RunSummary } from '../../src/fetch/events.ts';
import { startRun } from '../../src/fetch/run.ts';
import { demoNow, makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import type { Code } from '../../src/market/code.ts';
import type { IsoDate } from '../../src/market/date.ts';
import type { BarsTask, DatasetTask } from '../../src/source/source.ts';
import { openDatabase } from '../../src/store/database.ts';
import { type Figure, report } from './table.ts';

const names = ['gain20', 'gain100', 'cut', 'uneven', 'stingy', 'market'] as const;
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: names.join(',') },
    codes: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '1' },
  },
});
const chosen = new Set(values.only.split(','));
const codeCount = Number(values.codes);

const root = process.env.DUCKLINE_ROOT ?? process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'duckline-bench-'));
process.env.DUCKLINE_NOW = demoNow();
process.env.XDG_STATE_HOME = join(folder, 'state');
process.env.DUCKLINE_WORKER = join(root, 'dist/worker.js');
const clock = systemClock(process.env);

/** Rows of a page; a task brings one less, so that its only page is not full. */
const pageSize = 50;
const years = 10;
const to = '2026-11-20' as IsoDate;

interface Served {
  readonly port: number;
  stop(): Promise<{ readonly logins: number; readonly errors: Readonly<Record<string, number>> }>;
}

async function serve(codes: number, latency: number, ...options: string[]): Promise<Served> {
  const fixed = [
    'gateway',
    '--exit-with-parent',
    '--demo',
    '--codes',
    String(codes),
    '--years',
    String(years),
    '--latency',
    String(latency),
  ];
  const { UV_THREADPOOL_SIZE: _, ...environment } = process.env;
  const child: ChildProcess = spawn(process.execPath, [join(root, 'dist/duckline.cjs'), ...fixed, ...options], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  let stats = '{}';
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the gateway ended with ${code}`)));
    lines.on('line', line => {
      const [, found] = /^listening 127\.0\.0\.1 (\d+)$/.exec(line) ?? [];
      if (found) resolve(Number(found));
      if (line.startsWith('stats ')) stats = line.slice('stats '.length);
    });
  });
  const stop = () =>
    new Promise<{ logins: number; errors: Record<string, number> }>(resolve => {
      lines.once('close', () => resolve(JSON.parse(stats)));
      child.kill('SIGTERM');
    });
  return { port, stop };
}

let files = 0;

async function run(port: number, workers: number, tasks: readonly BarsTask[]): Promise<RunSummary> {
  files += 1;
  const database = await openDatabase({ path: join(folder, `${files}.duckdb`), clock });
  const prepare: DatasetTask[] = [
    { kind: 'dataset', id: -1, dataset: 'instruments', params: {} },
    { kind: 'dataset', id: -2, dataset: 'calendar', params: { from: '2016-01-01', to: '2026-12-31' } },
  ];
  try {
    const source = {
      source: 'baostock',
      endpoint: { host: '127.0.0.1', port },
      pageSize,
      connectTimeoutMs: 10_000,
      answerTimeoutMs: 30_000,
      silenceTimeoutMs: 30_000,
    } as const;
    // Catalogue and calendar come in large pages, before and apart from what is measured.
    const { pageSize: _, ...large } = source;
    const common = { database, clock, what: 'bench', period: 'd' } as const;
    const none = { tasks: [], asked: [], covered: [], pointless: [] };
    await startRun({ ...common, source: large, workers: 1, prepare, plan: async () => none }).done;
    const plan = { ...none, tasks };
    const summary = await startRun({ ...common, source, workers, prepare: [], plan: async () => plan }).done;
    if (summary.failed + summary.left > 0)
      throw new Error(`${summary.failed} failed, ${summary.left} left: ${summary.message}`);
    console.log(
      `  ${workers} workers, ${tasks.length} tasks: ${summary.seconds.toFixed(2)} s, ${summary.requests} requests, ${summary.logins} logins, ${summary.rows} rows`,
    );
    return summary;
  } finally {
    await database.close();
  }
}

/** Codes that trade over all of the last ten years' sessions, and the first day of the last so many sessions. */
function market(codes: number): { readonly codes: readonly Code[]; fromBack(sessions: number): IsoDate } {
  const demo = makeDemoMarket({ codes: Math.ceil(codes * 1.3), years });
  const stocks = demo.listings.filter(({ kind, span }) => kind === 'stock' && span.to >= demo.lastSession);
  const { sessions } = demo.calendar;
  const old = stocks.filter(({ span }) => span.from === 0).slice(0, Math.ceil(codes / 100));
  const rest = stocks.filter(listing => !old.includes(listing) && demo.lastSession - span(listing) >= pageSize);
  return {
    codes: [...old, ...rest].slice(0, codes).map(({ code }) => code as Code),
    fromBack: back => sessions[demo.lastSession - back + 1] as IsoDate,
  };
}

function span(listing: { readonly span: { readonly from: number } }): number {
  return listing.span.from;
}

function tasksOf(codes: readonly Code[], from: (at: number) => IsoDate): BarsTask[] {
  return codes.map((code, at) => ({ kind: 'bars', id: at + 1, code, period: 'd', from: from(at), to, factors: false }));
}

const figures: Figure[] = [];
const collected = new Map<string, { figure: Figure; values: number[] }>();

function note(figure: Omit<Figure, 'values'>, value: number): void {
  const known = collected.get(figure.name);
  if (known) known.values.push(value);
  else {
    const list = [value];
    collected.set(figure.name, { figure: { ...figure, values: list }, values: list });
  }
}

async function gain(latency: number, target: number): Promise<void> {
  const { codes, fromBack } = market(codeCount);
  const tasks = tasksOf(codes, () => fromBack(pageSize - 1));
  const gateway = await serve(Math.ceil(codeCount * 1.3), latency);
  const five = await run(gateway.port, 5, tasks);
  const one = await run(gateway.port, 1, tasks);
  await gateway.stop();
  note({ name: `wall(1) / wall(5), ${latency} ms`, atLeast: target }, one.seconds / five.seconds);
  note({ name: 'logins / workers', atLeast: 1, atMost: 1 }, five.logins / 5);
  const ideal = (tasks.length * latency) / 5 / 1_000;
  note(
    { name: `requests × latency / workers / wall, ${latency} ms`, ...(latency === 100 ? { atLeast: 0.95 } : {}) },
    ideal / five.seconds,
  );
}

async function cut(): Promise<void> {
  const { codes, fromBack } = market(codeCount);
  const tasks = tasksOf(codes, () => fromBack(pageSize - 1));
  const clean = await serve(Math.ceil(codeCount * 1.3), 20);
  const undisturbed = await run(clean.port, 5, tasks);
  await clean.stop();
  const faulty = await serve(Math.ceil(codeCount * 1.3), 20, '--fault', `drop:${(1 / 7).toFixed(4)}`);
  const disturbed = await run(faulty.port, 5, tasks);
  await faulty.stop();
  note({ name: 'wall, cut at every 7th answer / clean', atMost: 1.5 }, disturbed.seconds / undisturbed.seconds);
}

async function uneven(): Promise<void> {
  const { codes, fromBack } = market(codeCount);
  const long = Math.ceil(codes.length / 100);
  const pages = 40;
  const tasks = tasksOf(codes, at => fromBack(at < long ? pages * pageSize - 1 : pageSize - 1));
  const gateway = await serve(Math.ceil(codeCount * 1.3), 20);
  const five = await run(gateway.port, 5, tasks);
  const one = await run(gateway.port, 1, tasks);
  await gateway.stop();
  // No schedule is shorter than the work shared evenly, nor than the longest task.
  const messages = tasks.length - long + long * pages;
  const bound = Math.max(one.seconds / 5, (one.seconds / messages) * pages);
  note({ name: 'makespan, 1 % of codes 40 × longer / lower bound', atMost: 1.12 }, five.seconds / bound);
  note({ name: 'makespan / pure latency of its requests' }, five.seconds / ((messages * 20) / 5_000));
}

async function stingy(): Promise<void> {
  const { codes, fromBack } = market(codeCount);
  const tasks = tasksOf(codes, () => fromBack(pageSize - 1));
  const first = await serve(Math.ceil(codeCount * 1.3), 20, '--max-sessions', '2');
  const two = await run(first.port, 2, tasks);
  await first.stop();
  const second = await serve(Math.ceil(codeCount * 1.3), 20, '--max-sessions', '2');
  const five = await run(second.port, 5, tasks);
  const { errors } = await second.stop();
  note({ name: 'throughput, 5 asked where 2 are allowed / 2 asked', atLeast: 0.9 }, two.seconds / five.seconds);
  note({ name: 'wasted logins', atMost: 10 }, errors['10001005'] ?? 0);
}

async function wholeMarket(): Promise<void> {
  const { codes, fromBack } = market(4_000);
  // Delisted and new codes of the demo stand aside, so some of the others are asked twice.
  const tasks = tasksOf(codes, () => fromBack(pageSize - 1));
  while (tasks.length < 5_400) {
    const task = tasks[tasks.length - codes.length] as BarsTask;
    tasks.push({ ...task, id: tasks.length + 1 });
  }
  const gateway = await serve(5_200, 160);
  const { seconds } = await run(gateway.port, 5, tasks);
  await gateway.stop();
  note({ name: 'whole market: ideal 172.8 s / wall', atLeast: 0.95 }, 172.8 / seconds);
  note({ name: 'whole market, wall', unit: 's' }, seconds);
}

try {
  for (let at = 0; at < Number(values.runs); at++) {
    if (chosen.has('gain20')) await gain(20, 4.4);
    if (chosen.has('gain100')) await gain(100, 4.8);
    if (chosen.has('cut')) await cut();
    if (chosen.has('uneven')) await uneven();
    if (chosen.has('stingy')) await stingy();
    if (chosen.has('market')) await wholeMarket();
  }
  for (const { figure } of collected.values()) figures.push(figure);
  report('crew', figures);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
