/**
 * Five workers against one, through the built program: 300 stocks of the demo market over one year, each answer 100 ms away,
 * into fresh files. The figure is the ratio of `seconds`, from the first bar request to the last commit.
 *
 * Options: --runs N (2) · --codes N (300) · --latency MS (100) · --workers N (5)
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { demoNow, makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import { type Figure, report } from './table.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2' },
    codes: { type: 'string', default: '300' },
    latency: { type: 'string', default: '100' },
    workers: { type: 'string', default: '5' },
  },
});

const program = join(process.env.DUCKLINE_ROOT ?? process.cwd(), 'dist/duckline.cjs');
const folder = mkdtempSync(join(tmpdir(), 'duckline-bench-'));
const { UV_THREADPOOL_SIZE: _, ...inherited } = process.env;
const environment = {
  ...inherited,
  XDG_STATE_HOME: join(folder, 'state'),
  XDG_DATA_HOME: join(folder, 'data'),
  XDG_CONFIG_HOME: join(folder, 'config'),
  DUCKLINE_NOW: demoNow(),
};

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program, ...args], { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
}

interface Counts {
  readonly ok: number;
  readonly rows: number;
  readonly logins: number;
  readonly requests: number;
  readonly seconds: number;
}

async function fetchAll(port: string, codes: readonly string[], workers: string, name: string): Promise<Counts> {
  const file = join(folder, `${name}.duckdb`);
  const options = ['--db', file, '--endpoint', `127.0.0.1:${port}`, '--workers', workers];
  const child = start([...options, 'fetch', ...codes, '--from', '-1y', '--json']);
  let out = '';
  let err = '';
  child.stdout?.on('data', chunk => {
    out += chunk;
  });
  child.stderr?.on('data', chunk => {
    err += chunk;
  });
  const code = await new Promise(resolve => child.once('close', resolve));
  if (code !== 0) throw new Error(`fetch with ${workers} workers ended with ${code}: ${err}${out}`);
  return JSON.parse(out) as Counts;
}

const gateway = start(['gateway', '--exit-with-parent', '--demo', '--latency', values.latency]);
gateway.stderr?.pipe(process.stderr);
try {
  const lines = createInterface({ input: gateway.stdout as NodeJS.ReadableStream });
  const port = await new Promise<string>((resolve, reject) => {
    gateway.once('exit', code => reject(new Error(`the gateway ended with ${code}`)));
    lines.on('line', line => {
      const [, found] = /^listening 127\.0\.0\.1 (\d+)$/.exec(line) ?? [];
      if (found) resolve(found);
    });
  });
  const codes = makeDemoMarket()
    .listings.filter(({ kind }) => kind === 'stock')
    .slice(0, Number(values.codes))
    .map(({ code }) => code);
  const ratios: number[] = [];
  const alone: number[] = [];
  const together: number[] = [];
  for (let run = 1; run <= Number(values.runs); run++) {
    const five = await fetchAll(port, codes, values.workers, `many-${run}`);
    const one = await fetchAll(port, codes, '1', `one-${run}`);
    console.log(
      `run ${run}: ${codes.length} codes, ${one.rows} rows, ${one.requests} requests; ${five.logins} workers ${five.seconds} s, 1 worker ${one.seconds} s`,
    );
    if (five.rows !== one.rows) throw new Error(`${five.rows} rows with several workers, ${one.rows} with one`);
    ratios.push(one.seconds / five.seconds);
    alone.push(one.seconds);
    together.push(five.seconds);
  }
  const workers = Number(values.workers);
  const figures: Figure[] = [
    { name: `seconds(1) / seconds(${workers})`, values: ratios, ...(workers === 5 ? { atLeast: 4.6 } : {}) },
    { name: 'seconds with 1 worker', values: alone, unit: 's' },
    { name: `seconds with ${workers} workers`, values: together, unit: 's' },
  ];
  report('fetch', figures);
} finally {
  gateway.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
