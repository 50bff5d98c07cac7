/** What a provider and a machine can do to a sync, one scenario each: gateway, workers, program and file are real. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import { runGateway } from '../../src/gateway/gateway.ts';
import type { Row, Series } from '../../src/gateway/market.ts';
import { addDays, type IsoDate, weekday } from '../../src/market/date.ts';
import { openDatabase } from '../../src/store/database.ts';
import { MarketRig } from './market-rig.ts';

const demo = makeDemoMarket({ codes: 320, years: 2 });
const rig = new MarketRig(demo);
const program =
  process.env.DUCKLINE_TEST_PROGRAM ?? join(dirname(fileURLToPath(import.meta.url)), '../../dist/duckline.cjs');
const sessions = demo.calendar.sessions.filter(day => day <= '2026-11-20');
/** Stocks that trade from the first to the last session of the market. */
const stocks = demo.listings
  .filter(({ kind, span }) => kind === 'stock' && span.from === 0 && span.to >= demo.lastSession)
  .map(({ code }) => code);
const columns = 'date,code,open,high,low,close,preclose,volume,amount,adjustflag,turn,tradestatus'.split(',');
const hashOfFactors =
  'select md5(string_agg(f::varchar, chr(10) order by code, ex_date)) from adj_factors f where hfq_factor > 0';
const hash = 'select md5(string_agg(d::varchar, chr(10) order by code, date)) from daily d';

beforeAll(() => rig.open());
afterAll(() => rig.close());

it('a first sync of 300 codes and 250 sessions stores each session once, to the very sums; a second one asks nothing', async () => {
  const from = sessions.at(-250) as string;
  const codes = stocks.slice(0, 300);
  expect(codes.length).toBeGreaterThan(200);
  const first = await rig.sync({ codes, from });
  expect(first).toMatchObject({ failed: 0, left: 0, end: 'ok', rows: 250 * codes.length });
  expect(await rig.rows('select count(*), count(distinct (code, date)), count(distinct date) from daily')).toEqual([
    [250 * codes.length, 250 * codes.length, 250],
  ]);
  const wanted = new Set(codes);
  let [volume, close] = [0n, 0];
  for (const day of sessions.slice(-250)) {
    for (const row of demo.barsOn(day, 'stock')) {
      if (!wanted.has(row[1] as string)) continue;
      volume += BigInt(row[columns.indexOf('volume')] || '0');
      close += Math.round(Number(row[columns.indexOf('close')]) * 10_000);
    }
  }
  const [sums] = (
    await rig.database.pool.query('select sum(volume)::varchar, sum(round(close * 10000))::varchar from daily')
  ).rows;
  expect([sums?.[0], Number(sums?.[1])]).toEqual([String(volume), close]);
  expect(await rig.sync({ codes, from })).toMatchObject({ rows: 0, requests: 0, asked: {} });
}, 180_000);

/** The series of one code with other rows in it. */
function changed(code: string, change: (rows: Row[]) => Row[]) {
  return {
    bars: (asked: string, ...rest: [never, never, never]): Series | null => {
      const series = demo.bars(asked, ...rest);
      if (!series || asked !== code) return series;
      const rows = change(Array.from({ length: series.length }, (_, at) => [...series.row(at)]));
      return {
        columns: series.columns,
        length: rows.length,
        dateAt: at => (rows[at] as Row)[0] as never,
        row: at => rows[at] as Row,
      };
    },
  };
}

describe('of one code', () => {
  const code = stocks[0] as string;
  const from = sessions.at(-60) as string;
  const at = (day: string) => (row: Row) => row[0] === day;
  const [a, b, c, d] = sessions.slice(-20, -16) as [string, string, string, string];
  const sunday = addDays(sessions.findLast(day => day < a && weekday(day as IsoDate) === 5) as IsoDate, 2);
  const put = (row: Row, name: string, value: string): Row => row.with(columns.indexOf(name), value) as Row;

  it('rows that cannot be are kept out alone: text, high below low, another code, a Sunday, a key with two values', async () => {
    await rig.fresh();
    await rig.provider(
      changed(code, rows =>
        rows.flatMap(row => {
          if (at(a)(row)) return [put(row, 'volume', 'abc')];
          if (at(b)(row)) return [put(row, 'high', '0.01')];
          if (at(c)(row)) return [put(row, 'code', 'sz.399001')];
          if (at(d)(row)) return [row, put(row, 'close', row[columns.indexOf('low')] as string)];
          if (at(addDays(sunday, -2))(row)) return [row, put(row, 'date', sunday)];
          return row[0] === sessions.at(-10) ? [row, row] : [row];
        }),
      ),
    );
    const summary = await rig.sync({ codes: [code], from });
    expect(summary).toMatchObject({ failed: 0, end: 'ok' });
    expect(await rig.value('select count(*) from daily')).toBe(56);
    expect(await rig.value('select count(distinct date) from daily')).toBe(56);
    expect(await rig.rows(`select distinct left("at", 10), reason from meta.quarantine order by all`)).toEqual([
      [sunday, 'that day was no session'],
      [a, 'volume is no whole number'],
      [b, 'high is below another price'],
      [c, `the code is not ${code}, which was asked`],
      [d, 'the same day came 2 times with different values'],
    ]);
    expect(await rig.value(`select count(*) from meta.quarantine where raw like '%${sunday}%'`)).toBe(1);
    expect((await rig.sync({ codes: [code], from })).asked).toEqual({});
  });

  it('forty suspended sessions are stored as such and leave no gap', async () => {
    await rig.fresh();
    const still = new Set(sessions.slice(-50, -10));
    await rig.provider(
      changed(code, rows =>
        rows.map(row => {
          if (!still.has(row[0] as string)) return row;
          let flat = row;
          const price = row[columns.indexOf('preclose')] as string;
          for (const name of ['open', 'high', 'low', 'close']) flat = put(flat, name, price);
          for (const name of ['volume', 'amount', 'turn']) flat = put(flat, name, '');
          return put(flat, 'tradestatus', '0');
        }),
      ),
    );
    expect(await rig.sync({ codes: [code], from })).toMatchObject({ failed: 0, rows: 60, end: 'ok' });
    expect(await rig.value('select count(*) from daily where is_suspended and volume = 0')).toBeGreaterThanOrEqual(40);
    expect((await rig.sync({ codes: [code], from })).asked).toEqual({});
    await rig.provider();
  });
});

it('a program that is killed half way goes on with at most 55 % of the requests of a whole run, and ends with the same tables', async () => {
  const codes = stocks.slice(0, 200);
  const from = sessions.at(-250) as string;
  let gateway = await runGateway({ market: demo, clock: rig.clock });
  const asked = () =>
    Object.entries(gateway.stats().requests)
      .filter(([method]) => method !== 'login' && method !== 'logout')
      .reduce((sum, [, count]) => sum + count, 0);
  const start = (file: string) => {
    const options = ['--db', join(rig.folder, file), '--endpoint', `127.0.0.1:${gateway.port}`, '--workers', '2'];
    const { UV_THREADPOOL_SIZE: _, ...environment } = process.env;
    return spawn(process.execPath, [program, ...options, 'sync', ...codes, '--from', from, '--json'], {
      env: { ...environment, DUCKLINE_NOW: '2026-11-20T20:00:00+08:00', XDG_STATE_HOME: join(rig.folder, 'state') },
      stdio: 'ignore',
    });
  };
  const ended = (child: ReturnType<typeof start>) =>
    new Promise<number | null>(resolve => child.once('close', resolve));
  const stateOf = async (file: string, ...questions: readonly string[]) => {
    const database = await openDatabase({ path: join(rig.folder, file), clock: rig.clock });
    const values: unknown[] = [];
    for (const sql of questions) values.push((await database.pool.query(sql)).rows[0]?.[0]);
    await database.close();
    return values;
  };
  try {
    expect(await ended(start('whole.duckdb'))).toBe(0);
    const whole = asked();
    expect(whole).toBeGreaterThanOrEqual(2 * codes.length);
    await gateway.close();
    gateway = await runGateway({ market: demo, clock: rig.clock, latencyMs: 180 });

    const child = start('killed.duckdb');
    const dead = ended(child);
    await new Promise<void>(resolve => {
      const watch = setInterval(() => {
        if (asked() < whole / 2) return;
        clearInterval(watch);
        child.kill('SIGKILL');
        resolve();
      }, 2);
    });
    expect(await dead).toBe(null);
    const [stored] = await stateOf('killed.duckdb', 'select count(distinct code)::integer from daily');
    await gateway.close();
    gateway = await runGateway({ market: demo, clock: rig.clock });
    expect(await ended(start('killed.duckdb'))).toBe(0);
    const again = asked();
    expect(again).toBe(2 * (codes.length - Number(stored)));
    expect(again).toBeLessThanOrEqual(0.55 * whole);
    const [rows, factors] = await stateOf('whole.duckdb', hash, hashOfFactors);
    expect(await stateOf('killed.duckdb', hash, hashOfFactors)).toEqual([rows, factors]);
  } finally {
    await gateway.close();
  }
}, 180_000);
