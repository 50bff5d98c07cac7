/** Our adjusted prices beside the provider's own. Gateway, workers and file are real. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import type { Code } from '../../src/market/code.ts';
import { codesToVerify } from '../../src/sync/verify.ts';
import { MarketRig } from './market-rig.ts';

const demo = makeDemoMarket({ codes: 20, years: 6 });
const rig = new MarketRig(demo);
const kline = 'query_history_k_data_plus';

beforeAll(async () => {
  await rig.open();
  rig.at('2026-11-20T20:00:00');
  await rig.sync({ from: '2021-01-04' });
});
afterAll(() => rig.close());

describe('verify', () => {
  it('finds the same prices, to what rounding explains, and stores nothing', async () => {
    const codes = await codesToVerify(rig.database, 6, () => 0.4);
    expect(new Set(codes).size).toBe(6);
    const before = await rig.value('select count(*) from daily');
    const asked = rig.requests()[kline] ?? 0;
    const { compared, failed } = await rig.verify(codes);
    expect(failed).toBe(0);
    expect(compared.map(({ code, adjust }) => [code, adjust])).toEqual(
      codes.flatMap(code => [
        [code, 'qfq'],
        [code, 'hfq'],
      ]),
    );
    for (const one of compared) {
      expect(one).toMatchObject({ onlyOurs: 0, onlyTheirs: 0 });
      expect(one.days).toBeGreaterThan(200);
      expect(one.beyond).toBeLessThanOrEqual(1);
    }
    // Something was adjusted at all.
    expect(
      await rig.value('select count(*) from daily_qfq q join daily d using (code, date) where q.close <> d.close'),
    ).toBeGreaterThan(0);
    expect((rig.requests()[kline] ?? 0) - asked).toBe(12);
    expect(await rig.value('select count(*) from daily')).toBe(before);
    expect(await rig.value("select count(*) from duckdb_tables() where table_name = 'adjusted'")).toBe(0);
  });

  it('compares the last year that is stored of a code, however long ago that is, and names codes without a bar', async () => {
    const [code] = await codesToVerify(rig.database, 1, () => 0.4);
    rig.at('2028-11-20T20:00:00');
    const { compared, idle } = await rig.verify([code as Code, 'sh.609999' as Code], 'year');
    rig.at('2026-11-20T20:00:00');
    expect(compared.map(one => [one.code, one.adjust])).toEqual([
      [code, 'qfq'],
      [code, 'hfq'],
    ]);
    for (const { days, onlyOurs } of compared) expect([days > 230 && days < 260, onlyOurs]).toEqual([true, 0]);
    expect(idle).toEqual(['sh.609999']);
  });

  it('finds a factor that is wrong, a price that is wrong, and a session that is missing', async () => {
    const [code = '' as Code] = (
      await rig.rows(
        `select f.code from adj_factors f where ex_date > '2022-01-01' group by 1 having count(*) >= 2 order by 1`,
      )
    ).map(([first]) => first as Code);
    await rig.database.pool.execute(
      "update meta.factor_spans set hfq_factor = hfq_factor * 1.001 where code = $code and from_date = (select min(from_date) from meta.factor_spans where code = $code and from_date > date '1900-01-01')",
      { code },
    );
    const wrongFactor = await rig.verify([code]);
    expect(wrongFactor.compared.every(({ beyond }) => (beyond ?? 0) > 100)).toBe(true);
    await rig.database.pool.execute(
      'delete from daily where code = $code and date = (select date from daily where code = $code order by date limit 1 offset 50)',
      { code },
    );
    const [missing] = (await rig.verify([code])).compared;
    expect(missing?.onlyTheirs).toBeGreaterThan(0);
  });
});
