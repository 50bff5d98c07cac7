/** Long histories of few codes, fetched from a gateway over a socket by real workers into a real file. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import { MarketRig } from './market-rig.ts';

const demo = makeDemoMarket({ codes: 20, years: 13 });
const rig = new MarketRig(demo);
const sessions = demo.calendar.sessions.filter(day => day <= '2026-11-20').slice(-3_000);
const three = demo.listings
  .filter(({ kind, span }) => kind === 'stock' && span.from === 0 && span.to >= demo.lastSession)
  .map(({ code }) => code)
  .slice(0, 3)
  .sort();

beforeAll(() => rig.open());
afterAll(() => rig.close());

it('three thousand sessions that three codes lack are asked for by code, and each is stored once', async () => {
  expect([three.length, sessions.length]).toEqual([3, 3_000]);
  const asked = { codes: three, from: sessions[0] as string };
  const summary = await rig.sync(asked);
  expect(summary).toMatchObject({ failed: 0, left: 0, end: 'ok', rows: 9_000 });
  // Of each code a page of 2,000 rows, one of the rest, and its factors.
  expect(summary.asked).toMatchObject({ query_history_k_data_plus: 6, query_adjust_factor: 3 });
  expect(Object.keys(summary.asked).filter(method => method.startsWith('query_daily'))).toEqual([]);
  for (const code of three) {
    expect(await rig.rows(`select date::varchar from daily where code = '${code}' order by date`)).toEqual(
      sessions.map(day => [day]),
    );
  }
  expect(await rig.sync(asked)).toMatchObject({ rows: 0, requests: 0, asked: {} });
});
