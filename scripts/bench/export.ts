/**
 * Results to a file: `-c … --format csv > file` of the built program, and `export`, against DuckDB's own COPY … TO in this process, of
 * the same rows in the same run. Rows a second, the start of the program taken off; peak memory of the program.
 *
 *     npm run bench -- export [ROWS]      default 2,000,000
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { report } from './table.ts';

const rows = Number(process.argv[2] ?? 2_000_000);
const repetitions = 3;
const root = process.env.DUCKLINE_ROOT ?? process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'duckline-bench-export-'));
const bars = `select 'sh.' || (600000 + range % 5000) as code, date '2005-01-01' + (range // 5000)::int as date,
  round(range % 997 * 0.01 + 10, 2) as open, round(range % 991 * 0.01 + 10, 2) as close, range * 100 as volume,
  range * 1234.56 as amount, case when range % 7 = 0 then null else range % 100 / 7.0 end as turn from range(${rows})`;

interface Ran {
  readonly ms: number;
  readonly peakMb: number;
}

/** The program with its standard output in a file. */
function program(args: readonly string[], file: string): Promise<Ran> {
  const out = openSync(file, 'w');
  const started = performance.now();
  const child = spawn(process.execPath, [join(root, 'dist/duckline.cjs'), '--db', ':memory:', ...args], {
    cwd: folder,
    stdio: ['ignore', out, 'inherit'],
    env: { ...process.env, XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder, XDG_DATA_HOME: folder },
  });
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
    child.once('exit', code => {
      clearInterval(watch);
      closeSync(out);
      if (code === 0) resolve({ ms: performance.now() - started, peakMb });
      else reject(new Error(`the program ended with ${code}`));
    });
  });
}

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
async function copy(options: string): Promise<number> {
  const started = performance.now();
  await connection.run(`copy (${bars}) to '${join(folder, 'copy')}' (${options})`);
  return performance.now() - started;
}

try {
  const start: number[] = [];
  for (let at = 0; at < repetitions; at++) {
    start.push((await program(['-c', 'select 1', '--format', 'csv'], join(folder, 'start'))).ms);
  }
  const base = Math.min(...start);
  const figures: Parameters<typeof report>[1][number][] = [];
  for (const [name, options, format, ending, target] of [
    ['csv', 'format csv, header true', 'csv', 'csv', 0.5],
    ['json', 'format json, array true', 'json', 'json', null],
    ['parquet', 'format parquet, compression zstd', null, 'parquet', null],
  ] as const) {
    const streamed: number[] = [];
    const exported: number[] = [];
    const peaks: number[] = [];
    for (let at = 0; at < repetitions; at++) {
      const engine = await copy(options);
      if (format) {
        const ran = await program(['-c', bars, '--format', format], join(folder, 'stream'));
        streamed.push(engine / (ran.ms - base));
        peaks.push(ran.peakMb);
      }
      const file = join(folder, `export.${ending}`);
      const ran = await program(['export', bars, file, '--force'], join(folder, 'said'));
      exported.push(engine / (ran.ms - base));
      if (!format) peaks.push(ran.peakMb);
    }
    if (format) {
      figures.push({
        name: `--format ${name} to a file / COPY`,
        values: streamed,
        ...(target === null ? {} : { atLeast: target }),
      });
    }
    figures.push({ name: `export x.${ending} / COPY`, values: exported });
    figures.push({ name: `peak memory, ${name}`, values: peaks, unit: 'MB', ...(format ? { atMost: 400 } : {}) });
  }
  report('export', figures);
} finally {
  connection.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true, force: true });
}
