/**
 * A security that changes its code: 300114 until one day, 302132 from the next session on. Its bars stand under the code of their
 * time, nothing is joined, and nobody is asked for the old code after it.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instruments } from '../../commands/instruments.ts';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import type { Known, Market, Row } from '../../src/gateway/market.ts';
import type { Code } from '../../src/market/code.ts';
import { type CodeChange, knownChanges } from '../../src/market/code-changes.ts';
import type { ListView } from '../../src/output/view.ts';
import type { CommandContext } from '../../src/shell/command.ts';
import { Catalogue, loadCatalogue } from '../../src/sync/catalogue.ts';
import { findGaps } from '../../src/sync/gaps.ts';
import { resolveCodes } from '../../src/sync/resolve.ts';
import { loadCalendar } from '../../src/sync/trading-days.ts';
import { MarketRig } from './market-rig.ts';

const demo = makeDemoMarket({ codes: 130, years: 2 });
const rig = new MarketRig(demo);
const [change] = knownChanges as [CodeChange];
const [old, now] = [change.old, change.new];
/** The session before the change, and those around it. */
const { sessions } = demo.calendar;
const first = sessions.findIndex(day => day >= change.since);
const before = sessions[first - 1] as string;

/** The demo's market, in which the security has its old code before the change: the same bars, each under the code of its day. */
function market(changed: boolean): Partial<Market> {
  const under = (code: string, day: string): boolean => (code === old ? day < change.since : day >= change.since);
  const recoded = (rows: readonly Row[], day: string): readonly Row[] =>
    rows.map(row => (day < change.since ? row.map(cell => (cell === now ? old : cell)) : row));
  return {
    bars: (code, frequency, adjust, known) => {
      if (code !== old && code !== now) return demo.bars(code, frequency, adjust, known);
      const whole = demo.bars(now, frequency, adjust, known);
      if (!whole || (code === now && !changed)) return null;
      const kept = Array.from({ length: whole.length }, (_, at) => at).filter(at => under(code, whole.dateAt(at)));
      return {
        columns: whole.columns,
        length: kept.length,
        dateAt: at => whole.dateAt(kept[at] as number),
        row: at => whole.row(kept[at] as number).map(cell => (cell === now ? code : cell)),
      };
    },
    barsOn: (date, kind) => recoded(demo.barsOn(date, kind), date),
    factors: (code, known: Known) => (code === old || code === now ? [] : demo.factors(code, known)),
    factorsOn: (date, known) => demo.factorsOn(date, known).filter(row => !row.includes(now)),
    table: (method, params, known) => {
      const rows = demo.table(method, params, known);
      if (method !== 'query_stock_basic') return rows;
      return rows.flatMap(row => {
        if (row[0] !== now) return [row];
        const [, , listed, , type] = row as [string, string, string, string, string];
        const ended = [old, '中航电测', listed, changed ? before : '', type, changed ? '0' : '1'];
        return changed ? [ended, [now, '中航成飞', change.since, '', type, '1']] : [ended];
      });
    },
  };
}

beforeAll(async () => {
  await rig.open();
  expect(
    demo.bars(now, 'd', '3', {
      daily: '2026-11-20',
      factors: '2026-11-20',
      minutes: '2026-11-20',
      today: '2026-11-20',
    }),
  ).not.toBeNull();
  await rig.provider(market(false));
  rig.at(`${before}T20:00:00`);
  await rig.sync({ from: sessions[first - 10] as string });
  await rig.provider(market(true));
  rig.at(`${sessions[first + 4]}T20:00:00`);
  await rig.sync();
});
afterAll(() => rig.close());

describe('a code that was given up for another one', () => {
  it('keeps its bars to the last day, and the new one has those since', async () => {
    expect(
      await rig.rows(
        `select code, min(date)::varchar, max(date)::varchar, count(*) from daily where code in ('${old}', '${now}') group by 1 order by 1`,
      ),
    ).toEqual([
      [old, sessions[first - 10], before, 10],
      [now, sessions[first], sessions[first + 4], 5],
    ]);
    expect(await rig.rows(`select distinct code from bars('${now}', adjust := 'none')`)).toEqual([[now]]);
    expect(await rig.rows('select old_code, new_code, since::varchar from meta.aliases')).toEqual([
      [old, now, change.since],
    ]);
  });

  it('is no gap afterwards, and nobody is asked for it', async () => {
    const database = rig.database;
    const market = {
      database,
      clock: rig.clock,
      catalogue: await loadCatalogue(database),
      calendar: await loadCalendar(database),
    };
    const gaps = await findGaps(database, {
      ...market,
      codes: [old, now],
      from: null,
      to: null,
      period: 'd',
      source: 'baostock',
    });
    expect(gaps.gaps).toEqual([]);
    expect((await rig.sync()).asked).toEqual({});
    const { asked } = await rig.sync({ codes: [old] });
    expect(asked).toEqual({});
  });

  it('is told of, from both sides', async () => {
    const catalogue = await loadCatalogue(rig.database);
    const notes = resolveCodes(['300114', '302132'], catalogue).codes.map(({ note }) => note);
    expect(notes).toEqual([
      `became ${now} on ${change.since}; the two histories are not joined`,
      `was ${old} before ${change.since}; that history stands under the old code`,
    ]);
  });

  it('is found under its old code where the provider knows that no more', async () => {
    await rig.database.pool.execute(
      `create or replace table kept as from instruments; delete from instruments where code = '${old}'`,
    );
    const engine = { database: async () => rig.database, clock: async () => rig.clock };
    const { view } = await instruments.run({ query: ['300114'], limit: 5 }, { engine } as unknown as CommandContext);
    expect((view as ListView).empty).toBe(`${old} became ${now} on ${change.since}; the two histories are not joined`);
    await rig.database.pool.execute('delete from instruments; insert into instruments from kept; drop table kept');
  });

  it('names the new one where the provider has nothing under the old one any more', async () => {
    const all = [...(await loadCatalogue(rig.database)).all()];
    const without = new Catalogue(all.filter(({ code }) => code !== old));
    expect(resolveCodes(['300114'], without).problems[0]?.message).toBe(
      `${old} became ${now} 中航成飞 on ${change.since}`,
    );
    const beijing = {
      old: 'bj.830799' as Code,
      new: 'bj.920799' as Code,
      since: '2025-10-09',
      source: 'bse',
    } as CodeChange;
    const renumbered = new Catalogue(all, [beijing]);
    expect(resolveCodes(['830799'], renumbered).problems[0]?.message).toBe('bj.830799 became bj.920799 on 2025-10-09');
    expect(resolveCodes(['430001'], renumbered).problems[0]?.message).toMatch(
      /Beijing exchange gave up in October 2025/,
    );
  });

  it('may be entered by whoever knows of more', async () => {
    await rig.database.pool.execute(
      `insert into meta.aliases values ('bj.830799', 'bj.920799', '2025-10-09', 'bse_mapping')`,
    );
    expect((await loadCatalogue(rig.database)).became('bj.830799' as Code)?.new).toBe('bj.920799');
  });
});
