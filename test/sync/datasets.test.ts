/** Every dataset from the demo market into its table: a gateway, worker processes and a database file, all real. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withDatasets } from '../../scripts/dataset-table.ts';
import type { RunSummary } from '../../src/fetch/events.ts';
import { startRun } from '../../src/fetch/run.ts';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { datasetNamed, datasets } from '../../src/source/baostock/datasets.ts';
import type { DatasetTask } from '../../src/source/source.ts';
import { readFailures } from '../../src/store/ledger.ts';
import { sqlType } from '../../src/store/tables.ts';
import { datasetArguments, type Securities, type TypedOptions } from '../../src/sync/dataset-arguments.ts';
import { codesWithoutFactors, type DatasetRequest, fetchDataset } from '../../src/sync/dataset-fetch.ts';
import { fetchBars } from '../../src/sync/fetch.ts';
import { retryFailures } from '../../src/sync/retry.ts';
import { root } from '../fetch/bundle.ts';
import { clock, Rig } from '../fetch/rig.ts';

/** Large enough that something of it was suspended, put under special treatment and delisted. */
const market = makeDemoMarket({ codes: 320, years: 5 });
const rig = new Rig();
let gateway: Gateway;

const fast = {
  random: () => 0.5,
  settings: {
    tries: 2,
    retry: { baseMs: 10, capMs: 50 },
    relogin: { baseMs: 10, capMs: 50 },
    probes: { freshMs: [50, 100], freshPatienceMs: 3_000, provenMs: [50, 100, 200] },
  },
};

function request(
  name: string,
  securities: Securities = [],
  options: TypedOptions = {},
  server = gateway,
): DatasetRequest {
  const dataset = datasetNamed(name);
  if (!dataset) throw new Error(`no dataset ${name}`);
  const source = rig.source(server.port);
  return { database: rig.database, clock, source, workers: 1, what: 'fetch', dataset, securities, options, ...fast };
}

async function fetched(...asked: Parameters<typeof request>): Promise<RunSummary> {
  const { handle } = await fetchDataset(request(...asked));
  return handle.done;
}

/** Class or reason of the last try of the newest run. */
async function lastOutcome(): Promise<unknown> {
  const [row] = await rig.rows(
    'select class, message from meta.attempts order by run desc, task desc, number desc limit 1',
  );
  return row?.[0] === 'ok-empty' ? row[1] : row?.[0];
}

const known = { today: '2026-11-20', daily: '2026-11-20', factors: '2026-11-20', minutes: '2026-11-20' };
const companies = market.listings
  .filter(({ kind, span }) => kind === 'stock' && span.from === 0 && span.to >= market.lastSession)
  .map(({ code }) => code);
/** One that gave bonus shares too. */
const generous = companies.find(code =>
  market.table('query_dividend_data', { code }, known).some(row => row[8] !== '' && row[6]?.startsWith('2026')),
);
const codes = [...new Set([...companies.slice(0, 8), generous ?? ''])];
const [first = '', second = ''] = codes;
const index = market.listings.find(({ kind }) => kind === 'index')?.code ?? '';

const suspendedOn =
  market.calendar.sessions.findLast(
    date => date < known.today && market.table('query_suspended_stocks', { date }, known).length > 0,
  ) ?? '';

/** What each dataset is asked with where the defaults are not enough to have rows of every column. */
const typed: Readonly<Record<string, TypedOptions>> = {
  dividends: { year: '2026', basis: 'operate' },
  express: { from: '2020' },
  forecast: { from: '2020' },
  factors: {},
  'day-bars': { date: '2026-11-19' },
  'reserve-ratio': { from: '2018' },
  suspended: { date: suspendedOn },
};

/** Columns that the demo leaves empty: a quarter's end beside half years has no revenue, nobody gives first notices. */
const alwaysEmpty = ['dividends.pre_notice_date', 'profit.mb_revenue', 'instruments.industry'];

const readme = readFileSync(join(root, 'README.md'), 'utf8');

beforeAll(async () => {
  await rig.open();
  gateway = await rig.gateway({ market });
  await rig.run(gateway.port, [], {
    prepare: [
      { kind: 'dataset', id: -1, dataset: 'instruments', params: {} },
      { kind: 'dataset', id: -2, dataset: 'calendar', params: { from: '1990-12-19', to: '2026-12-31' } },
    ],
    workers: 1,
  });
});
afterAll(() => rig.close());

describe('every dataset', () => {
  const run = async (): Promise<RunSummary> => {
    const tasks = datasets.flatMap(dataset => {
      const needed = dataset.parameters.some(({ name, required }) => name === 'code' && required);
      const byCode = needed || dataset.name === 'factors';
      const { params } = datasetArguments(dataset, byCode ? codes : [], typed[dataset.name] ?? {}, clock, null);
      return (byCode ? codes.map(code => ({ ...params, code })) : [params]).map(
        given => [dataset.name, given] as const,
      );
    });
    const plan = tasks.map(
      ([dataset, params], at): DatasetTask => ({ kind: 'dataset', id: at + 1, dataset, params: { ...params } }),
    );
    const source = rig.source(gateway.port);
    const common = {
      database: rig.database,
      clock,
      source,
      workers: 2,
      what: 'datasets',
      period: 'd',
      prepare: [],
    } as const;
    const handle = startRun({
      ...common,
      plan: async () => ({ tasks: plan, asked: [], covered: [], pointless: [] }),
    });
    return handle.done;
  };

  it('comes whole, and a second time changes nothing', async () => {
    const once = await run();
    expect(once).toMatchObject({ failed: 0, left: 0, quarantined: 0, end: 'ok' });
    expect(once.rows).toBeGreaterThan(1_000);
    const empty = await Promise.all(
      datasets.map(async ({ table }) => [table, await rig.value(`select count(*) from "${table}"`)]),
    );
    expect(empty.filter(([, count]) => count === 0)).toEqual([]);
    const revisions = await rig.value('select count(*) from meta.revisions');
    const again = await run();
    expect(again).toMatchObject({ planned: once.planned, ok: once.ok, empty: once.empty, rows: 0, end: 'ok' });
    expect(await rig.value('select count(*) from meta.revisions')).toBe(revisions);
  });

  it('fills the columns that its declaration names, typed and told with their units', async () => {
    const columns = await rig.rows(
      `select table_name, column_name, data_type, coalesce(comment, '') from duckdb_columns()
      where database_name = current_database() and schema_name = 'main'`,
    );
    const stored = new Map(columns.map(([table, name, type, comment]) => [`${table}.${name}`, { type, comment }]));
    for (const { table, columns } of datasets) {
      for (const { ours, theirs, kind, unit } of columns) {
        const column = stored.get(`${table}.${ours}`);
        expect(column?.type, `${table}.${ours}`).toBe(sqlType(kind));
        if (theirs !== null) expect(column?.comment, `${table}.${ours}`).toContain(theirs);
        if (unit !== null && !['ratio', 'yuan'].includes(unit)) expect(String(column?.comment)).toContain(unit);
      }
      const counts = await rig.rows(
        `select ${columns.map(({ ours }) => `count("${ours}")`).join(', ')} from "${table}"`,
      );
      const empty = columns.filter((_, at) => counts[0]?.[at] === 0).map(({ ours }) => `${table}.${ours}`);
      expect(empty.filter(name => !alwaysEmpty.includes(name))).toEqual([]);
    }
  });

  it('stands point in time: figures with their day of publication, factors as spans', async () => {
    expect(await rig.value('select count(*) from profit where pub_date <= stat_date')).toBe(0);
    // The join as the README has it.
    const query = /```\n(select d\.code, d\.date[^`]+?);\n```/.exec(readme)?.[1];
    const joined = await rig.rows(`select date::varchar, stat_date::varchar from (${query}) where code = '${first}'`);
    expect(joined).toEqual([['2026-11-19', '2026-09-30']]);
    const spans = `select count(*) from meta.factor_spans where code in (select code from adj_factors)`;
    const factors = Number(await rig.value('select count(*) + count(distinct code) from adj_factors'));
    expect(await rig.value(spans)).toBe(factors);
  });

  it('is listed in the README as it is declared', () => {
    expect(withDatasets(readme), 'node scripts/readme-datasets.mjs').toBe(readme);
  });
});

describe('fetch --dataset', () => {
  it.each([
    ['profit', [], {}, /asked for code by code/, /fetch --dataset profit 600519 --year 2024 --quarter 1/],
    ['profit', ['600519'], { index: 'hs300' }, /takes no --index/, /--year YEAR --quarter 1\|2\|3\|4/],
    ['profit', ['600519'], { year: '24' }, /“24” is no year/, /--year 2026/],
    ['profit', ['600519'], { year: '2027' }, /2027 is still to come/, /--year 2026/],
    ['profit', ['600519'], { year: '1980' }, /nothing of 1980/, /--year/],
    ['profit', ['600519'], { quarter: '5' }, /“5” is no quarter/, /--quarter 1/],
    ['profit', ['600519'], { year: '2026', quarter: '4' }, /quarter 4 of 2026 has not ended/, /--year 2025/],
    ['profit', ['60051'], {}, /has 5 digits/, /./],
    ['profit', ['920819'], {}, /Beijing/, /tushare/],
    ['profit', ['无此公司名'], {}, /no security is called/, /./],
    ['calendar', ['600519'], {}, /takes no codes/, /fetch --dataset calendar/],
    ['calendar', [], { from: '2024' }, /takes no --from/, /fetch --dataset calendar/],
    ['deposit-rate', 'all', {}, /takes no codes/, /--from DATE --to DATE/],
    ['deposit-rate', [], { from: '2024-06-01', to: '2024-05' }, /ends on 2024-05-31, before it starts/, /earlier/],
    ['factors', [], {}, /needs codes, or --date/, /--date 2024-01-02/],
    ['factors', ['600519'], { date: '2024-01-02' }, /--date does not go with codes/, /leave out/],
    ['factors', ['600519'], { from: '2024' }, /takes no --from/, /./],
    ['index-members', [], { index: 'hs30' }, /“hs30” is none of hs300, sz50, zz500/, /--index hs300/],
    ['index-members', [], { date: '2026-11-21' }, /2026-11-21 is still to come/, /--date 2026-11-20/],
    ['industry', [], { date: '2024' }, /2024 is more than one day/, /--date/],
    ['industry', [], { date: '2024-02-30' }, /is no date/, /./],
    ['dividends', ['600519'], { basis: 'x' }, /“x” is none of report, operate/, /--basis report/],
    ['instruments', [], { name: ' ' }, /--name is empty/, /./],
    ['instruments', [], { name: 'a\u0001b' }, /control character/, /./],
  ] as const)('refuses %s %j %j before anybody is asked', async (name, securities, options, message, next) => {
    const { connections } = gateway.stats();
    const runs = await rig.value('select count(*) from meta.runs');
    const refused = fetchDataset(request(name, securities, options));
    await expect(refused).rejects.toMatchObject({ kind: 'usage' });
    await refused.catch(problem => {
      expect(problem.message).toMatch(message);
      expect(problem.next).toMatch(next);
    });
    expect(gateway.stats().connections).toBe(connections);
    expect(await rig.value('select count(*) from meta.runs')).toBe(runs);
  });

  it.each([
    [
      'profit',
      {},
      { year: '2026', quarter: '3' },
      ['no quarter was given: took quarter 3 of 2026, the latest that is over'],
    ],
    [
      'profit',
      { year: '2025' },
      { year: '2025', quarter: '4' },
      ['no quarter was given: took quarter 4 of 2025, the latest that is over'],
    ],
    [
      'profit',
      { quarter: 'Q4' },
      { year: '2025', quarter: '4' },
      ['no year was given: took quarter 4 of 2025, the latest that is over'],
    ],
    ['profit', { year: '２０２６', quarter: '1' }, { year: '2026', quarter: '1' }, []],
    ['dividends', {}, { year: '2026' }, ['no year was given: took 2026']],
    ['express', {}, { from: '2025-11-20', to: '2026-11-20' }, ['no --from was given: took 2025-11-20 to 2026-11-20']],
    ['express', { from: '2024', to: '2024' }, { from: '2024-01-01', to: '2024-12-31' }, []],
  ] as const)('%s %j takes %j and says so', (name, options, params, notes) => {
    const dataset = datasetNamed(name);
    if (!dataset) throw new Error(name);
    expect(datasetArguments(dataset, [first], options, clock, null)).toEqual({ byCode: true, params, notes });
  });

  it('asks for names and codes in any form, one task each, and says what it took', async () => {
    const name = market.listings.find(({ code }) => code === second)?.name ?? '';
    const started = await fetchDataset(request('growth', [first.slice(3), name], { quarter: '2' }));
    expect(started.notes).toEqual(['no year was given: took quarter 2 of 2026, the latest that is over']);
    expect(await started.handle.done).toMatchObject({ planned: 2, ok: 2, rows: 2, end: 'ok' });
    expect(started.planned()?.tasks.map(({ params }) => params)).toEqual([
      { year: '2026', quarter: '2', code: first },
      { year: '2026', quarter: '2', code: second },
    ]);
    expect(await rig.rows(`select code from growth where stat_date = '2026-06-30' order by code`)).toEqual(
      [first, second].sort().map(code => [code]),
    );
  });

  it('takes the last published session for the bars of a day, and these are never asked for again', async () => {
    const started = await fetchDataset(request('day-bars'));
    expect(started.notes).toEqual(['no date was given: took 2026-11-20, the last published session']);
    const summary = await started.handle.done;
    expect(summary).toMatchObject({ planned: 1, ok: 1, end: 'ok' });
    expect(summary.rows).toBe(await rig.value(`select count(*) from daily where date = '2026-11-20'`));
    expect(await rig.value(`select count(*) from daily join instruments using (code) where kind = 'index'`)).toBe(0);
    const without = await codesWithoutFactors(rig.database, 'daily', '2026-11-20');
    expect(without).toBe(summary.rows - codes.length);
    const bars = await fetchBars({
      ...request('day-bars'),
      securities: codes,
      from: '2026-11-19',
      to: '2026-11-20',
      period: 'd',
    });
    expect(await bars.handle.done).toMatchObject({ planned: 0, covered: codes.length, requests: 0 });
  });

  it('finds out why nothing came', async () => {
    const early = await rig.gateway({ market, publishedUntil: { kind: 'date', date: '2026-11-18' } });
    const before = await rig.value('select count(*) from daily');
    expect(await fetched('day-bars', [], { date: '2026-11-14' })).toMatchObject({ empty: 1, rows: 0, end: 'ok' });
    expect(await lastOutcome()).toBe('no-sessions');
    await rig.database.pool.write(connection => connection.execute(`delete from daily where date = '2026-11-20'`));
    expect(await fetched('day-bars', [], { date: '2026-11-20' }, early)).toMatchObject({ empty: 1, rows: 0 });
    expect(await lastOutcome()).toBe('not-published');
    expect(await fetched('day-bars', [], { date: '2026-11-20' })).toMatchObject({ ok: 1 });
    expect(await rig.value('select count(*) from daily')).toBe(before);
    expect(await fetched('profit', [index])).toMatchObject({ empty: 1 });
    expect(await lastOutcome()).toBe('not-offered');
    expect(await fetched('dividends', [first], { year: '1991' })).toMatchObject({ empty: 1 });
    expect(['before-listing', 'no-events']).toContain(await lastOutcome());
  });

  it('does not take one security for the catalogue', async () => {
    await rig.database.pool.write(connection =>
      connection.execute(`delete from meta.refreshed where what = 'instruments'`),
    );
    await fetched('instruments', [first]);
    const { requests } = gateway.stats();
    await fetched('profit', [first]);
    expect(gateway.stats().requests.query_stock_basic).toBe((requests.query_stock_basic ?? 0) + 1);
  });

  it('keeps lists as ranges that answer for any day between, whatever the order they came in', async () => {
    const days = ['2026-09-01', '2025-07-01', '2026-02-02'];
    for (const date of days) await fetched('index-members', [], { index: 'hs300', date });
    for (const date of ['2025-07-01', '2025-09-01', '2026-02-02', '2026-09-01', '2026-11-20']) {
      // The last list that was fetched before the day.
      const held =
        [...days, '2026-11-20']
          .filter(day => day <= date)
          .sort()
          .at(-1) ?? '';
      const wanted = market.table('query_hs300_stocks', { date: held }, known).map(([, code]) => code);
      const stored = await rig.rows(
        `select code from index_members where index_name = 'hs300' and date '${date}' between valid_from and valid_to order by code`,
      );
      expect(
        stored.map(([code]) => code),
        date,
      ).toEqual(wanted.sort());
    }
  });
});

describe('retry', () => {
  it('asks for exactly the failed task of a dataset, parameters and all', async () => {
    const faulty = await rig.gateway({ market }, 'drop:1');
    const failed = await fetched('operation', [first, second], { year: '2025', quarter: '2' }, faulty);
    expect(failed.failed).toBeGreaterThan(0);
    await fetched('index-members', [], { index: 'sz50', date: '2026-03-02' }, faulty);
    const ledger = await readFailures(rig.database);
    expect(ledger.map(({ dataset, code, params }) => [dataset, code, params])).toEqual(
      expect.arrayContaining([
        ['operation', first, { year: '2025', quarter: '2', code: first }],
        ['index-members', null, { index: 'sz50', date: '2026-03-02' }],
      ]),
    );
    const common = request('operation');
    const one = await retryFailures({ ...common, choice: { kind: 'codes', inputs: [first] } });
    expect(one.idle).toEqual([]);
    expect(await one.handle.done).toMatchObject({ planned: 1, ok: 1, rows: 1, end: 'ok' });
    expect(
      await rig.rows(`select stat_date::varchar from operation where code = '${first}' and stat_date < '2026-01-01'`),
    ).toEqual([['2025-06-30']]);
    const rest = await retryFailures({ ...common, choice: { kind: 'all' } });
    expect(await rest.handle.done).toMatchObject({ planned: ledger.length - 1, ok: ledger.length - 1, failed: 0 });
    expect(await readFailures(rig.database)).toEqual([]);
    expect(
      await rig.value(
        `select count(*) from index_members where index_name = 'sz50' and date '2026-03-02' between valid_from and valid_to`,
      ),
    ).toBeGreaterThan(0);
  });
});
