/**
 * The full market, simulated: 5,400 codes over 35 years, synced by the built program from a gateway into an empty file, checked, and
 * asked. Everything goes the way of a real first load; only the provider is on this machine, and so shares its processor.
 *
 * Options: --codes N (5400) · --years N (35) · --workers N (5) · --record writes docs/full-market.md
 */
import { statSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/config/clock.ts';
import { openDatabase } from '../../src/store/database.ts';
import { engineVersion } from '../../src/store/instance.ts';
import { readCount } from '../../src/store/values.ts';
import { clean, folder, root, run, serve } from './sync/place.ts';
import { median } from './table.ts';

const { values } = parseArgs({
  options: {
    codes: { type: 'string', default: '5400' },
    years: { type: 'string', default: '35' },
    workers: { type: 'string', default: '5' },
    record: { type: 'boolean', default: false },
  },
});
const { codes, years, workers } = values;
const file = join(folder, 'market.duckdb');

/** Asked warm through the pool, as the prompt asks; the median of five. */
const questions = {
  'count(*)': 'select count(*) from daily',
  'sum(close)': 'select sum(close) from daily',
  'a year of one code, as traded': `from daily where code = $code and date > '2025-11-20'`,
  'a year of one code, qfq': `from daily_qfq where code = $code and date > '2025-11-20'`,
  'all codes on one day, qfq': 'from daily_qfq where date = session(0)',
  'the whole history of one code, hfq': 'from daily_hfq where code = $code',
  'weekly of one code, qfq': 'from weekly_qfq where code = $code',
  'momentum of the market over 20 sessions':
    'select n.code, n.close / p.close - 1 as r from daily_qfq n join daily_qfq p using (code) where n.date = session(0) and p.date = session(20) order by r desc limit 20',
} as const;

try {
  const gateway = await serve('--codes', codes, '--years', years);
  const common = ['--db', file, '--endpoint', `127.0.0.1:${gateway.port}`, '--workers', workers, '--json'];
  const load = await run([...common, 'sync', '--from', '1990-12-19'], {}, [0, 3]);
  const summary = JSON.parse(load.out) as {
    rows: number;
    requests: number;
    ok: number;
    failed: number;
    planned: number;
  };
  console.log(`  loaded ${summary.rows} rows with ${summary.requests} requests in ${load.seconds.toFixed(1)} s`);
  const again = await run([...common, 'sync'], {}, [0, 3]);
  const second = JSON.parse(again.out) as { rows: number };
  await gateway.stop();
  const checked = await run([...common, 'check'], {}, [0, 3]);
  const { found, checks } = JSON.parse(checked.out) as { found: number; checks: { name: string; found: number }[] };
  for (const { name, found: many } of checks) if (many > 0) console.log(`  check: ${name}: ${many}`);

  const database = await openDatabase({ path: file, clock: systemClock(process.env), readOnly: true });
  const { rows: counted } = await database.pool.query('select count(*), count(distinct code) from daily');
  const { rows: most } = await database.pool.query(
    'select code from daily group by code order by count(*) desc, code limit 1',
  );
  const code = String(most[0]?.[0]);
  const times: (readonly [string, number])[] = [];
  for (const [name, sql] of Object.entries(questions)) {
    const bound = sql.includes('$code') ? { code } : undefined;
    const each: number[] = [];
    for (let at = 0; at < 6; at++) {
      const begun = performance.now();
      await database.pool.query(sql, bound);
      each.push(performance.now() - begun);
    }
    times.push([name, median(each.slice(1))]);
  }
  await database.close();

  const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576).toLocaleString('en')} MB`;
  const table: (readonly [string, string])[] = [
    ['codes with bars', readCount(counted[0]?.[1]).toLocaleString('en')],
    ['rows in daily', readCount(counted[0]?.[0]).toLocaleString('en')],
    ['tasks planned, ok, failed', `${summary.planned}, ${summary.ok}, ${summary.failed}`],
    ['requests', summary.requests.toLocaleString('en')],
    ['wall of the first sync', `${load.seconds.toFixed(1)} s`],
    ['rows a second', Math.round(summary.rows / load.seconds).toLocaleString('en')],
    ['peak memory of the program', `${Math.round(load.peakMb)} MB`],
    ['peak memory of the largest worker', `${Math.round(load.workerPeakMb)} MB`],
    ['size of the file', megabytes(statSync(file).size)],
    ['a second sync', `${again.seconds.toFixed(1)} s, ${second.rows} rows`],
    ['check', `${checked.seconds.toFixed(1)} s, ${found} of ${checks.length} rules broken`],
    ...times.map(([name, ms]): readonly [string, string] => [name, `${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`]),
  ];
  const width = Math.max(...table.map(([name]) => name.length));
  for (const [name, value] of table) console.log(`  ${name.padEnd(width)}  ${value}`);
  if (values.record) {
    const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, DuckDB ${engineVersion}`;
    const lines = table.map(([name, value]) => `| ${name} | ${value} |`);
    writeFileSync(
      join(root, 'docs/full-market.md'),
      `# The full market\n\nA first load of ${codes} codes over ${years} years of the demo market, by ${workers} workers, from a gateway on the same machine:\nits processor is shared by program, workers and provider. \`npm run bench -- market --record\` measures it anew.\n\nMachine: ${machine}. Queries are asked warm through the program's pool; each time is the median of five.\n\n| what | measured |\n|---|---|\n${lines.join('\n')}\n`,
    );
  }
} finally {
  clean();
}
