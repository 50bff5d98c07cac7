/** What happened in the market between two ends of a file: counted of stocks, after the one day and up to the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { newsOf } from '../../src/sync/news.ts';
import { Files } from '../store/fixture.ts';

let files: Files;
let database: OpenedDatabase;

beforeAll(async () => {
  files = new Files();
  database = await files.open();
});
afterAll(() => files.close());

const market = { kind: 'stocks', text: 'stocks' } as const;

async function execute(sql: string): Promise<void> {
  await database.pool.write(connection => connection.execute(sql));
}

const covered = (to: string) =>
  `insert into meta.coverage (dataset, code, from_date, to_date, rows) values ('daily', 'sh.600519', '2024-01-02', '${to}', 3)`;

describe('news of the market', () => {
  it('are none of a file that held nothing', async () => {
    const news = newsOf(database, market, 'd');
    await execute(covered('2024-03-01'));
    expect(await news()).toBeNull();
  });

  it('are listings, delistings, ex-dates and changes of ST of stocks, after the one day and up to the other', async () => {
    const news = newsOf(database, market, 'd');
    const others = [
      newsOf(database, { kind: 'typed', inputs: ['600519'], text: '600519', isList: false }, 'd'),
      newsOf(database, market, '5'),
    ];
    await execute(covered('2024-03-08'));
    await execute(`
      insert into instruments (code, kind, list_date, delist_date) values
        ('sh.600001', 'stock', '2024-03-01', null), ('sh.600002', 'stock', '2024-03-04', null),
        ('sh.600003', 'stock', '2024-03-08', null), ('sh.600004', 'stock', '2024-03-11', null),
        ('sh.600005', 'stock', '2001-01-02', '2024-03-05'), ('sh.600006', 'stock', '2001-01-02', '2024-03-01'),
        ('sh.510300', 'etf', '2024-03-05', '2024-03-07'), ('sh.600007', 'stock', '2001-01-02', null)`);
    await execute(`
      insert into adj_factors (code, ex_date, hfq_factor) values
        ('sh.600007', '2024-03-01', 2), ('sh.600007', '2024-03-05', 3), ('sh.600001', '2024-03-08', 1.5),
        ('sh.600002', '2024-03-06', 1.1), ('sh.600001', '2024-03-12', 1.7), ('sh.510300', '2024-03-06', 1.2)`);
    await execute(`
      insert into daily (code, date, is_st) values
        ('sh.600001', '2024-03-01', true), ('sh.600001', '2024-03-08', false),
        ('sh.600007', '2024-03-01', false), ('sh.600007', '2024-03-05', true), ('sh.600007', '2024-03-08', false),
        ('sh.600002', '2024-03-08', true),
        ('sh.510300', '2024-03-01', false), ('sh.510300', '2024-03-08', true)`);
    expect(await news()).toEqual({
      since: '2024-03-01',
      to: '2024-03-08',
      listings: 2,
      delistings: 1,
      exDates: 3,
      stChanges: 1,
    });
    for (const other of others) expect(await other()).toBeNull();
    expect(await newsOf(database, market, 'd')()).toBeNull();
  });
});
