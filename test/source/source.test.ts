/** Tasks run on a session: what is asked of the provider, and the typed parts that come back. */
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/config/clock.ts';
import type { Code } from '../../src/market/code.ts';
import type { IsoDate } from '../../src/market/date.ts';
import { datasets } from '../../src/source/baostock/datasets.ts';
import { dailyFields, messageOf, splitNames } from '../../src/source/baostock/messages.ts';
import { openSession } from '../../src/source/baostock/source.ts';
import type { Answer, BarsTask, LoginSession, Part, Refusal, Task, TaskProgress } from '../../src/source/source.ts';
import { plainColumns } from './columns.ts';
import { type Behave, errorReply, type Provider, provider, rowsReply } from './provider.ts';

const never = new AbortController().signal;

let open: Provider | null = null;
let session: LoginSession | null = null;
afterEach(async () => {
  await session?.close();
  await open?.close();
  open = null;
  session = null;
});

async function serve(behave: Behave, pageSize = 2000): Promise<LoginSession> {
  open = await provider(behave, { pageSize });
  const opened = await openSession(open.options, async () => {}, never);
  if ('failure' in opened) throw new Error(opened.failure.message);
  session = opened;
  return opened;
}

function bars(more: Partial<BarsTask> = {}): BarsTask {
  return {
    kind: 'bars',
    id: 1,
    code: 'sh.600000' as Code,
    period: 'd',
    from: '2024-01-01' as IsoDate,
    to: '2024-01-31' as IsoDate,
    factors: false,
    ...more,
  };
}

function dataset(name: string, params: Record<string, string> = {}): Task {
  return { kind: 'dataset', id: 2, dataset: name, params };
}

async function run(task: Task, progress: TaskProgress[] = []): Promise<Answer | Refusal> {
  return (session as LoginSession).run(task, seen => progress.push(seen), never);
}

async function parts(task: Task): Promise<readonly Part[]> {
  const result = await run(task);
  if (!result.ok) throw new Error(result.failure.message);
  return result.parts;
}

function bar(date: string, more: Record<string, string> = {}): string[] {
  const cells: Record<string, string> = {
    date,
    code: 'sh.600000',
    open: '6.6300',
    high: '6.6500',
    low: '6.6000',
    close: '6.6000',
    preclose: '6.6200',
    volume: '22066700',
    amount: '146066303.7200',
    adjustflag: '3',
    turn: '0.075200',
    tradestatus: '1',
    pctChg: '-0.302100',
    peTTM: '4.500000',
    pbMRQ: '0.300000',
    psTTM: '1.000000',
    pcfNcfTTM: '-2.000000',
    isST: '0',
    ...more,
  };
  return splitNames(dailyFields).map(name => cells[name] ?? '');
}

const suspended = { open: '6.6000', high: '6.6000', volume: '', amount: '', turn: '', tradestatus: '0', pctChg: '' };

describe('daily bars', () => {
  it('are asked as traded with all fields, and come typed under our names', async () => {
    await serve(asked => rowsReply(asked, [bar('2024-01-02'), bar('2024-01-03', suspended)]));
    const result = await run(bars());
    expect(open?.asked[1]?.fields.slice(4)).toEqual(['sh.600000', dailyFields, '2024-01-01', '2024-01-31', 'd', '3']);
    expect(result).toMatchObject({ ok: true, requests: 1 });
    const [daily, ...more] = (result as Answer).parts;
    expect(more).toEqual([]);
    expect(daily).toMatchObject({ table: 'daily', rejected: [] });
    expect(plainColumns(daily)).toEqual({
      date: ['2024-01-02', '2024-01-03'],
      code: ['sh.600000', 'sh.600000'],
      open: [6.63, 6.6],
      high: [6.65, 6.6],
      low: [6.6, 6.6],
      close: [6.6, 6.6],
      pre_close: [6.62, 6.62],
      volume: [22066700n, 0n],
      amount: [146066303.72, 0],
      turn: [0.0752, null],
      is_suspended: [false, true],
      pct_chg: [-0.3021, null],
      pe_ttm: [4.5, 4.5],
      pb_mrq: [0.3, 0.3],
      ps_ttm: [1, 1],
      pcf_ncf_ttm: [-2, -2],
      is_st: [false, false],
    });
  });

  it('that traded keep an empty volume empty', async () => {
    await serve(asked => rowsReply(asked, [bar('2024-01-02', { volume: '' }), bar('2024-01-03', suspended)]));
    expect(plainColumns((await parts(bars()))[0])).toMatchObject({ volume: [null, 0n], amount: [146066303.72, 0] });
  });

  it('that break a rule are kept out, whole, with the reason', async () => {
    const rows = [
      bar('2024-01-02'),
      bar('2024-01-03', { close: 'n/a' }),
      bar('2024-01-04', { high: '1.0000' }),
      bar('2024-03-01'),
    ];
    await serve(asked => rowsReply(asked, rows));
    const [daily] = await parts(bars());
    expect(daily?.batch.rows).toBe(1);
    expect(daily?.rejected.map(({ at }) => at)).toEqual(['2024-01-03', '2024-01-04', '2024-03-01']);
    expect(daily?.rejected.map(({ raw }) => raw)).toEqual(rows.slice(1).map(row => JSON.stringify(row)));
  });

  it('come with the whole factor history where it is wanted', async () => {
    await serve(asked =>
      asked.type === '15'
        ? rowsReply(asked, [['sh.600000', '2023-07-21', '0.936211', '11.949786', '11.949786']])
        : rowsReply(asked, [bar('2024-01-02')]),
    );
    const [, factors] = await parts(bars({ factors: true }));
    expect(open?.asked[2]?.fields.slice(4, 6)).toEqual(['sh.600000', '1990-01-01']);
    expect(open?.asked[2]?.fields[6]?.localeCompare('2024-01-31')).toBe(1);
    expect(factors?.table).toBe('adj_factors');
    expect(plainColumns(factors)).toEqual({
      code: ['sh.600000'],
      ex_date: ['2023-07-21'],
      hfq_factor: [11.949786],
      status: ['settled'],
    });
  });

  it('take no factor without a date, or of nothing', async () => {
    const rows = [
      ['sh.600000', '2023-07-21', '0.9', '11.9', '11.9'],
      ['sh.600000', '', '0.9', '12.9', '12.9'],
      ['sh.600000', '2024-07-21', '0.9', '0.000000', '0'],
      ['sh.600000', '2025-07-21', '1.0', '', ''],
    ];
    await serve(asked => rowsReply(asked, rows));
    const [part] = await parts(dataset('factors', { code: 'sh.600000' }));
    expect(plainColumns(part).ex_date).toEqual(['2023-07-21']);
    expect(part?.rejected.map(({ at, reason }) => [at, reason])).toEqual([
      [null, 'dividOperateDate is empty'],
      ['2024-07-21', 'backAdjustFactor is no number above 0'],
      ['2025-07-21', 'backAdjustFactor is empty'],
    ]);
  });

  it('of an ETF are never under special treatment', async () => {
    await serve(asked => rowsReply(asked, [bar('2024-01-02', { code: 'sh.510300', isST: '1' })]));
    const [daily] = await parts(bars({ code: 'sh.510300' as Code }));
    expect(plainColumns(daily)).toMatchObject({ is_st: [false] });
  });

  it('of several pages tell their progress, and none is an answer too', async () => {
    const rows = Array.from({ length: 5 }, (_, n) => bar(`2024-01-0${n + 1}`));
    await serve(asked => rowsReply(asked, rows.slice((Number(asked.fields[2]) - 1) * 2).slice(0, 2)), 2);
    const progress: TaskProgress[] = [];
    expect(await run(bars(), progress)).toMatchObject({ ok: true, requests: 3, parts: [{ batch: { rows: 5 } }] });
    expect(progress).toEqual([
      { page: 1, rows: 0 },
      { page: 2, rows: 2 },
      { page: 3, rows: 4 },
    ]);
    await session?.close();
    await open?.close();
    await serve(asked => rowsReply(asked, []));
    expect(await run(bars())).toMatchObject({
      ok: true,
      parts: [{ table: 'daily', batch: { rows: 0 }, rejected: [] }],
    });
  });

  it('are refused as bad data with a column too few, and for Beijing without a request', async () => {
    await serve(asked => rowsReply(asked, [bar('2024-01-02').slice(1)]));
    expect(await run(bars())).toMatchObject({ ok: false, failure: { class: 'bad-data' }, requests: 1 });
    const bj = await run(bars({ code: 'bj.920819' as Code }));
    expect(bj).toMatchObject({ ok: false, failure: { class: 'unknown-code' }, requests: 0 });
  });

  it('fail with the failure of their second page', async () => {
    await serve(
      asked => (asked.fields[2] === '2' ? errorReply('10005001', '系统错误') : rowsReply(asked, [bar('2024-01-02')])),
      1,
    );
    expect(await run(bars())).toMatchObject({
      ok: false,
      requests: 2,
      failure: { class: 'retry-network', code: '10005001', said: '系统错误' },
    });
    expect(session?.alive).toBe(true);
  });
});

it('minute bars carry the end of each bar', async () => {
  const row = ['2024-01-02', '20240102093500000', 'sh.600000', '6.6', '6.7', '6.5', '6.6', '100', '660.0', '3'];
  await serve(asked => rowsReply(asked, [row]));
  const [minutes] = await parts(bars({ period: '5' }));
  expect(minutes?.table).toBe('min5');
  expect(plainColumns(minutes)).toMatchObject({ time: ['2024-01-02 09:35:00'], volume: [100n], amount: [660] });
  expect(Object.keys(minutes?.batch.columns ?? {})).not.toContain('adjustflag');
});

describe('datasets', () => {
  it('of instruments have kinds in words, boards by number and names without blanks', async () => {
    await serve(asked =>
      rowsReply(asked, [
        ['sz.000002', '万 科Ａ', '1991-01-29', '', '1', '1'],
        ['sh.000001', '上证综合指数', '1991-07-15', '', '2', '1'],
        ['sh.600001', '邯郸钢铁', '1998-01-22', '2009-12-29', '1', '0'],
        ['sh.510300', '300ETF', '2012-05-28', '', '5', '1'],
      ]),
    );
    const [instruments] = await parts(dataset('instruments'));
    expect(open?.asked[1]?.fields.slice(4)).toEqual(['', '']);
    expect(plainColumns(instruments)).toEqual({
      code: ['sz.000002', 'sh.000001', 'sh.600001', 'sh.510300'],
      name: ['万科Ａ', '上证综合指数', '邯郸钢铁', '300ETF'],
      kind: ['stock', 'index', 'stock', 'etf'],
      board: ['main', null, 'main', null],
      list_date: ['1991-01-29', '1991-07-15', '1998-01-22', '2012-05-28'],
      delist_date: [null, null, '2009-12-29', null],
    });
  });

  it('of lists say from when and until when the answer vouches for them', async () => {
    await serve(asked => rowsReply(asked, [['2024-01-01', 'sh.600070', `${asked.type} ST`]]));
    const [st, starst] = await parts(dataset('st', { date: '2024-01-02' }));
    expect(plainColumns(starst)).toMatchObject({ treatment: ['*ST'], name: ['73ST'] });
    expect(plainColumns(st)).toEqual({
      code: ['sh.600070'],
      name: ['71ST'],
      treatment: ['ST'],
      valid_from: ['2024-01-01'],
      valid_to: ['2024-01-02'],
    });
    const members = await parts(dataset('index-members', { index: 'sz50' }));
    const today = systemClock(process.env).today();
    expect(members.map(plainColumns)).toMatchObject([{ index_name: ['sz50'], valid_to: [today] }]);
    const [later] = await parts(dataset('st', { date: '2199-01-01' }));
    expect(plainColumns(later)).toMatchObject({ valid_to: [today] });
    expect(await parts(dataset('index-members'))).toHaveLength(3);
  });

  it('of day bars are the stocks and ETFs of one date, and of no other', async () => {
    const etf = bar('2026-02-04', { code: 'sz.159915', isST: '1' });
    await serve(asked => rowsReply(asked, asked.type === '98' ? [bar('2026-02-04')] : [etf]));
    const [stocks, etfs] = await parts(dataset('day-bars', { date: '2026-02-04' }));
    expect([stocks?.table, etfs?.table]).toEqual(['daily', 'daily']);
    expect(plainColumns(etfs)).toMatchObject({ code: ['sz.159915'], is_st: [false] });
    const other = await run(dataset('day-bars', { date: '2026-02-05' }));
    expect(other).toMatchObject({ ok: false, failure: { class: 'retry-network' } });
    expect(session?.alive).toBe(false);
  });

  it('of factors ask for a code or for a date', async () => {
    await serve(asked => rowsReply(asked, []));
    await parts(dataset('factors', { code: 'sh.600000', to: '2024-12-31' }));
    expect(open?.asked[1]?.fields.slice(4)).toEqual(['sh.600000', '1990-01-01', '2024-12-31']);
    await parts(dataset('factors', { date: '2024-01-02' }));
    expect(open?.asked[2]?.fields).toEqual(['query_daily_adjust_factor', 'anonymous', '2024-01-02']);
    expect(await run(dataset('factors'))).toMatchObject({ ok: false, failure: { class: 'bad-request' }, requests: 0 });
  });

  it('of money supply take whole dates for months and years', async () => {
    await serve(asked => rowsReply(asked, []));
    await parts(dataset('money-supply-month', { from: '2023-01-01', to: '2023-12' }));
    await parts(dataset('money-supply-year', { from: '2020-01-01' }));
    expect(open?.asked.slice(1).map(({ fields }) => fields.slice(4))).toEqual([
      ['2023-01', '2023-12'],
      ['2020', ''],
    ]);
  });

  it('of reserve ratios take the days of announcement or of effect', async () => {
    await serve(asked => rowsReply(asked, []));
    await parts(dataset('reserve-ratio', { from: '2023-01-01', basis: 'effective' }));
    await parts(dataset('reserve-ratio'));
    expect(open?.asked.slice(1).map(({ fields }) => fields.slice(4))).toEqual([
      ['2023-01-01', '', '1'],
      ['', '', '0'],
    ]);
  });

  it('refuse parameters that they do not take, before anything is sent', async () => {
    await serve(asked => rowsReply(asked, []));
    const refused = [
      dataset('nonsense'),
      dataset('profit', { code: 'sh.600000', year: '2023' }),
      dataset('profit', { code: 'sh.600000', year: '2023', quarter: '5' }),
      dataset('calendar', { from: '2024-01-01', to: '2024-01-02', index: 'hs300' }),
      dataset('dividends', { code: 'bj.920819', year: '2023' }),
    ];
    for (const task of refused) expect(await run(task)).toMatchObject({ ok: false, requests: 0 });
    expect(open?.asked.length).toBe(1);
  });

  it('name every field of their methods, or leave it out on purpose', () => {
    const leftOut = new Set(['adjustflag', 'status', 'foreAdjustFactor', 'adjustFactor', 'code_name updateDate']);
    for (const { name, asks, columns, key, ranged } of datasets) {
      const ours = columns.map(column => column.ours);
      expect(new Set(ours).size, name).toBe(ours.length);
      for (const part of key) expect(ours, name).toContain(part);
      expect(ours.includes('valid_from'), name).toBe(ranged === true);
      for (const { method, fixed } of asks) {
        const fields = splitNames(messageOf(method).names ?? '');
        const theirs = columns.map(column => column.theirs);
        expect(
          fields.filter(field => !theirs.includes(field) && !leftOut.has(field)),
          name,
        ).toEqual([]);
        expect(
          theirs.filter(field => field !== null && !fields.includes(field)),
          name,
        ).toEqual([]);
        for (const column of Object.keys(fixed ?? {})) expect(ours, name).toContain(column);
      }
    }
  });

  it('are these', () => {
    expect(datasets.map(({ name }) => name).join(' ')).toBe(
      'instruments calendar factors day-bars industry index-members st suspended terminated dividends profit operation growth dupont balance cash-flow express forecast deposit-rate loan-rate reserve-ratio money-supply-month money-supply-year',
    );
  });
});
