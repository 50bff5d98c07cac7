/** The pool over real database files: statements, results, errors, transactions, lanes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBDateValue } from '@duckdb/node-api';
import { afterEach, describe, expect, it } from 'vitest';
import { openPool, type Pool } from '../../../src/store/pool/pool.ts';
import { StatementError } from '../../../src/store/pool/statement-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'duckline-pool-'));
const pools: Pool[] = [];
let files = 0;

function freshPool(options: Parameters<typeof openPool>[1] = {}): Pool {
  const pool = openPool({ path: join(folder, `${++files}.duckdb`) }, options);
  pools.push(pool);
  return pool;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map(pool => pool.dispose()));
  if (files > 0) rmSync(join(folder, `${files}.duckdb`), { force: true });
});

describe('results', () => {
  it('gives names, types and rows, and the count of what changed', async () => {
    const pool = freshPool();
    await pool.execute('CREATE TABLE bars (code VARCHAR, close DOUBLE, volume BIGINT, date DATE)');
    expect(
      await pool.execute('INSERT INTO bars VALUES ($code, $close, $volume, $date)', {
        code: 'sh.600519',
        close: 1700.5,
        volume: 9_007_199_254_740_993n,
        date: '2024-01-02',
      }),
    ).toBe(1);
    const result = await pool.query('SELECT * FROM bars');
    expect(result.names).toEqual(['code', 'close', 'volume', 'date']);
    expect(result.types.map(String)).toEqual(['VARCHAR', 'DOUBLE', 'BIGINT', 'DATE']);
    expect(result.rows).toEqual([['sh.600519', 1700.5, 9_007_199_254_740_993n, new DuckDBDateValue(19724)]]);
    expect((await pool.query('UPDATE bars SET close = 1')).changed).toBe(1);
  });

  it('binds every kind of value by position and by name', async () => {
    const pool = freshPool();
    const values = [1, 2 ** 40, 1.5, '茅台', true, null, 5n, 2n ** 80n, [1, 2.5, null], ['a'], []];
    const sql = `SELECT ${values.map(() => 'typeof(?)').join(', ')}`;
    expect((await pool.query(sql, values as never)).rows[0]).toEqual([
      'INTEGER',
      'BIGINT',
      'DOUBLE',
      'VARCHAR',
      'BOOLEAN',
      '"NULL"',
      'BIGINT',
      'HUGEINT',
      'DOUBLE[]',
      'VARCHAR[]',
      '"NULL"[]',
    ]);
    expect((await pool.query("SELECT $a = DATE '2024-01-02', $b", { a: '2024-01-02', b: "'; DROP" })).rows).toEqual([
      [true, "'; DROP"],
    ]);
    await expect(pool.query('SELECT $a', { b: 1 })).rejects.toThrow('no parameter $b');
    await expect(pool.query('SELECT $a, $b', { a: 1 })).rejects.toThrow('$b was given no value');
    await expect(pool.query('SELECT ?', [1, 2])).rejects.toThrow('1 parameters, and 2 values');
  });

  it('names the error, its position in bytes, and candidates', async () => {
    const pool = freshPool();
    await pool.execute('CREATE TABLE bars (close DOUBLE)');
    const error = await pool.query("SELECT '中文', closing FROM bars").catch(thrown => thrown);
    expect(error).toBeInstanceOf(StatementError);
    expect(error).toMatchObject({ kind: 'failed', errorType: 'Binder', position: 17, candidates: ['close'] });
    await expect(pool.query('SELEC 1')).rejects.toMatchObject({ errorType: 'Parser', position: 0 });
    await expect(pool.query('SELECT 1; SELECT nope')).rejects.toMatchObject({ errorType: 'Binder', position: 17 });
    await expect(pool.query('-- nothing')).rejects.toMatchObject({ kind: 'usage' });
  });

  it('refuses a text that the engine would read only up to a NUL', async () => {
    const pool = freshPool();
    await expect(pool.query('select 1; \0 drop table t')).rejects.toThrow('a NUL character, at character 11');
  });

  it('runs several statements of one text and gives the last result', async () => {
    const pool = freshPool();
    expect(
      (await pool.query('CREATE TABLE a (x INT); INSERT INTO a VALUES (1), (2); SELECT sum(x) FROM a')).rows,
    ).toEqual([[3n]]);
  });

  it('has Shanghai time on every connection', async () => {
    const pool = freshPool();
    const zones = await Promise.all(
      Array.from({ length: 8 }, () => pool.query("SELECT (TIMESTAMPTZ '2024-01-01 00:00:00+00')::VARCHAR")),
    );
    expect(new Set(zones.map(({ rows }) => rows[0]?.[0]))).toEqual(new Set(['2024-01-01 08:00:00+08']));
  });
});

describe('a returned connection', () => {
  it('is the same one when clean, a new one when its session was changed', async () => {
    const pool = freshPool({ size: 1, maxOverflow: 0 });
    const idAfter = async (sql: string) => {
      await pool.query(sql);
      return pool.use(async ({ id }) => id);
    };
    const first = await idAfter('SELECT 1');
    expect(await idAfter('CREATE TABLE kept (x INT)')).toBe(first);
    expect(await idAfter('BEGIN; INSERT INTO kept VALUES (1)')).toBe(first);
    expect((await pool.query('SELECT count(*) FROM kept')).rows).toEqual([[0n]]);
    let last = first;
    for (const change of [
      'SET threads = 1',
      'SET VARIABLE a = 1',
      'CREATE TEMP TABLE gone (x INT)',
      'PREPARE p AS SELECT 1',
    ]) {
      const id = await idAfter(change);
      expect(id, change).not.toBe(last);
      last = id;
    }
    await expect(pool.query('SELECT * FROM gone')).rejects.toThrow('gone');
  });

  it('keeps what its reset says', async () => {
    for (const [resetOnReturn, rows] of [
      ['commit', 1n],
      ['rollback', 0n],
      ['none', 0n],
      ['renew', 0n],
    ] as const) {
      const pool = freshPool({ size: 1, maxOverflow: 0, resetOnReturn });
      await pool.execute('CREATE TABLE t (x INT)');
      await pool.execute('BEGIN; INSERT INTO t VALUES (1)');
      expect((await pool.query('SELECT count(*) FROM t')).rows, resetOnReturn).toEqual([[rows]]);
    }
  });

  it('has what prepareConnection set, also after the file was released', async () => {
    const pool = freshPool({
      size: 1,
      maxOverflow: 1,
      prepareConnection: async connection => {
        await connection.execute("SET VARIABLE market = 'A'; CREATE TEMP TABLE mine AS SELECT 7 AS x");
      },
    });
    const read = "SELECT getvariable('market'), x FROM mine";
    await using prompt = await pool.acquire({ lane: 'interactive' });
    expect((await prompt.query(read)).rows).toEqual([['A', 7]]);
    expect(prompt.holds()).toEqual([]);
    expect(await pool.suspend()).toEqual({ suspended: true, because: [] });
    expect((await prompt.query(read)).rows).toEqual([['A', 7]]);
    expect((await pool.query(read)).rows).toEqual([['A', 7]]);
    const broken = freshPool({ prepareConnection: async ({ execute }) => void (await execute('SELEC')) });
    await expect(broken.query('SELECT 1')).rejects.toBeInstanceOf(StatementError);
    expect(broken.status()).toMatchObject({ checkedOut: 0, failedOpens: 1 });
  });
});

describe('statements kept prepared', () => {
  it('see a changed table, other types of values, and another schema', async () => {
    const pool = freshPool({ size: 1, maxOverflow: 0 });
    await pool.execute('CREATE TABLE t (a INT)');
    for (let turn = 0; turn < 3; turn++) {
      await pool.query('SELECT * FROM t');
      await pool.execute(`ALTER TABLE t ADD COLUMN b${turn} INT`);
    }
    expect((await pool.query('SELECT * FROM t')).names).toEqual(['a', 'b0', 'b1', 'b2']);
    for (const value of [1, 'text', null, 2n])
      expect((await pool.query('SELECT ?', [value])).rows[0]?.[0]).toEqual(value);
    for (let n = 0; n < 100; n++) expect((await pool.query(`SELECT ${n} + ?`, [n])).rows).toEqual([[2 * n]]);
    expect((await pool.query('SELECT ?', ['still'])).rows).toEqual([['still']]);
  });
});

describe('while it runs', () => {
  it('takes a preset or a size, recycles, and tells what it is', async () => {
    const pool = freshPool();
    await pool.query('SELECT 1');
    await pool.configure('read');
    expect(pool.status()).toMatchObject({ preset: 'read', size: 10, maxOverflow: 20, recycleMs: 1_800_000 });
    expect(pool.status().alerts.join()).toMatch(/30 connections are allowed and \d+ statements can run at once/);
    await pool.configure({ size: 3, maxOverflow: 0 });
    expect(pool.status()).toMatchObject({ preset: 'custom', size: 3, maxOverflow: 0, recycleMs: 1_800_000 });
    expect(await pool.recycle()).toBe(1);
    expect(pool.status()).toMatchObject({ checkedIn: 0, opened: 1, closed: 1 });
    await expect(pool.configure('fast' as never)).rejects.toMatchObject({
      next: 'presets: default, read, light, import, single',
    });
    await pool.dispose();
    expect(pool.status().state).toBe('closed');
    await expect(pool.query('SELECT 1')).rejects.toThrow('closed');
    await pool.recreate();
    expect((await pool.query('SELECT 1')).rows).toEqual([[1]]);
  });
});
