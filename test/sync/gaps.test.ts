/** What is missing, told without asking anybody. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import type { Code } from '../../src/market/code.ts';
import type { IsoDate } from '../../src/market/date.ts';
import { loadCatalogue } from '../../src/sync/catalogue.ts';
import { findGaps } from '../../src/sync/gaps.ts';
import { searchCatalogue } from '../../src/sync/search.ts';
import { readStoredDays, sessionsBehind } from '../../src/sync/stored-days.ts';
import { loadCalendar } from '../../src/sync/trading-days.ts';
import { MarketRig } from './market-rig.ts';

const demo = makeDemoMarket({ codes: 12, years: 1 });
const rig = new MarketRig(demo, '2026-11-18T20:00:00+08:00');
let codes: Code[] = [];

beforeAll(async () => {
  await rig.open();
  await rig.sync({ from: '2026-06-01' });
  codes = (await rig.rows('select code from daily group by code having count(*) > 50 order by code')).flat() as Code[];
});
afterAll(() => rig.close());

async function gaps(only: readonly Code[] | null = null, from: string | null = null) {
  const { database, clock } = rig;
  const [catalogue, calendar] = [await loadCatalogue(database), await loadCalendar(database)];
  const question = {
    codes: only,
    from: from as IsoDate | null,
    to: null,
    period: 'd',
    clock,
    source: 'baostock',
  } as const;
  const requests = rig.requests();
  const found = await findGaps(database, { ...question, catalogue, calendar });
  expect(rig.requests()).toEqual(requests);
  return found;
}

describe('gaps', () => {
  it('are none after a sync', async () => {
    expect((await gaps()).gaps).toEqual([]);
  });

  it('tell rows that are gone, sessions that came since, what was never asked for, and what failed', async () => {
    const [one, two, three] = codes as [Code, Code, Code];
    await rig.database.pool.execute(
      `delete from daily where code = '${one}' and date between '2026-07-06' and '2026-07-08'`,
    );
    expect((await gaps()).gaps).toMatchObject([
      {
        code: one,
        from: '2026-07-06',
        to: '2026-07-08',
        sessions: 3,
        kind: 'rows gone',
        fill: expect.stringContaining('sync'),
      },
    ]);
    expect((await gaps([two], '2026-05-25')).gaps).toMatchObject([
      { code: two, from: '2026-05-25', to: '2026-05-29', sessions: 5, kind: 'never asked for' },
    ]);
    rig.at('2026-11-20T20:00:00');
    const behind = (await gaps()).gaps.filter(({ kind }) => kind === 'behind');
    expect(behind.length).toBeGreaterThanOrEqual(codes.length - 1);
    expect(behind[0]).toMatchObject({ from: '2026-11-19', to: '2026-11-20', sessions: 2 });
    await rig.database.pool.execute(
      `insert into meta.failures (code, dataset, params, from_date, to_date, class, message, attempts, run, source)
      values ('${three}', 'daily', '{}', '2026-11-19', '2026-11-20', 'retry-network', 'closed', 4, 1, 'baostock')`,
    );
    expect((await gaps([three])).gaps).toMatchObject([
      { kind: 'failed', class: 'retry-network', fill: `retry ${three}` },
    ]);
  });
});

describe('a code that the source does not know', () => {
  it('is named so, with the way to the right one, whether it was asked for or not', async () => {
    const stranger = 'sh.600999' as Code;
    expect(await rig.rows(`from instruments where code = '${stranger}'`)).toEqual([]);
    const wanted = { code: stranger, kind: 'unknown to the source', class: null, fill: 'instruments 600999' };
    expect((await gaps([stranger])).gaps).toMatchObject([wanted]);
    await rig.database.pool.execute(
      `insert into meta.failures (code, dataset, params, from_date, to_date, class, message, attempts, run, source)
      values ('${stranger}', 'daily', '{}', '2026-11-02', '2026-11-18', 'unknown-code', 'no such code', 1, 1, 'baostock')`,
    );
    expect((await gaps([stranger], '2026-11-02')).gaps).toMatchObject([wanted]);
  });
});

describe('a stored code', () => {
  it('is as many sessions behind as were published since', async () => {
    const [one] = codes as [Code];
    const { database, clock } = rig;
    const [catalogue, calendar] = [await loadCatalogue(database), await loadCalendar(database)];
    const days = (await readStoredDays(database, 'd', [one])).get(one);
    expect(days).toMatchObject({ first: '2026-06-01', last: '2026-11-18' });
    expect(sessionsBehind(calendar, 'd', clock, '2026-11-18' as IsoDate, catalogue.get(one))).toBe(2);
  });

  it('is found by code, digits, name and initials', async () => {
    const catalogue = await loadCatalogue(rig.database);
    const stock = [...catalogue.all()].find(({ kind }) => kind === 'stock');
    if (!stock) throw new Error('no stock');
    const found = (text: string) => searchCatalogue(catalogue, text).map(({ code }) => code);
    expect(found(stock.code)).toEqual([stock.code]);
    for (const text of [stock.code.slice(3), stock.name, stock.pinyin, stock.name.slice(0, 2)]) {
      expect(found(text)).toContain(stock.code);
    }
    expect(found('没有这个')).toEqual([]);
  });
});
