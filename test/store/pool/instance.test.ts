/** One instance a file, and one sentence for each way in which a file cannot be opened. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { memory, openInstance, openingProblem } from '../../../src/store/instance.ts';
import { openPool } from '../../../src/store/pool/pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'duckline-instance-'));
let files = 0;
const freshPath = () => join(folder, `${++files}.duckdb`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function refusal(path: string, readOnly = false) {
  const error = await openInstance(path, { readOnly }).then(
    () => new Error('opened'),
    thrown => thrown,
  );
  expect(error.message.split('\n')).toHaveLength(1);
  expect(error.next).toBeTruthy();
  return error;
}

describe('a file that cannot be opened', () => {
  it('is named with the reason and the way out', async () => {
    const missing = await refusal(join(folder, 'none', 'x.duckdb'));
    expect(missing.message).toBe(`the folder ${join(folder, 'none')} does not exist.`);
    expect(missing.next).toContain('make it');
    expect((await refusal(folder)).message).toContain('is a folder');

    const text = freshPath();
    writeFileSync(text, 'not a database at all '.repeat(500));
    expect((await refusal(text)).message).toContain('is not a database file');

    const absent = freshPath();
    expect((await refusal(absent, true)).message).toContain('read-only makes no file');
    expect(existsSync(absent)).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)('is named when the user has no right to it', async () => {
    const locked = freshPath();
    await (await openInstance(locked)).close();
    chmodSync(locked, 0o000);
    expect((await refusal(locked)).message).toContain('may not be written');
  });

  it('is told apart by what the engine says', () => {
    const said = (text: string, readOnly = false) => openingProblem('/x', readOnly, new Error(text)).message;
    expect(said('IO Error: Cannot open file "/x": Permission denied')).toBe('/x may not be written by this user.');
    expect(
      said(
        'Trying to read a database file with version number 99, but we can only read versions between 64 and 67.\nmore',
      ),
    ).toContain('written by a newer version');
    expect(said('Could not set lock on file "/x": Conflicting lock is held in node (PID 71).')).toBe(
      '/x is held by process 71.',
    );
    expect(said('Corrupt database file: computed checksum')).toContain('damaged');
  });

  it('holds nothing afterwards: the next try may succeed', async () => {
    const path = join(folder, 'later', 'x.duckdb');
    await refusal(path);
    mkdirSync(join(folder, 'later'));
    await (await openInstance(path)).close();
  });
});

describe('memory', () => {
  it('is a database of its own for everyone who opens it', async () => {
    const [one, two] = await Promise.all([openInstance(memory), openInstance(memory)]);
    expect(one).not.toBe(two);
    await Promise.all([one.close(), two.close()]);
  });
});

describe('a released file', () => {
  it('comes back with the next statement, and the prompt keeps its lease', async () => {
    const path = freshPath();
    const pool = openPool({ path });
    const told: string[] = [];
    pool.on('suspend', () => told.push('suspend'));
    pool.on('resume', () => told.push('resume'));
    await pool.execute('CREATE TABLE t AS SELECT 1 AS x');
    const prompt = await pool.acquire({ lane: 'interactive', tag: 'prompt' });
    await prompt.query('SELECT 1');
    expect(await pool.suspend()).toEqual({ suspended: true, because: [] });
    expect(pool.status().state).toBe('suspended');
    const other = await openInstance(`${path}`, { readOnly: false });
    await other.close();
    expect((await prompt.query('SELECT x FROM t')).rows).toEqual([[1]]);
    expect((await prompt.query("SELECT current_setting('TimeZone')")).rows).toEqual([['Asia/Shanghai']]);
    expect((await prompt.query("SELECT current_setting('enable_progress_bar')")).rows).toEqual([[true]]);
    expect((await pool.query("SELECT current_setting('enable_progress_bar')")).rows).toEqual([[false]]);
    expect(pool.status().state).toBe('open');
    expect(told).toEqual(['suspend', 'resume']);
    await prompt.release();
    await pool.dispose();
  });

  it('is kept where something would be lost, and says what', async () => {
    const pool = openPool({ path: freshPath() });
    const prompt = await pool.acquire({ lane: 'interactive', tag: '[3]' });
    const because = async () => (await pool.suspend()).because;
    await prompt.execute('BEGIN');
    expect(await because()).toEqual(['[3] holds a transaction (open)']);
    await prompt.execute('ROLLBACK');
    expect(await because()).toEqual([]);
    await prompt.execute('SET VARIABLE a = 1');
    expect(await because()).toEqual(['[3] holds variables']);
    await prompt.release();
    const next = await pool.acquire({ lane: 'interactive', tag: '[4]' });
    await next.execute('CREATE TEMP TABLE x (a INT)');
    expect(await because()).toEqual(['[4] holds temporary tables']);
    await next.release();
    const reader = await pool.acquire({ tag: 'export' });
    expect(await because()).toEqual(['export is at work']);
    await reader.release();
    const done = pool.keepOpen('fetch 7 is running');
    expect(await because()).toEqual(['fetch 7 is running']);
    done();
    await pool.execute("ATTACH ':memory:' AS other");
    expect(await because()).toEqual(['an attached database would be lost']);
    await pool.dispose();
  });

  it('is released by itself after so long without a statement', async () => {
    const pool = openPool({ path: freshPath() }, { releaseAfterMs: 20 });
    await pool.execute('CREATE TABLE t (x INT)');
    await new Promise<void>(resolve => pool.on('suspend', () => resolve()));
    expect((await pool.query('SELECT count(*) FROM t')).rows).toEqual([[0n]]);
    await pool.dispose();
  });

  it('is the same file for others also when it is reached by another path', async () => {
    const path = freshPath();
    const link = freshPath();
    symlinkSync(path, link);
    const first = openPool({ path });
    const second = openPool({ path: link });
    await first.execute('CREATE TABLE t (x INT)');
    await second.execute('INSERT INTO t VALUES (1)');
    expect(await first.suspend()).toMatchObject({ suspended: false });
    expect((await first.query('SELECT count(*) FROM t')).rows).toEqual([[1n]]);
    await first.dispose();
    expect((await second.query('SELECT count(*) FROM t')).rows).toEqual([[1n]]);
    await second.dispose();
  });
});
