/**
 * Results out of the built program: `-c … --format … > file` and `export` against DuckDB's own COPY … TO in this process, of
 * the same rows in the same run (rates, with the start of the program taken off), and the peak memory of the program while
 * it streams many rows to a file and to a pipe.
 *
 *     npm run bench -- export [ROWS [STREAMED]]      default 2,000,000 and 10,000,000
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Figure, report } from './table.ts';

const rows = Number(process.argv[2] ?? 2_000_000);
const streamed = Number(process.argv[3] ?? 10_000_000);
const repetitions = 3;
const root = process.env.DUCKLINE_ROOT ?? process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'duckline-bench-export-'));
const bars = (count: number): string => `select 'sh.' || (600000 + range % 5000) as code,
  date '2005-01-01' + (range // 5000)::int as date, round(range % 997 * 0.01 + 10, 2) as open,
  round(range % 991 * 0.01 + 10, 2) as close, range * 100 as volume, range * 1234.56 as amount,
  case when range % 7 = 0 then null else range % 100 / 7.0 end as turn from range(${count})`;

interface Ran {
  readonly ms: number;
  readonly peakMb: number;
}

/** The program with its standard output in a file, or in a pipe that is read and forgotten. */
async function program(args: readonly string[], to: { readonly file: string } | 'pipe'): Promise<Ran> {
  const out = to === 'pipe' ? null : openSync(to.file, 'w');
  const started = performance.now();
  const child: ChildProcess = spawn(process.execPath, [join(root, 'dist/duckline.cjs'), '--db', ':memory:', ...args], {
    cwd: folder,
    stdio: ['ignore', out ?? 'pipe', 'inherit'],
    env: { ...process.env, XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder, XDG_DATA_HOME: folder },
  });
  child.stdout?.resume();
  let peakMb = 0;
  const watch = setInterval(() => {
    try {
      const high = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      peakMb = Math.max(peakMb, Number(high ?? 0) / 1024);
    } catch {
      // It has ended, or there is no /proc.
    }
  }, 20);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => {
      clearInterval(watch);
      if (out !== null) closeSync(out);
      if (code === 0) resolve({ ms: performance.now() - started, peakMb });
      else reject(new Error(`the program ended with ${code}`));
    });
  });
}

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
async function copy(options: string): Promise<number> {
  const started = performance.now();
  await connection.run(`copy (${bars(rows)}) to '${join(folder, 'copy')}' (${options})`);
  return performance.now() - started;
}

async function rates(): Promise<Figure[]> {
  const start: number[] = [];
  for (let at = 0; at < repetitions; at++) {
    start.push((await program(['-c', 'select 1', '--format', 'csv'], { file: join(folder, 'start') })).ms);
  }
  const base = Math.min(...start);
  const figures: Figure[] = [];
  for (const [name, options, target] of [
    ['csv', 'format csv, header true', 0.5],
    ['json', 'format json, array true', null],
    ['parquet', 'format parquet, compression zstd', null],
  ] as const) {
    const out: number[] = [];
    const exported: number[] = [];
    for (let at = 0; at < repetitions; at++) {
      const engine = await copy(options);
      if (name !== 'parquet') {
        const ran = await program(['-c', bars(rows), '--format', name], { file: join(folder, 'stream') });
        out.push(engine / (ran.ms - base));
      }
      const file = join(folder, `export.${name}`);
      const ran = await program(['export', bars(rows), file, '--force'], { file: join(folder, 'said') });
      exported.push(engine / (ran.ms - base));
      rmSync(file);
    }
    if (out.length > 0) {
      figures.push({
        name: `--format ${name} to a file / COPY`,
        values: out,
        ...(target === null ? {} : { atLeast: target }),
      });
    }
    figures.push({ name: `export x.${name} / COPY`, values: exported });
  }
  return figures;
}

async function peaks(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const format of ['csv', 'tsv', 'json', 'jsonl', 'markdown', 'html']) {
    for (const to of ['file', 'pipe'] as const) {
      const file = join(folder, 'stream');
      const { peakMb } = await program(['-c', bars(streamed), '--format', format], to === 'pipe' ? 'pipe' : { file });
      rmSync(file, { force: true });
      figures.push({
        name: `peak, ${streamed / 1e6} M rows as ${format} to a ${to}`,
        values: [peakMb],
        unit: 'MB',
        atMost: 400,
      });
    }
  }
  return figures;
}

try {
  report('export', [...(await rates()), ...(await peaks())]);
} finally {
  connection.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true, force: true });
}
