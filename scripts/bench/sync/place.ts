/** Where the parts of `bench sync` work: the built program, a folder of this run, and one that is kept between runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { demoNow, makeDemoMarket } from '../../../src/gateway/demo/demo-market.ts';
import type { Code } from '../../../src/market/code.ts';
import type { IsoDate } from '../../../src/market/date.ts';
import type { BarsTask } from '../../../src/source/source.ts';

export const root = process.env.DUCKLINE_ROOT ?? process.cwd();
export const program = join(root, 'dist/duckline.cjs');
export const folder = mkdtempSync(join(tmpdir(), 'duckline-bench-sync-'));
/** Large files that take minutes to make stay here; delete it to make them anew. */
export const kept = join(tmpdir(), 'duckline-bench');
mkdirSync(kept, { recursive: true });

const { UV_THREADPOOL_SIZE: _, ...inherited } = process.env;
/** Of programs that are started: the demo's last session, 20:00, and folders of their own. */
export const environment = {
  ...inherited,
  XDG_STATE_HOME: join(folder, 'state'),
  XDG_DATA_HOME: join(folder, 'data'),
  XDG_CONFIG_HOME: join(folder, 'config'),
  DUCKLINE_NOW: demoNow(),
};
process.env.DUCKLINE_NOW = demoNow();
process.env.XDG_STATE_HOME = environment.XDG_STATE_HOME;
process.env.DUCKLINE_WORKER ??= join(root, 'dist/worker.js');

export const marketSize = { codes: 5_400, years: 35 } as const;
export const firstDay = '1990-12-19' as IsoDate;
export const lastDay = '2026-11-20' as IsoDate;

export interface Served {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<Readonly<Record<string, number>>>;
}

/** A gateway of the demo market; `stop` resolves to its counted requests. */
export async function serve(...options: string[]): Promise<Served> {
  const child: ChildProcess = spawn(
    process.execPath,
    [program, 'gateway', '--exit-with-parent', '--demo', ...options],
    {
      env: environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
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
  return {
    port,
    pid: child.pid ?? 0,
    stop: () =>
      new Promise(resolve => {
        lines.once('close', () => resolve((JSON.parse(stats) as { requests: Record<string, number> }).requests));
        child.kill('SIGTERM');
      }),
  };
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Seconds from its start to its end. */
  readonly seconds: number;
  /** Largest resident memory of the program and of the largest worker, MB; NaN where the system does not tell. */
  readonly peakMb: number;
  readonly workerPeakMb: number;
}

/** The built program from start to end; throws where it ends with another code than those given. */
export async function run(args: readonly string[], more: Record<string, string> = {}, codes = [0]): Promise<Ended> {
  const begun = performance.now();
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...environment, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', chunk => {
    out += chunk;
  });
  child.stderr.on('data', chunk => {
    err += chunk;
  });
  let [peakMb, workerPeakMb] = [Number.NaN, Number.NaN];
  const watch = setInterval(() => {
    peakMb = peakOf(child.pid ?? 0) ?? peakMb;
    for (const pid of childrenOf(child.pid ?? 0)) {
      const peak = peakOf(pid);
      if (peak !== null) workerPeakMb = Number.isNaN(workerPeakMb) ? peak : Math.max(workerPeakMb, peak);
    }
  }, 100);
  const code = await new Promise<number | null>(resolve => child.once('close', resolve));
  clearInterval(watch);
  if (code === null || !codes.includes(code)) throw new Error(`${args.join(' ')} ended with ${code}: ${err}${out}`);
  return { code, out, err, seconds: (performance.now() - begun) / 1_000, peakMb, workerPeakMb };
}

function peakOf(pid: number): number | null {
  try {
    const [, kb] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return kb === undefined ? null : Number(kb) / 1_024;
  } catch {
    return null;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Stocks of a demo market in the order of their listings, with the sessions on which each has a bar. */
export function stocks(size: { readonly codes: number; readonly years: number }): {
  readonly codes: readonly Code[];
  sessionsOf(code: Code): readonly string[];
} {
  const market = makeDemoMarket(size);
  const { sessions } = market.calendar;
  const found = market.listings.filter(({ kind }) => kind === 'stock');
  const spans = new Map(found.map(({ code, span }) => [code, span]));
  return {
    codes: found.map(({ code }) => code as Code),
    sessionsOf: code => {
      const span = spans.get(code);
      return span ? sessions.slice(span.from, Math.min(span.to, market.lastSession) + 1) : [];
    },
  };
}

export function fullHistory(codes: readonly Code[]): BarsTask[] {
  return codes.map((code, at) => ({
    kind: 'bars',
    id: at + 1,
    code,
    period: 'd',
    from: firstDay,
    to: lastDay,
    factors: true,
  }));
}

export function clean(): void {
  rmSync(folder, { recursive: true, force: true });
}
