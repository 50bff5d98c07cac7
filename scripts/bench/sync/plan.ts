/**
 * What planning costs: a sync that finds nothing to do, over the whole market and over a tenth of it, each in a file of its
 * own with full histories; and the requests for one new session of everybody, by date as a sync asks, against by code.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/config/clock.ts';
import { demoNow } from '../../../src/gateway/demo/demo-market.ts';
import type { Code } from '../../../src/market/code.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { planFetch } from '../../../src/sync/planner.ts';
import { marketFile } from './full-file.ts';
import type { Note } from './note.ts';
import { folder, marketSize, run, serve, stocks } from './place.ts';

export async function noop(note: Note, runs: number): Promise<void> {
  const files = { all: await marketFile(marketSize.codes), tenth: await marketFile(marketSize.codes / 10) };
  // A sync that is up to date asks nobody; one that asks finds a provider, and is told here.
  const gateway = await serve('--codes', '20', '--years', '1');
  const sync = async (file: string): Promise<number> => {
    const { seconds, out } = await run(
      ['--db', file, '--endpoint', `127.0.0.1:${gateway.port}`, 'sync', '--json'],
      {},
      [0, 3],
    );
    const { planned, requests, end } = JSON.parse(out) as { planned: number; requests: number; end: string };
    if (planned + requests > 0 || end !== 'ok') throw new Error(`there was something to do: ${out}`);
    return seconds;
  };
  await sync(files.all);
  for (let at = 0; at < Math.max(3, runs); at++) {
    const tenth = await sync(files.tenth);
    const all = await sync(files.all);
    note({ name: 'no-op sync, wall of 5,400 codes / 540', atMost: 2.5 }, all / tenth);
    note({ name: 'no-op sync of 5,400 codes over 24 M rows', unit: 's', atMost: 2 }, all);
  }
  await gateway.stop();
}

export async function requests(note: Note): Promise<void> {
  // A year of them, as a first sync brings: codes that left the exchange since are known too.
  const small = await marketFile(marketSize.codes, '2025-11-03');
  const file = join(folder, 'one-session.duckdb');
  cpSync(small, file);
  // The next session's evening: the last one is taken out of the file, and everything is as it was the evening before.
  const { codes } = stocks(marketSize);
  const clock = systemClock({ DUCKLINE_NOW: demoNow() });
  const database = await openDatabase({ path: file, clock });
  await database.pool.write(
    async connection => {
      await connection.execute(`delete from main.daily where date = '2026-11-20'`);
      await connection.execute(
        `update meta.coverage set to_date = '2026-11-19', "rows" = "rows" - 1 where to_date = '2026-11-20'`,
      );
      await connection.execute(
        `update meta.refreshed set day = day - 1, "at" = "at" - interval 1 day where what in ('adj_factors', 'instruments')`,
      );
    },
    { tag: 'bench' },
  );
  const { rows } = await database.pool.query(`select code from instruments where delist_date is null`);
  const listed = new Set(rows.map(([code]) => String(code)));
  const question = {
    codes: codes.filter(code => listed.has(code)) as Code[],
    from: '2026-11-20' as never,
    to: '2026-11-20' as never,
    period: 'd',
    clock,
    source: 'baostock',
  } as const;
  const { tasks } = await planFetch(database, question);
  const byCode = tasks.reduce((sum, task) => sum + (task.kind === 'bars' && task.factors ? 2 : 1), 0);
  await database.close();
  const gateway = await serve('--codes', String(marketSize.codes), '--years', String(marketSize.years));
  const synced = await run(['--db', file, '--endpoint', `127.0.0.1:${gateway.port}`, 'sync', '--json'], {}, [0, 3]);
  const asked = await gateway.stop();
  const sum = JSON.parse(synced.out) as { rows: number };
  const bars = Object.entries(asked).filter(([method]) => method !== 'login' && method !== 'logout');
  const byDate = bars.reduce((total, [, count]) => total + count, 0);
  const words = bars.map(([method, count]) => `${count} ${method}`).join(', ');
  console.log(`  requests: ${sum.rows} rows of one session with ${words}; by code ${byCode} requests`);
  note({ name: 'requests for one new session, by date / by code', atMost: 0.002 }, byDate / byCode);
}
