/** The pool under load over a real file: nothing is lost, nobody is locked out, and the counts come back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type OpenPoolOptions, openPool, type Pool } from '../../../src/store/pool/pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'duckline-load-'));
const pools: Pool[] = [];
let files = 0;
const endless = 'SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b WHERE (a.range + b.range) % 7 = 1';

function freshPool(options: OpenPoolOptions = {}): Pool {
  const pool = openPool({ path: join(folder, `${++files}.duckdb`) }, options);
  pools.push(pool);
  return pool;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map(pool => pool.dispose()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('answers 1,000 queries at once over 5 + 10, and the counts come back', async () => {
  const pool = freshPool();
  const answers = await Promise.all(Array.from({ length: 1000 }, (_, n) => pool.query('SELECT ? * 2', [n])));
  expect(answers.map(({ rows }) => Number(rows[0]?.[0]))).toEqual(Array.from({ length: 1000 }, (_, n) => n * 2));
  const { checkedOut, checkedIn, overflow, waiting, opened, closed, running } = pool.status();
  expect({ checkedOut, overflow, waiting, running }).toEqual({ checkedOut: 0, overflow: 0, waiting: 0, running: 0 });
  expect(checkedIn).toBe(5);
  expect(opened - closed).toBe(5);
});

it('answers the prompt and a status while every other connection is busy', async () => {
  const pool = freshPool();
  await pool.execute('CREATE TABLE t (x INT)');
  const stop = new AbortController();
  const busy = { signal: stop.signal };
  let ended = 0;
  const long = Array.from({ length: 15 }, (_, n) =>
    pool
      .query(endless, undefined, { ...busy, tag: `long ${n}` })
      .catch(() => undefined)
      .finally(() => ended++),
  );
  const writing = pool
    .use(connection => connection.query(endless, undefined, busy), { lane: 'write', tag: 'writer', ...busy })
    .catch(() => undefined);
  while (pool.status().running < 14) await new Promise(resolve => setImmediate(resolve));
  for (let n = 0; n < 20; n++) {
    expect((await pool.query('SELECT 42', undefined, { lane: 'interactive' })).rows).toEqual([[42]]);
  }
  const status = pool.status();
  expect(status).toMatchObject({ running: 14, waiting: 2, writer: 'writer', checkedOut: 14 });
  expect(status.alerts.join()).toContain('90 % of the connections');
  expect(ended).toBe(0);
  stop.abort();
  await Promise.all([...long, writing]);
  expect(pool.status()).toMatchObject({ checkedOut: 0, running: 0, waiting: 0, writer: null });
});

describe('cancelling', () => {
  it('settles every statement, wherever it is, and harms no connection', async () => {
    const pool = freshPool({ size: 2, maxOverflow: 2 });
    for (let round = 0; round < 30; round++) {
      const stop = new AbortController();
      const ends = Array.from({ length: 10 }, (_, n) =>
        pool.query(n % 2 ? endless : 'SELECT 1', undefined, { signal: stop.signal }).then(
          () => 'done',
          error => error.kind,
        ),
      );
      const far = () =>
        round % 3 === 0 || pool.status().holders.some(({ runningMs }) => round % 3 === 1 || runningMs !== null);
      for (let turns = 0; turns < round || !far(); turns++) await new Promise(resolve => setImmediate(resolve));
      stop.abort();
      for (const end of await Promise.all(ends)) expect(['done', 'interrupted']).toContain(end);
      const { checkedOut, waiting, opened, closed, checkedIn, opening } = pool.status();
      expect({ checkedOut, waiting, left: opened - closed - checkedIn - opening }).toEqual({
        checkedOut: 0,
        waiting: 0,
        left: 0,
      });
    }
    expect((await pool.query('SELECT 1')).rows).toEqual([[1]]);
  });
});
