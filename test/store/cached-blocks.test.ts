/** Memory that the engine keeps for what was written, let go without a trace. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { letBlocksGo } from '../../src/store/cached-blocks.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { Files } from './fixture.ts';

let files: Files;
let database: OpenedDatabase;

beforeAll(async () => {
  files = new Files();
  database = await files.open();
});
afterAll(() => files.close());

const value = async (sql: string): Promise<unknown> => (await database.pool.query(sql)).rows[0]?.[0];
const held = async () => Number(await value('select sum(memory_usage_bytes) from duckdb_memory()')) / 1e6;

it('lets written blocks go, keeps the limit and every row', async () => {
  await letBlocksGo(database);
  const limit = await value(`select current_setting('memory_limit')`);
  // Random numbers do not compress: 16 bytes a row.
  await database.pool.execute(
    'create table noise as select random() as a, random() as b, r::integer as no from range(8_000_000) t(r)',
  );
  await database.pool.execute('checkpoint');
  const before = await held();
  expect(before).toBeGreaterThan(100);
  await letBlocksGo(database);
  expect(await held()).toBeLessThan(before - 30);
  await letBlocksGo(database);
  expect(await value(`select current_setting('memory_limit')`)).toBe(limit);
  expect(await value('select count(*)::integer from noise where no >= 0')).toBe(8_000_000);
  expect(database.pool.status()).toMatchObject({ checkedOut: 0, running: 0 });
});
