/** Bars from files of every form, through the same rules as bars from a provider. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import { asProblem } from '../../src/market/problem.ts';
import { checkFile } from '../../src/sync/check.ts';
import { type Imported, importFiles } from '../../src/sync/import.ts';
import { MarketRig } from './market-rig.ts';

const rig = new MarketRig(makeDemoMarket({ codes: 8, years: 1 }));

beforeAll(() => rig.open());
afterAll(() => rig.close());
beforeEach(async () => {
  await rig.fresh();
  // Catalogue and calendar, and no bars.
  await rig.sync({ codes: ['sh.600519'], from: '2026-11-20', to: '2026-11-20' });
  await rig.database.pool.execute("delete from daily; delete from meta.coverage where dataset = 'daily'");
});

function file(name: string, text: string | Buffer): string {
  const path = join(rig.folder, name);
  writeFileSync(path, text);
  return path;
}

function imported(paths: readonly string[], more: { code?: string; asTraded?: boolean } = {}): Promise<Imported> {
  return importFiles({
    database: rig.database,
    clock: rig.clock,
    files: paths,
    code: more.code,
    asTraded: more.asTraded ?? false,
    what: 'import',
    signal: new AbortController().signal,
  });
}

const stored = () =>
  rig.rows(
    'select code, date::varchar, open, high, low, close, pre_close, volume, amount, turn, pct_chg, is_suspended, source from daily order by all',
  );
const covered = () =>
  rig.rows(
    'select code, from_date::varchar, to_date::varchar, "rows" from meta.coverage where dataset = \'daily\' order by all',
  );
const message = async (work: Promise<unknown>): Promise<string> => asProblem(await work.catch(error => error)).message;

const baostock = `date,code,open,high,low,close,preclose,volume,amount,adjustflag,turn,tradestatus,pctChg,peTTM,pbMRQ,psTTM,pcfNcfTTM,isST
2026-11-16,sh.600519,10.0000,11.0000,9.9000,10.5000,10.0000,1000,10300.0000,3,0.5,1,5.0,20.1,7.9,3.2,1.1,0
2026-11-17,sh.600519,10.5000,10.5000,10.5000,10.5000,10.5000,0,0,3,,0,0.0,20.1,7.9,3.2,1.1,0
2026-11-19,sh.600519,10.6000,10.9000,10.4000,10.8000,10.5000,2000,21400.0000,3,0.6,1,2.857143,20.5,8.0,3.3,1.1,0
`;

describe('import', () => {
  it("takes Baostock's columns as they are, and covers unbroken stretches of sessions alone", async () => {
    const end = await imported([file('a.csv', baostock)]);
    expect(end).toMatchObject({
      codes: 1,
      rows: 3,
      revised: 0,
      quarantined: 0,
      files: [{ form: 'baostock', rows: 3 }],
    });
    expect(await stored()).toEqual([
      ['sh.600519', '2026-11-16', 10, 11, 9.9, 10.5, 10, 1000, 10300, 0.5, 5, false, 'import'],
      ['sh.600519', '2026-11-17', 10.5, 10.5, 10.5, 10.5, 10.5, 0, 0, null, 0, true, 'import'],
      ['sh.600519', '2026-11-19', 10.6, 10.9, 10.4, 10.8, 10.5, 2000, 21400, 0.6, 2.857143, false, 'import'],
    ]);
    expect(await covered()).toEqual([
      ['sh.600519', '2026-11-16', '2026-11-17', 2],
      ['sh.600519', '2026-11-19', '2026-11-19', 1],
    ]);
    const broken = (await checkFile(rig.database)).filter(({ found, means }) => found > 0 && means === 'broken');
    expect(broken).toEqual([]);
    expect(
      await rig.rows(
        `select what, source, planned, ok, "left", "rows", requests, "end" from meta.runs order by run desc limit 1`,
      ),
    ).toEqual([['import', 'import', 2, 2, 0, 3, 0, 'ok']]);
  });

  it('changes nothing the second time, and records what is different', async () => {
    const path = file('a.csv', baostock);
    await imported([path]);
    expect(await imported([path])).toMatchObject({ rows: 0, revised: 0 });
    const other = file('b.csv', baostock.replace('10.8000', '10.7000'));
    expect(await imported([other])).toMatchObject({ rows: 1, revised: 1 });
    expect(await rig.rows('select code, "at"::varchar from meta.revisions')).toEqual([['sh.600519', '2026-11-19']]);
  });

  it("turns Tushare's lots and thousands into shares and yuan", async () => {
    const text = `ts_code,trade_date,open,high,low,close,pre_close,change,pct_chg,vol,amount
600519.SH,20261120,10.1,10.9,10.0,10.4,10.2,0.2,1.9608,12.34,12.9
000001.SZ,20261120,11.1,11.5,11.0,11.2,11.0,0.2,1.8182,100,112.5
`;
    await imported([file('t.csv', text)]);
    expect(await stored()).toEqual([
      ['sh.600519', '2026-11-20', 10.1, 10.9, 10, 10.4, 10.2, 1234, 12900, null, 1.9608, false, 'import'],
      ['sz.000001', '2026-11-20', 11.1, 11.5, 11, 11.2, 11, 10000, 112500, null, 1.8182, false, 'import'],
    ]);
  });

  it("reads akshare's Chinese headers, in UTF-8 and in GB18030", async () => {
    const rows = '2026-11-20,600519,10.1,10.4,10.9,10.0,1234,1290000,8.8,1.96,0.2,0.45\n';
    const text = `日期,股票代码,开盘,收盘,最高,最低,成交量,成交额,振幅,涨跌幅,涨跌额,换手率\n${rows}`;
    const expected = [
      ['sh.600519', '2026-11-20', 10.1, 10.9, 10, 10.4, 10.2, 123400, 1290000, 0.45, 1.96, false, 'import'],
    ];
    await imported([file('ak.csv', `\ufeff${text}`)]);
    expect(await stored()).toEqual(expected);
    await rig.database.pool.execute('delete from daily');
    await imported([file('ak-gbk.csv', gb18030(text))]);
    expect(await stored()).toEqual(expected);
  });

  it('reads GB18030 whose first Chinese text comes late', async () => {
    const row = (date: string, name: string) => `${date},sh.600519,10.1,10.9,10.0,10.4,10.2,100,1040,${name}\n`;
    const header = 'date,code,open,high,low,close,preclose,volume,amount,name\n';
    const text = header + row('2026-11-19', 'Moutai '.repeat(30_000)) + row('2026-11-20', '贵州茅台');
    await imported([file('late.csv', gb18030(text))]);
    expect((await stored()).map(([, date]) => date)).toEqual(['2026-11-19', '2026-11-20']);
  });

  it('reads Parquet, and takes the code from the name of a file or from --code', async () => {
    const path = join(rig.folder, '600519.SH.parquet');
    await rig.database.pool.execute(
      `copy (select date '2026-11-20' as date, 10.1 as open, 10.9 as high, 10.0 as low, 10.4 as close, 10.2 as pre_close, 1200 as volume, 12480.0 as amount) to '${path}' (format parquet)`,
    );
    await imported([path]);
    const bare = join(rig.folder, 'prices.parquet');
    await rig.database.pool.execute(`copy (from '${path}') to '${bare}' (format parquet)`);
    expect(await message(imported([bare]))).toMatch(/does not say which code/);
    await imported([bare], { code: '600036' });
    expect((await stored()).map(row => row[0])).toEqual(['sh.600036', 'sh.600519']);
  });

  it('reads Parquet whose flags, dates and codes are numbers, and NaN as a value that there is not', async () => {
    const path = join(rig.folder, 'frame.parquet');
    await rig.database.pool.execute(
      `copy (select 20261119.0::double as date, 'sh.600519' as code, 10.1 as open, 10.9 as high, 10.0 as low, 10.4 as close,
          10.2 as preclose, 1200.0::double as volume, 12480.0 as amount, 3 as adjustflag, 'nan'::double as turn, 1 as tradestatus,
          1.96 as pctChg, 1::bigint as isST
        union all select 20261120, 'sh.600519', 10.4, 10.4, 10.4, 10.4, 10.4, null, null, 3, null, 0, 0, 0) to '${path}' (format parquet)`,
    );
    await imported([path]);
    expect(
      await rig.rows('select date::varchar, volume, amount, turn, is_suspended, is_st from daily order by date'),
    ).toEqual([
      ['2026-11-19', 1200, 12480, null, false, true],
      ['2026-11-20', 0, 0, null, true, false],
    ]);
  });

  it('reads UTF-16 as spreadsheets write it', async () => {
    await imported([file('wide.csv', Buffer.from(`\ufeff${baostock}`, 'utf16le'))]);
    expect(await rig.value('select count(*) from daily')).toBe(3);
  });

  it('takes --code for rows that name none, and keeps rows out that name another', async () => {
    const two = `${baostock}2026-11-20,sh.600036,10.6,10.9,10.4,10.8,10.5,2000,21400,3,0.6,1,2.8,,,,,0\n`;
    expect(await imported([file('two.csv', two)], { code: '600519' })).toMatchObject({ rows: 3, quarantined: 1 });
    expect(await rig.rows('select code, reason from meta.quarantine')).toEqual([
      ['sh.600036', 'the code is not sh.600519, which was asked'],
    ]);
  });

  it('takes no fund for one under special treatment, which its provider marks all of', async () => {
    const fund = (await rig.value("select min(code) from instruments where kind = 'etf'")) as string;
    await imported([file('etf.csv', baostock.replaceAll('sh.600519', fund).replaceAll(/,0$/gm, ',1'))]);
    expect(await rig.rows('select code, count(*) filter (where is_st), count(*) from daily group by code')).toEqual([
      [fund, 0, 3],
    ]);
  });

  it.each([
    [
      'volumes in lots',
      ',1000,',
      ',10,',
      ',2000,',
      ',20,',
      /are 100 times its prices, as volumes in lots of 100 shares/,
    ],
    [
      'amounts in thousands',
      ',10300.',
      ',10.3',
      ',21400.',
      ',21.4',
      /1\/1,000 times .* amounts in units of 1,000 yuan/,
    ],
  ])('refuses %s under a header that means other units, and says which', async (_, a, b, c, d, sentence) => {
    const text = baostock.replace(a, b).replace(c, d);
    expect(await message(imported([file('units.csv', text)]))).toMatch(sentence);
    expect(await stored()).toEqual([]);
  });

  it('keeps a row out whose volume or change is text, and never stores it as none', async () => {
    const text = `${baostock}2026-11-18,sh.600519,10.5,10.9,10.4,10.8,10.5,many,21400,3,0.6,1,2.8,,,,,0
2026-11-20,sh.600519,10.6,10.9,10.4,10.8,10.5,"2,000",21400,3,0.6,1,2.8,,,,,0
`;
    expect(await imported([file('text.csv', text)])).toMatchObject({ rows: 3, quarantined: 2 });
    expect(await rig.rows('select "at"::varchar, reason from meta.quarantine order by 1')).toEqual([
      ['2026-11-18', 'volume is no number'],
      ['2026-11-20', 'volume is no number'],
    ]);
    expect((await covered()).map(row => row.slice(1))).toEqual([['2026-11-16', '2026-11-20', 3]]);
  });

  it('keeps a row that cannot be in quarantine, whole, and goes on with the rest', async () => {
    const bad = `${baostock}2026-11-18,sh.600519,text,10.9,10.4,10.8,10.5,2000,21400,3,0.6,1,2.8,,,,,0
2026-11-20,sh.600519,10.6,10.0,10.4,10.8,10.5,2000,21400,3,0.6,1,2.8,,,,,0
2026-11-15,sh.600519,10.6,10.9,10.4,10.8,10.5,2000,21400,3,0.6,1,2.8,,,,,0
2026-11-20,nothing,10.6,10.9,10.4,10.8,10.5,2000,21400,3,0.6,1,2.8,,,,,0
not a date,sh.600036,10.6,10.9,10.4,10.8,10.5,2000,21400,3,0.6,1,2.8,,,,,0
`;
    const end = await imported([file('bad.csv', bad)]);
    expect(end).toMatchObject({ rows: 3, quarantined: 5 });
    expect((await rig.rows('select reason from meta.quarantine order by reason')).flat()).toEqual([
      'high is below another price',
      'not a date is no date',
      'nothing is no code',
      'open is no number',
      'that day was no session',
    ]);
    expect(await rig.value("select count(*) from meta.quarantine where raw like '%text%'")).toBe(1);
    expect((await covered()).map(([code]) => code)).toEqual(['sh.600519']);
    expect(await rig.value("select count(*) from meta.factor_spans where code = 'sh.000000'")).toBe(0);
    expect((await checkFile(rig.database)).filter(({ found, means }) => found > 0 && means === 'broken')).toEqual([]);
  });

  it.each([
    ['adjusted prices', baostock.replaceAll(',3,', ',2,'), /holds adjusted prices \(adjustflag 2\)/],
    [
      'prices finer than a tick',
      baostock.replaceAll('10.5000', '10.5123').replaceAll('10.8000', '10.8347'),
      /more decimals than an exchange has ticks/,
    ],
    ['headers of nobody', 'a,b\n1,2\n', /has headers that are not known here: a, b/],
    ['a header that is missing', baostock.replace('preclose', 'x').replace('amount', 'y'), /looks like a file of/],
    ['a workbook', 'PK\x03\x04rest', /refused.csv is a workbook/],
    ['no rows', baostock.split('\n')[0] as string, /has a header and no rows/],
    ['nothing', '', /is empty/],
  ])('refuses a file with %s in one sentence', async (_, text, sentence) => {
    expect(await message(imported([file('refused.csv', text)]))).toMatch(sentence);
    expect(await stored()).toEqual([]);
  });

  it('refuses what is no file, and a file without a calendar', async () => {
    expect(await message(imported([join(rig.folder, 'none.csv')]))).toMatch(/does not exist/);
    expect(await message(imported([rig.folder]))).toMatch(/is no file/);
    await rig.database.pool.execute('delete from calendar');
    expect(await message(imported([file('a.csv', baostock)]))).toMatch(/trading calendar is not stored/);
  });
});

/** The headers of the test in GB18030, whose two bytes a character are those of GBK. */
function gb18030(text: string): Buffer {
  const bytes = new Map<string, number[]>();
  const decoder = new TextDecoder('gb18030');
  for (let high = 0x81; high <= 0xfe; high++) {
    for (let low = 0x40; low <= 0xfe; low++) {
      if (low === 0x7f) continue;
      const character = decoder.decode(Uint8Array.of(high, low));
      if (character.length === 1 && !bytes.has(character)) bytes.set(character, [high, low]);
    }
  }
  return Buffer.from(
    [...text].flatMap(character => (character < '\x80' ? [character.charCodeAt(0)] : (bytes.get(character) ?? [63]))),
  );
}
