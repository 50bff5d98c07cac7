/** Why a dataset came without rows, by catalogue, calendar, listing and the exchanges' deadlines. */
import { expect, it } from 'vitest';
import type { Listing } from '../../src/fetch/classify.ts';
import { emptyDataset } from '../../src/fetch/dataset-empty.ts';
import { Calendar } from '../../src/market/calendar.ts';
import type { Code } from '../../src/market/code.ts';
import { addDays, type IsoDate, weekday } from '../../src/market/date.ts';
import { StandingClock } from './clock.ts';

const days = Array.from({ length: 1_096 }, (_, at) => addDays('2024-01-01' as IsoDate, at));
const calendar = new Calendar(days.map(date => ({ date, isOpen: weekday(date) <= 5 })));
const listings = new Map<Code, Listing>([
  ['sh.600001' as Code, { kind: 'stock', listed: '2020-06-03' as IsoDate, delisted: '2025-06-02' as IsoDate }],
  ['sh.600519' as Code, { kind: 'stock', listed: '2001-08-27' as IsoDate, delisted: null }],
  ['sh.000001' as Code, { kind: 'index', listed: '1991-07-15' as IsoDate, delisted: null }],
]);
const market = { listings, calendar, traded: async () => null };

it.each([
  ['profit', { code: 'sh.999999', year: '2025', quarter: '1' }, 'unknown-code'],
  ['profit', { code: 'sh.000001', year: '2025', quarter: '1' }, 'not-offered'],
  ['profit', { code: 'sh.600519', year: '2026', quarter: '1' }, 'no-events'],
  ['profit', { code: 'sh.600519', year: '2026', quarter: '3' }, 'not-published'],
  ['profit', { code: 'sh.600519', year: '2025', quarter: '4' }, 'no-events'],
  ['profit', { code: 'sh.600519', year: '1999', quarter: '4' }, 'before-listing'],
  ['profit', { code: 'sh.600001', year: '2025', quarter: '2' }, 'after-delisting'],
  ['dividends', { code: 'sh.600001', year: '2026' }, 'after-delisting'],
  ['dividends', { code: 'sh.600519', year: '2026' }, 'no-events'],
  ['factors', { code: 'sh.600519' }, 'no-events'],
  ['factors', { date: '2026-10-20' }, 'not-published'],
  ['factors', { date: '2026-10-19' }, 'no-events'],
  ['suspended', { date: '2026-10-18' }, 'no-sessions'],
  ['st', { date: '2026-10-19' }, 'bad-data'],
  ['st', { date: '2026-10-20' }, 'not-published'],
  ['st', { date: '2026-10-18' }, 'no-sessions'],
  ['st', {}, 'bad-data'],
  ['st', { date: '1998-04-28' }, 'bad-data'],
  ['st', { date: '1998-04-27' }, 'no-events'],
  ['loan-rate', { from: '2026-01-01' }, 'no-events'],
] as const)('%s %j: %s', (dataset, params, reason) => {
  const clock = new StandingClock('2026-10-20T17:45:00+08:00');
  const outcome = emptyDataset({ kind: 'dataset', id: 1, dataset, params }, market, clock);
  expect(outcome.class === 'ok-empty' ? outcome.reason : outcome.class).toBe(reason);
});
