import { describe, expect, it } from 'vitest';
import { classify, type Listing, type Market } from '../../src/fetch/classify.ts';
import { Calendar } from '../../src/market/calendar.ts';
import type { Code } from '../../src/market/code.ts';
import { addDays, type IsoDate, weekday } from '../../src/market/date.ts';
import type { Period } from '../../src/market/period.ts';
import type { Answer, BarsTask } from '../../src/source/source.ts';
import { StandingClock } from './clock.ts';

/** Every weekday from 2024 to the end of 2026. */
const days = Array.from({ length: 1_096 }, (_, at) => addDays('2024-01-01' as IsoDate, at));
const calendar = new Calendar(days.map(date => ({ date, isOpen: weekday(date) <= 5 })));

const listings = new Map<Code, Listing>([
  ['sh.600001' as Code, { kind: 'stock', listed: '2024-06-03' as IsoDate, delisted: '2025-06-02' as IsoDate }],
  ['sh.600519' as Code, { kind: 'stock', listed: '2001-08-27' as IsoDate, delisted: null }],
  ['sh.000001' as Code, { kind: 'index', listed: '1991-07-15' as IsoDate, delisted: null }],
  ['sh.510300' as Code, { kind: 'etf', listed: '2012-05-28' as IsoDate, delisted: null }],
]);

const nothing: Answer = { ok: true, parts: [], requests: 1, bytes: 0 };

async function found(
  code: string,
  from: string,
  to: string,
  {
    period = 'd' as Period,
    now = '2026-11-20T20:00:00+08:00',
    traded = null as number | null,
    market = {} as Partial<Market>,
  } = {},
): Promise<string> {
  const task: BarsTask = {
    kind: 'bars',
    id: 1,
    code: code as Code,
    period,
    from: from as IsoDate,
    to: to as IsoDate,
    factors: false,
  };
  const known = { listings, calendar, traded: async () => traded, ...market };
  const outcome = await classify(task, nothing, async () => known, new StandingClock(now), 'baostock');
  return outcome.class === 'ok-empty' ? outcome.reason : outcome.class;
}

describe('an answer without rows', () => {
  it.each([
    ['a code that the catalogue does not have', 'sh.999999', '2026-01-05', '2026-01-09', 'unknown-code'],
    ['before the listing', 'sh.600001', '2024-05-01', '2024-05-31', 'before-listing'],
    ['after the delisting', 'sh.600001', '2025-06-03', '2025-07-01', 'after-delisting'],
    ['days without a session', 'sh.600519', '2026-11-14', '2026-11-15', 'no-sessions'],
    ['the newest session, which may be late', 'sh.600519', '2026-11-20', '2026-11-20', 'not-published'],
    ['the future', 'sh.600519', '2026-11-23', '2026-11-27', 'not-published'],
    ['an ETF before the source has any', 'sh.510300', '2025-01-06', '2025-12-31', 'not-offered'],
    ['a listed code with sessions', 'sh.600519', '2026-11-02', '2026-11-13', 'bad-data'],
  ])('%s', async (_what, code, from, to, expected) => {
    expect(await found(code, from, to)).toBe(expected);
  });

  it('is not published before half past five, for minutes before eight', async () => {
    const evening = { now: '2026-11-20T17:00:00+08:00' };
    expect(await found('sh.600519', '2026-11-20', '2026-11-20', evening)).toBe('not-published');
    expect(await found('sh.600519', '2026-11-19', '2026-11-20', evening)).toBe('bad-data');
    const later = { now: '2026-11-20T19:00:00+08:00', period: '5' as Period, traded: 1 };
    expect(await found('sh.600519', '2026-11-20', '2026-11-20', later)).toBe('not-published');
  });

  it('of minutes is a suspension unless the stored days say that the code traded', async () => {
    const minutes = { period: '5' as Period };
    expect(await found('sh.600519', '2026-11-02', '2026-11-06', { ...minutes, traded: 0 })).toBe('suspended');
    expect(await found('sh.600519', '2026-11-02', '2026-11-06', { ...minutes, traded: null })).toBe('suspended');
    expect(await found('sh.600519', '2026-11-02', '2026-11-06', { ...minutes, traded: 3 })).toBe('bad-data');
    expect(await found('sh.000001', '2026-11-02', '2026-11-06', minutes)).toBe('not-offered');
  });

  it('is never a success where there is nothing to judge by', async () => {
    const market = { listings: new Map(), calendar: new Calendar([]) };
    expect(await found('sh.600519', '2026-11-02', '2026-11-06', { market })).toBe('bad-data');
  });
});
