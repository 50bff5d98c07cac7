/** Lists of codes under a name, saved, used by commands and by SQL. Gateway, workers and file are real. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { universe } from '../../commands/universe.ts';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import { asProblem } from '../../src/market/problem.ts';
import type { ListView } from '../../src/output/view.ts';
import type { CommandContext } from '../../src/shell/command.ts';
import { parseCommand } from '../../src/shell/parse.ts';
import { wordsOf } from '../../src/shell/words.ts';
import { codesOfList, withLists } from '../../src/sync/named-lists.ts';
import { MarketRig } from './market-rig.ts';

const rig = new MarketRig(makeDemoMarket({ codes: 12, years: 2 }));

beforeAll(async () => {
  await rig.open();
  await rig.sync({ codes: ['600519', '601318'], from: '2026-11-02' });
});
afterAll(() => rig.close());

async function run(line: string, interactive = false): Promise<ListView> {
  const parsed = await parseCommand(universe, wordsOf(line).slice(1));
  if (parsed.kind === 'help') throw new Error('asked for help');
  const engine = { database: async () => rig.database, clock: async () => rig.clock };
  const { view } = await universe.run(parsed.options as never, { engine, interactive } as unknown as CommandContext);
  return view as ListView;
}

const sentence = async (line: string): Promise<string> => asProblem(await run(line).catch(error => error)).message;

describe('a named list', () => {
  it('holds codes in any form and names, in their order', async () => {
    expect((await run('universe save Mine 中国平安 sh600519')).object).toMatchObject({
      name: 'mine',
      codes: ['sh.601318', 'sh.600519'],
    });
    expect(await codesOfList(rig.database, '@mine')).toEqual(['sh.601318', 'sh.600519']);
    expect(await rig.rows("select code, name from universe('mine')")).toEqual([
      ['sh.601318', '中国平安'],
      ['sh.600519', '贵州茅台'],
    ]);
    expect((await run('universe')).object.universes).toMatchObject([{ name: 'mine', sql: null, codes: 2 }]);
    expect((await run('universe mine')).object.codes).toEqual(['sh.601318', 'sh.600519']);
  });

  it('stands wherever codes go', async () => {
    expect(await withLists(['@mine', '600036'], rig.database)).toEqual(['sh.601318', 'sh.600519', '600036']);
    const plan = await rig.plan({ universe: ['@mine'], from: '2026-10-09' });
    expect(plan.codes).toBe(2);
    const { ok } = await rig.sync({ codes: ['@mine'], from: '2026-10-09' });
    expect(ok).toBe(2);
  });

  it('that is a query finds its codes anew at every use', async () => {
    await run(`universe save liquid "select code from daily where date = session(0) order by amount desc limit 1"`);
    const [first] = await codesOfList(rig.database, 'liquid');
    await rig.database.pool.execute('update daily set amount = amount * 1e6 where code <> $first', {
      first: first as string,
    });
    const [second] = await codesOfList(rig.database, 'liquid');
    expect(second).not.toBe(first);
    expect(await rig.rows("select code from universe('@LIQUID')")).toEqual([[second]]);
  });

  it('is replaced by a new one of its name, and removed without what is stored', async () => {
    await run('universe save mine 600519');
    expect(await codesOfList(rig.database, 'mine')).toEqual(['sh.600519']);
    const rows = await rig.value('select count(*) from daily');
    expect(await sentence('universe remove @mine')).toMatch(/needs --yes in a script/);
    const asked = await run('universe remove @mine', true);
    expect(asked).toMatchObject({
      object: { name: 'mine', removed: false },
      next: [['universe remove mine --yes', 'does it']],
    });
    expect(await codesOfList(rig.database, 'mine')).toEqual(['sh.600519']);
    expect((await run('universe remove @mine --yes')).object).toEqual({ name: 'mine', removed: true });
    expect(await rig.value('select count(*) from daily')).toBe(rows);
    await expect(rig.rows("from universe('mine')")).rejects.toThrow('no list is called mine');
  });

  it.each([
    ['universe save', /needs a name/],
    ['universe save x', /needs a name/],
    ['universe save hs300 600519', /is a universe already/],
    ['universe save a.b 600519', /cannot be the name/],
    ['universe save x nobody', /no security is called/],
    ['universe save x "select 1 as code"', /gives 1, which is no code/],
    ['universe save x "select code from daily where false"', /would be empty/],
    ['universe save x "select nothing from daily"', /nothing/],
    ['universe nobody', /there is no list @nobody/],
    ['universe remove nobody', /there is no list @nobody/],
    ['universe mine 600519', /does not know what to do with 600519/],
  ])('%s is refused in one sentence', async (line, message) => expect(await sentence(line)).toMatch(message));
});

describe('members of an index', () => {
  it('are those of a day, and the newest without one', async () => {
    await rig.database.pool.execute(`insert into index_members (index_name, code, name, valid_from, valid_to) values
      ('hs300', 'sh.600519', '贵州茅台', date '2023-01-01', date '2026-11-16'),
      ('hs300', 'sz.000001', '平安银行', date '2023-01-01', date '2024-06-30'),
      ('hs300', 'sz.000651', '格力电器', date '2024-07-01', date '2026-11-16'),
      ('sz50', 'sh.600036', '招商银行', date '2024-07-01', date '2026-11-16')`);
    const codes = async (call: string) => (await rig.rows(`select code from ${call}`)).flat();
    expect(await codes("members('hs300')")).toEqual(['sh.600519', 'sz.000651']);
    expect(await codes("members('HS300', on_ := '2024-01-02')")).toEqual(['sh.600519', 'sz.000001']);
    expect(await codes("members('hs300', on_ := date '2026-11-20')")).toEqual(['sh.600519', 'sz.000651']);
    expect(await codes("members('hs300', '2024-01-02')")).toEqual(['sh.600519', 'sz.000001']);
    await expect(codes("members('hs300', on_ := '2020-01-01')")).rejects.toThrow(
      'the first list of hs300 that is stored is of 2023-01-01: fetch --dataset index-members --index hs300 --date 2020-01-01',
    );
    await expect(codes("members('zz500')")).rejects.toThrow('no list of zz500 is stored');
    await expect(codes("universe('nobody')")).rejects.toThrow('no list is called nobody: universe save nobody CODES');
  });

  it('and lists are not mixed up with columns of the same names', async () => {
    await rig.database.pool.execute(
      "create table named as select 'x' as index_, 'y' as name_, date '2000-01-01' as on_, 'z' as code",
    );
    await run('universe save mine 600519');
    expect(await rig.rows("select m.code from named, members('sz50') m")).toEqual([['sh.600036']]);
    expect(await rig.rows("select u.code from named, universe('mine') u")).toEqual([['sh.600519']]);
  });
});
