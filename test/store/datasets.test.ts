/** Datasets beside bars: tables from their declarations, merged by their keys; lists of a day kept as ranges. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Batch, Column } from '../../src/market/columns.ts';
import { datasets } from '../../src/source/baostock/datasets.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { readRefreshed } from '../../src/store/refreshed.ts';
import { marketTables } from '../../src/store/schema.ts';
import { tableHash } from '../../src/store/table-hash.ts';
import { commit } from '../../src/store/writer.ts';
import { all, dates, endedDataset, Files, instrumentsPart, request, startRun, texts } from './fixture.ts';

let files: Files;
let database: OpenedDatabase;
let run: number;

async function fresh(): Promise<void> {
  database = await files.open();
  run = await startRun(database, 20);
}

beforeAll(() => {
  files = new Files();
});
afterAll(() => files.close());

const rows = 5;

/** A column of a kind; every third value but the first is NULL where that is allowed. */
function sample(kind: Column['kind'], nullable: boolean): Column {
  const valid = nullable ? Uint8Array.from({ length: rows }, (_, row) => Number(row === 0 || row % 3 !== 0)) : null;
  const numbers = Array.from({ length: rows }, (_, row) => row + 1);
  if (kind === 'text') return { kind, values: numbers.map((value, row) => (valid?.[row] === 0 ? null : `t${value}`)) };
  if (kind === 'double') return { kind, values: Float64Array.from(numbers), valid };
  if (kind === 'integer' || kind === 'date') return { kind, values: Int32Array.from(numbers), valid };
  if (kind === 'flag') return { kind, values: Uint8Array.from(numbers, value => value % 2), valid };
  return { kind, values: BigInt64Array.from(numbers, BigInt), valid };
}

describe('a dataset', () => {
  beforeAll(fresh);

  it.each(datasets.map(({ name }) => name))('%s is stored once, however often it comes', async name => {
    const dataset = datasets.find(one => one.name === name);
    const table = marketTables.find(one => one.name === dataset?.table);
    if (!dataset || !table) throw new Error(`no table for ${name}`);
    const columns = dataset.columns.map(({ ours, kind }) => [
      ours,
      sample(kind, !dataset.key.includes(ours) && ours !== 'valid_from'),
    ]);
    const batch: Batch = {
      rows,
      columns: {
        ...Object.fromEntries(columns),
        code: texts(Array.from({ length: rows }, (_, row) => `sh.60000${row}`)),
        ...(dataset.ranged
          ? {
              valid_to: dates(new Array(rows).fill('1970-03-01')),
              valid_from: dates(new Array(rows).fill('1970-02-26')),
            }
          : {}),
      },
    };
    const task = () => endedDataset(name, [{ table: table.name, batch, rejected: [] }], { date: '1970-03-01' });
    expect(await commit(database, request(run, [task()]))).toMatchObject({ rows });
    const before = await tableHash(database, table.name);
    expect(await commit(database, request(run, [task()]))).toMatchObject({ rows: 0, revised: 0 });
    expect(await tableHash(database, table.name)).toBe(before);
    expect(await readRefreshed(database, name)).toMatchObject([
      { what: name, params: { date: '1970-03-01' }, day: '2026-11-20' },
    ]);
  });

  it('does not take a newer list of the same for news: its day moves on, and nothing is revised', async () => {
    const list = (day: string, names: readonly string[]) =>
      endedDataset('terminated', [
        {
          table: 'terminated_stocks',
          rejected: [],
          batch: {
            rows: names.length,
            columns: {
              code: texts(names.map((_, at) => `sz.00000${at + 1}`)),
              name: texts(names),
              list_as_of: dates(names.map(() => day)),
            },
          },
        },
      ]);
    await commit(database, request(run, [list('2026-11-16', ['甲', '乙'])]));
    await database.pool.execute('delete from meta.revisions');
    const second = await commit(database, request(run, [list('2026-11-18', ['甲', '丙', '丁'])]));
    expect(second).toMatchObject({ rows: 2, revised: 1 });
    const stored = `select code, name, list_as_of::varchar from terminated_stocks where code like 'sz.%' order by code`;
    const newest = [
      ['sz.000001', '甲', '2026-11-18'],
      ['sz.000002', '丙', '2026-11-18'],
      ['sz.000003', '丁', '2026-11-18'],
    ];
    expect(await all(database, stored)).toEqual(newest);
    expect(await all(database, 'select code from meta.revisions')).toEqual([['sz.000002']]);
    // An older list that comes late takes nothing back.
    expect(await commit(database, request(run, [list('2026-11-17', ['甲'])]))).toMatchObject({ rows: 0, revised: 0 });
    expect(await all(database, stored)).toEqual(newest);
  });

  it('tells rows apart whose keys have NULL in different places', async () => {
    const part = (announced: (string | null)[], operate: (string | null)[], plan: string) => ({
      table: 'dividends',
      rejected: [],
      batch: {
        rows: announced.length,
        columns: {
          code: texts(announced.map(() => 'sh.600519')),
          plan_announce_date: dates(announced),
          operate_date: dates(operate),
          plan: texts(announced.map(() => plan)),
        },
      },
    });
    const days = part(['2024-03-01', '2024-03-01', null], [null, '2024-06-19', null], 'a');
    expect(await commit(database, request(run, [endedDataset('dividends', [days])]))).toMatchObject({ rows: 3 });
    expect(await commit(database, request(run, [endedDataset('dividends', [days])]))).toMatchObject({ rows: 0 });
    expect(
      await commit(database, request(run, [endedDataset('dividends', [part([null], [null], 'b')])])),
    ).toMatchObject({ rows: 1, revised: 1 });
    expect(await all(database, `select plan from dividends where length(plan) = 1 order by plan`)).toEqual([
      ['a'],
      ['a'],
      ['b'],
    ]);
  });
});

describe('a list of a day', () => {
  beforeEach(fresh);

  /** Members of an index as the list of `day`, given for `given`. */
  const members = (day: string, given: string, codes: readonly string[], index = 'hs300') =>
    endedDataset(
      'index-members',
      [
        {
          table: 'index_members',
          rejected: [],
          batch: {
            rows: codes.length,
            columns: {
              index_name: texts(codes.map(() => index)),
              code: texts(codes),
              name: texts(codes.map(code => `n ${code}`)),
              valid_from: dates(codes.map(() => day)),
              valid_to: dates(codes.map(() => given)),
            },
          },
        },
      ],
      { index, date: given },
    );
  const ranges = async (index = 'hs300') =>
    (
      await all(
        database,
        `select code || ' ' || valid_from::varchar || ' … ' || valid_to::varchar from index_members where index_name = '${index}' order by 1`,
      )
    ).map(([text]) => text);

  it('is in force until the next one', async () => {
    expect(await commit(database, request(run, [members('2024-01-01', '2024-01-10', ['a', 'b'])]))).toMatchObject({
      rows: 2,
    });
    expect(await ranges()).toEqual(['a 2024-01-01 … 2024-01-10', 'b 2024-01-01 … 2024-01-10']);
    expect(await commit(database, request(run, [members('2024-02-05', '2024-02-07', ['a', 'c'])]))).toMatchObject({
      rows: 3,
    });
    expect(await ranges()).toEqual([
      'a 2024-01-01 … 2024-02-07',
      'b 2024-01-01 … 2024-02-04',
      'c 2024-02-05 … 2024-02-07',
    ]);
  });

  it('in the past cuts out its own time only', async () => {
    await commit(
      database,
      request(run, [members('2024-01-01', '2024-01-01', ['a', 'b']), members('2024-03-01', '2024-03-04', ['a', 'b'])]),
    );
    await commit(database, request(run, [members('2024-02-01', '2024-02-02', ['a', 'c'])]));
    expect(await ranges()).toEqual([
      'a 2024-01-01 … 2024-03-04',
      'b 2024-01-01 … 2024-01-31',
      'b 2024-03-01 … 2024-03-04',
      'c 2024-02-01 … 2024-02-29',
    ]);
    await commit(database, request(run, [members('2023-12-01', '2023-12-01', ['d'])]));
    expect(await ranges()).toContain('d 2023-12-01 … 2023-12-31');
  });

  it('says the same of every day in whatever order the lists came: who left and came back is away between', async () => {
    const lists = [
      ['2024-01-01', '2024-01-05', ['a', 'b']],
      ['2024-02-01', '2024-02-01', ['a', 'c']],
      ['2024-03-01', '2024-03-04', ['b', 'c']],
    ] as const;
    const orders = lists.flatMap((_, one) =>
      lists.flatMap((_, two) => (two === one ? [] : [[one, two, 3 - one - two] as const])),
    );
    for (const order of orders) {
      await fresh();
      for (const at of order) {
        const [day, given, codes] = lists[at] as (typeof lists)[number];
        await commit(database, request(run, [members(day, given, codes)]));
      }
      expect(await ranges(), order.join()).toEqual([
        'a 2024-01-01 … 2024-02-29',
        'b 2024-01-01 … 2024-01-31',
        'b 2024-03-01 … 2024-03-04',
        'c 2024-02-01 … 2024-03-04',
      ]);
    }
  });

  it('given for a later day lasts to it, and again changes nothing', async () => {
    await commit(database, request(run, [members('2024-01-01', '2024-01-03', ['a'])]));
    expect(await commit(database, request(run, [members('2024-01-01', '2024-01-09', ['a'])]))).toMatchObject({
      rows: 1,
    });
    expect(await commit(database, request(run, [members('2024-01-01', '2024-01-05', ['a'])]))).toMatchObject({
      rows: 0,
    });
    expect(await ranges()).toEqual(['a 2024-01-01 … 2024-01-09']);
  });

  it('that the provider corrected takes the place of its first form', async () => {
    await commit(database, request(run, [members('2024-01-01', '2024-01-03', ['a', 'b'])]));
    await commit(database, request(run, [members('2024-01-01', '2024-01-03', ['a', 'x'])]));
    expect(await ranges()).toEqual(['a 2024-01-01 … 2024-01-03', 'x 2024-01-01 … 2024-01-03']);
  });

  it('of one index leaves the others alone', async () => {
    await commit(database, request(run, [members('2024-01-01', '2024-01-03', ['a'], 'sz50')]));
    await commit(database, request(run, [members('2024-02-01', '2024-02-03', ['b'], 'hs300')]));
    expect(await ranges('sz50')).toEqual(['a 2024-01-01 … 2024-01-03']);
  });

  it('of one code changes that code only, and the catalogue has the newest industry', async () => {
    const industry = (day: string, of: Record<string, string>, params: Record<string, string>) =>
      endedDataset(
        'industry',
        [
          {
            table: 'industries',
            rejected: [],
            batch: {
              rows: Object.keys(of).length,
              columns: {
                code: texts(Object.keys(of)),
                industry: texts(Object.values(of)),
                valid_from: dates(Object.keys(of).map(() => day)),
                valid_to: dates(Object.keys(of).map(() => day)),
              },
            },
          },
        ],
        params,
      );
    const names = ['sh.600519', 'sh.600000'].map(code => ({ code, name: code }));
    await commit(database, request(run, [endedDataset('instruments', [instrumentsPart(names)])]));
    await commit(database, request(run, [industry('2024-01-01', { 'sh.600519': 'C15', 'sh.600000': 'J66' }, {})]));
    await commit(database, request(run, [industry('2024-02-01', { 'sh.600519': 'C16' }, { code: 'sh.600519' })]));
    expect(
      await all(
        database,
        'select code, industry, valid_from::varchar, valid_to::varchar from industries order by code, valid_from',
      ),
    ).toEqual([
      ['sh.600000', 'J66', '2024-01-01', '2024-01-01'],
      ['sh.600519', 'C15', '2024-01-01', '2024-01-31'],
      ['sh.600519', 'C16', '2024-02-01', '2024-02-01'],
    ]);
    expect(await all(database, 'select code, industry from instruments order by code')).toEqual([
      ['sh.600000', 'J66'],
      ['sh.600519', 'C16'],
    ]);
  });
});
