/**
 * The connection pool against what it replaces: opening a connection or an instance each time, and two general pools
 * (generic-pool, tarn) over the same driver. Then the promise that matters at the prompt: with 15 statements running and a
 * million rows loading, a short query and the event loop itself still answer. `--quick` repeats less.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOUBLE, type DuckDBConnection, DuckDBDataChunk, DuckDBInstance, INTEGER } from '@duckdb/node-api';
import genericPool from 'generic-pool';
import { Pool as TarnPool } from 'tarn';
import { openInstance } from '../../src/store/instance.ts';
import { openPool } from '../../src/store/pool/pool.ts';
import { median, report } from './table.ts';

const quick = process.argv.includes('--quick');
const rounds = quick ? 3 : 7;
const folder = mkdtempSync(join(tmpdir(), 'duckline-bench-pool-'));
const instance = await openInstance(join(folder, 'pool.duckdb'));
const endless = 'SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b WHERE (a.range + b.range) % 7 = 1';

/** Microseconds for one of `count` runs. */
async function each(count: number, run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  for (let index = 0; index < count; index++) await run();
  return ((performance.now() - begun) / count) * 1000;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

// ── Acquire and release ─────────────────────────────────────────────────────────────────────────────────────────────────

const pool = openPool(instance);
const generic = genericPool.createPool(
  { create: () => instance.connect(), destroy: async connection => connection.closeSync() },
  { min: 0, max: 15 },
);
const tarn = new TarnPool({
  create: () => instance.connect(),
  destroy: (connection: DuckDBConnection) => connection.closeSync(),
  min: 0,
  max: 15,
});
const checkout = {
  ours: async () => (await pool.acquire()).release(),
  generic: async () => generic.release(await generic.acquire()),
  tarn: async () => tarn.release(await tarn.acquire().promise),
};
const lendings = quick ? 5_000 : 20_000;
for (const run of Object.values(checkout)) await each(lendings, run);
const ours: number[] = [];
const theirs: Record<'generic' | 'tarn', number[]> = { generic: [], tarn: [] };
const opening: number[] = [];
const openingInstance: number[] = [];
for (let round = 0; round < rounds; round++) {
  ours.push(await each(lendings, checkout.ours));
  theirs.generic.push(await each(lendings, checkout.generic));
  theirs.tarn.push(await each(lendings, checkout.tarn));
  opening.push(await each(200, async () => (await instance.connect()).closeSync()));
  openingInstance.push(
    await each(3, async () => {
      const other = await DuckDBInstance.create(join(folder, 'other.duckdb'));
      (await other.connect()).closeSync();
      other.closeSync();
    }),
  );
}
const faster = median(theirs.generic) < median(theirs.tarn) ? theirs.generic : theirs.tarn;

// ── A thousand queries ──────────────────────────────────────────────────────────────────────────────────────────────────

await pool.execute('CREATE TABLE bars AS SELECT range AS n, range % 100 AS code, random() AS close FROM range(10_000)');
const sql = 'SELECT count(*), max(close) FROM bars WHERE code = ?';

/** 1,000 queries, `width` at a time: how many a second, and each one's ms. */
async function thousand(width: number, query: (code: number) => Promise<unknown>) {
  const times: number[] = [];
  let next = 0;
  const begun = performance.now();
  const line = async () => {
    while (next < 1000) {
      const code = next++ % 100;
      const started = performance.now();
      await query(code);
      times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: width }, line));
  return { rate: 1_000_000 / (performance.now() - begun), p50: percentile(times, 0.5) };
}
const pooledQuery = (code: number) => pool.query(sql, [code]);
/** What a program without a pool has to do for the same answers: the same settings, then the query. */
const connectQuery = async (code: number) => {
  const connection = await instance.connect();
  try {
    await connection.run("SET errors_as_json = true; SET TimeZone = 'Asia/Shanghai'");
    await (await connection.run(sql, [code])).getRows();
  } finally {
    connection.closeSync();
  }
};
const bareQuery = async (code: number) => {
  const connection = await instance.connect();
  try {
    await (await connection.run(sql, [code])).getRows();
  } finally {
    connection.closeSync();
  }
};
const p50Ratio: number[] = [];
const bareRatio: number[] = [];
const rateRatio: number[] = [];
for (let round = 0; round < rounds; round++) {
  const connecting = await thousand(1, connectQuery);
  const bare = await thousand(1, bareQuery);
  const pooled = await thousand(1, pooledQuery);
  p50Ratio.push(pooled.p50 / connecting.p50);
  bareRatio.push(pooled.p50 / bare.p50);
  rateRatio.push((await thousand(10, pooledQuery)).rate / (await thousand(10, connectQuery)).rate);
}

// ── Fifteen long statements, a load, and the prompt ─────────────────────────────────────────────────────────────────────

const wide = openPool(instance, { size: 5, maxOverflow: 13 });
const rows = 1_000_000;
const chunkRows = 2048;
await wide.execute('CREATE TABLE loaded (n INTEGER, close DOUBLE)');

async function load(): Promise<void> {
  await wide.use(
    async connection => {
      await connection.execute('CREATE TEMP TABLE stage (n INTEGER, close DOUBLE)');
      const appender = await connection.raw.createAppender('stage');
      const chunk = DuckDBDataChunk.create([INTEGER, DOUBLE], chunkRows);
      const numbers = Array.from({ length: chunkRows }, (_, index) => index);
      for (let done = 0; done < rows; done += chunkRows) {
        chunk.rowCount = Math.min(chunkRows, rows - done);
        chunk.setColumnValues(0, numbers.slice(0, chunk.rowCount));
        chunk.setColumnValues(1, numbers.slice(0, chunk.rowCount));
        appender.appendDataChunk(chunk);
        appender.flushSync();
        await new Promise(resolve => setImmediate(resolve));
      }
      appender.closeSync();
      await connection.execute('INSERT INTO loaded SELECT * FROM stage');
    },
    { lane: 'write', tag: 'load' },
  );
}

const promptP95: number[] = [];
const gapP95: number[] = [];
for (let round = 0; round < (quick ? 1 : 3); round++) {
  const stop = new AbortController();
  const prompt = await wide.acquire({ lane: 'interactive', tag: 'prompt' });
  const long = Array.from({ length: 15 }, () =>
    wide.query(endless, undefined, { signal: stop.signal }).catch(() => null),
  );
  while (wide.status().running < 15) await new Promise(resolve => setTimeout(resolve, 1));
  const gaps: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  }, 2);
  let loading = true;
  const loaded = load().finally(() => {
    loading = false;
  });
  const times: number[] = [];
  while (loading) {
    const started = performance.now();
    await prompt.query('SELECT count(*) FROM bars WHERE code = 7');
    times.push(performance.now() - started);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  await loaded;
  clearInterval(timer);
  stop.abort();
  await Promise.all(long);
  await prompt.release();
  promptP95.push(percentile(times, 0.95));
  gapP95.push(percentile(gaps, 0.95));
}

await Promise.all([pool.dispose(), wide.dispose()]);
await generic.drain();
await generic.clear();
await tarn.destroy();
await instance.close();
rmSync(folder, { recursive: true, force: true });

const over = (values: readonly number[], base: readonly number[]) => values.map((value, i) => value / (base[i] ?? 1));
report('pool', [
  { name: 'acquire + release', values: ours, unit: 'µs' },
  { name: 'generic-pool', values: theirs.generic, unit: 'µs' },
  { name: 'tarn', values: theirs.tarn, unit: 'µs' },
  { name: 'acquire + release / the faster library', values: over(ours, faster), atMost: 1 },
  { name: 'open and close a connection', values: opening, unit: 'µs' },
  { name: 'open a connection / acquire', values: over(opening, ours) },
  { name: 'open an instance / acquire', values: over(openingInstance, ours) },
  { name: 'p50 of a query: pooled / connect each time', values: p50Ratio, atMost: 0.6 },
  { name: 'p50 of a query: pooled / connect, no settings', values: bareRatio },
  { name: 'queries a second, 10 at once: pooled / connect', values: rateRatio },
  { name: 'prompt while 15 run and 1M rows load, p95', values: promptP95, unit: 'ms', atMost: 100 },
  { name: '2 ms timer meanwhile, gap p95', values: gapP95, unit: 'ms', atMost: 100 },
]);
