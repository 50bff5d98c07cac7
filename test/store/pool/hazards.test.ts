/** The driver's traps, each sprung on purpose: a test here fails when its protection is taken out. */
import { type ChildProcess, spawn } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { openInstance } from '../../../src/store/instance.ts';
import { Gate } from '../../../src/store/pool/gate.ts';
import { type OpenPoolOptions, openPool, type Pool } from '../../../src/store/pool/pool.ts';
import { StatementError } from '../../../src/store/pool/statement-error.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const folder = mkdtempSync(join(tmpdir(), 'duckline-hazards-'));
const pools: Pool[] = [];
let files = 0;
/** Runs for hours. */
const endless = 'SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b WHERE (a.range + b.range) % 7 = 1';

function freshPath(): string {
  return join(folder, `${++files}.duckdb`);
}

function freshPool(options: OpenPoolOptions = {}, path = freshPath()): Pool {
  const pool = openPool({ path }, options);
  pools.push(pool);
  return pool;
}

const children = new Set<ChildProcess>();

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await Promise.all(pools.splice(0).map(pool => pool.dispose()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** When the statement of this tag is in the engine's hands. */
async function running(pool: Pool, tag: string): Promise<void> {
  while (!pool.status().holders.some(holder => holder.tag === tag && holder.runningMs !== null)) {
    await new Promise(resolve => setImmediate(resolve));
  }
}

/** Runs `fixtures/threads.ts` as a program of its own with so many threads; resolves to its lines when it has ended. */
async function program(scene: string, threads: number): Promise<{ lines: string[]; code: number | null }> {
  const out = join(root, 'dist');
  mkdirSync(out, { recursive: true });
  const bundle = join(mkdtempSync(join(out, 'test-')), 'threads.js');
  await build({
    absWorkingDir: root,
    entryPoints: [join(root, 'test/store/pool/fixtures/threads.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  const env = { ...process.env, UV_THREADPOOL_SIZE: String(threads) };
  const child = spawn(process.execPath, [bundle, scene, freshPath()], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  let text = '';
  child.stdout.on('data', chunk => {
    text += chunk;
  });
  const code = await new Promise<number | null>(resolve => child.on('close', resolve));
  rmSync(dirname(bundle), { recursive: true, force: true });
  return { lines: text.trim().split('\n'), code };
}

describe('1: closing a busy connection', () => {
  it('settles every promise, leaves the threads free, and the process ends', async () => {
    const { lines, code } = await program('dispose', 8);
    expect(lines).toEqual(['running 4', 'closed closed closed closed', 'fs.stat answers', 'end']);
    expect(code).toBe(0);
  });
});

describe('2: long statements on all threads', () => {
  it('delay neither file calls, nor a status, nor the prompt', async () => {
    const { lines, code } = await program('threads', 4);
    expect(lines).toEqual(['running 1 waiting 3', 'fs.stat answers', 'prompt 42', 'cancelled 4', 'end']);
    expect(code).toBe(0);
  });
});

describe('3: interrupting what has not started', () => {
  it('never starts a statement that was cancelled while it waited for a thread', async () => {
    const pool = freshPool({ gate: new Gate(3) });
    await pool.execute('CREATE TABLE t (x INT)');
    const long = new AbortController();
    const first = pool.query(endless, undefined, { signal: long.signal, tag: 'long' }).catch(error => error);
    await running(pool, 'long');
    const waiting = new AbortController();
    const second = pool
      .execute('INSERT INTO t VALUES (1)', undefined, { signal: waiting.signal })
      .catch(error => error);
    while (pool.status().runningWaiting === 0) await new Promise(resolve => setImmediate(resolve));
    waiting.abort();
    expect(await second).toMatchObject({ kind: 'interrupted' });
    long.abort();
    expect(await first).toMatchObject({ kind: 'interrupted' });
    expect((await pool.query('SELECT count(*) FROM t')).rows).toEqual([[0n]]);
  });

  it('interrupts again what was queued behind other work of the process', async () => {
    const { lines } = await program('queued', 3);
    expect(lines).toEqual(['interrupted', 'end']);
  });
});

describe('4: a stream and its connection', () => {
  it('refuses a second statement, and the stream stays whole', async () => {
    const pool = freshPool();
    await pool.use(async connection => {
      const stream = await connection.stream('SELECT range FROM range(100_000)');
      await expect(connection.query('SELECT 1')).rejects.toThrow('still being read');
      let rows = 0;
      for await (const chunk of stream) rows += chunk.length;
      expect(rows).toBe(100_000);
      expect((await connection.query('SELECT 1')).rows).toEqual([[1]]);
    });
  });

  it('throws when a result breaks half-way, with the engine’s reason', async () => {
    const pool = freshPool();
    const sql = "SELECT CASE WHEN range < 900_000 THEN 1 ELSE error('late') END AS x FROM range(6_000_000)";
    for (const inTransaction of [false, true]) {
      await pool.use(async connection => {
        if (inTransaction) await connection.execute('BEGIN');
        let rows = 0;
        const read = async () => {
          for await (const chunk of await connection.stream(sql)) rows += chunk.length;
        };
        await expect(read()).rejects.toThrow(inTransaction ? /failed after \d+ rows/ : 'late');
        expect(rows).toBeGreaterThan(0);
        expect(connection.transactionState()).toBe(inTransaction ? 'aborted' : 'none');
        if (inTransaction) await connection.execute('ROLLBACK');
      });
    }
  });

  it('reports what was returned with something open, and lends none of it on', async () => {
    const pool = freshPool({ size: 1, maxOverflow: 0 });
    await pool.execute('CREATE TABLE t (x INT)');
    const reports: string[] = [];
    pool.on('misuse', ({ what }) => reports.push(what));

    const streaming = await pool.acquire();
    await streaming.stream('SELECT range FROM range(10_000_000)');
    await streaming.release();
    expect((await pool.query('SELECT 1')).rows).toEqual([[1]]);

    const appending = await pool.acquire();
    const raw = appending.raw;
    const appender = await raw.createAppender('t');
    appender.appendInteger(1);
    appender.endRow();
    await appending.release();
    expect(() => raw.run('SELECT 1')).toThrow('returned to the pool');
    expect((await pool.query('SELECT count(*) FROM t')).rows).toEqual([[0n]]);

    const open = await pool.acquire();
    await open.execute('BEGIN');
    await open.execute('INSERT INTO t VALUES (2)');
    await open.release();
    expect((await pool.query('SELECT count(*) FROM t')).rows).toEqual([[0n]]);

    const busy = await pool.acquire();
    const lost = busy.query(endless).catch(error => error);
    await busy.release();
    expect(await lost).toBeInstanceOf(Error);
    expect((await pool.query('SELECT 1')).rows).toEqual([[1]]);

    await expect(open.release()).rejects.toThrow('twice');
    await expect(open.query('SELECT 1')).rejects.toThrow('after it was returned');
    expect(reports).toEqual([
      'returned with an open result',
      'returned with an open appender',
      'returned with a transaction (open)',
      'returned with a running statement',
      'returned twice',
      'query after its return',
    ]);
    expect(pool.status()).toMatchObject({ misused: 6, checkedOut: 0 });
  });

  it('closes an appender’s connection only after its rows', async () => {
    const pool = freshPool();
    await pool.execute('CREATE TABLE t (x INT)');
    await pool.use(async ({ raw }) => {
      const appender = await raw.createAppender('t');
      appender.appendInteger(1);
      appender.endRow();
      appender.closeSync();
    });
    expect((await pool.query('SELECT count(*) FROM t')).rows).toEqual([[1n]]);
    expect(pool.status().misused).toBe(0);
  });
});

describe('5: two instances of one file', () => {
  it('never exist: every path to a file leads to the same instance', async () => {
    const path = freshPath();
    const link = freshPath();
    symlinkSync(path, link);
    const [first, second] = await Promise.all([openInstance(path), openInstance(link)]);
    expect(second).toBe(first);
    const hard = freshPath();
    linkSync(path, hard);
    expect(await openInstance(hard)).toBe(first);
    expect(await openInstance(relative(process.cwd(), path))).toBe(first);
    for (let users = 4; users > 0; users--) await first.close();
    const again = await openInstance(path);
    expect(again).not.toBe(first);
    await again.close();
  });

  it('refuses other settings for a file that is open', async () => {
    const path = freshPath();
    const instance = await openInstance(path);
    await expect(openInstance(path, { readOnly: true })).rejects.toMatchObject({ kind: 'usage' });
    await expect(openInstance(path, { settings: { threads: '1' } })).rejects.toThrow('other settings');
    await instance.close();
    const reader = await openInstance(path, { readOnly: true });
    await reader.close();
  });
});

describe('6: a fatal error of the engine', () => {
  it('opens the file again once, on the next checkout, with waiters kept and rows intact', async () => {
    const pool = freshPool({ size: 4, maxOverflow: 0 });
    const reopened: string[] = [];
    pool.on('reopen', ({ cause }) => reopened.push(cause));
    await pool.execute('CREATE TABLE kept AS SELECT 42 AS x');
    const held = await pool.acquire({ lane: 'interactive', tag: 'prompt' });
    const breaking = await pool.acquire();
    await breaking.execute("SET debug_checkpoint_abort = 'before_header'");
    const third = await pool.acquire();
    const waiters = Array.from({ length: 10 }, () => pool.query('SELECT x FROM kept'));
    await breaking.execute('INSERT INTO kept VALUES (43)');
    await expect(breaking.execute('CHECKPOINT')).rejects.toMatchObject({ errorType: 'FATAL' });
    for (const { rows } of await Promise.all(waiters)) expect(rows).toEqual([[42], [43]]);
    expect(reopened).toHaveLength(1);
    expect(held.lost()).toContain('engine failed');
    await expect(held.query('SELECT 1')).rejects.toThrow('engine failed');
    for (const lease of [held, breaking, third]) await lease.release();
    expect(pool.status()).toMatchObject({ checkedOut: 0, waiting: 0 });
    const { opened, closed, checkedIn } = pool.status();
    expect(opened - closed).toBe(checkedIn);
  });
});

describe('7: an interrupt inside a transaction', () => {
  it('leaves it aborted, which is said, until ROLLBACK', async () => {
    const pool = freshPool();
    await using prompt = await pool.acquire({ lane: 'interactive', tag: 'prompt' });
    await prompt.execute('BEGIN');
    expect(prompt.transactionState()).toBe('open');
    await expect(prompt.query('SELECT nope')).rejects.toMatchObject({ errorType: 'Binder' });
    expect(prompt.transactionState()).toBe('open');
    const stop = new AbortController();
    const stopped = prompt.query(endless, undefined, { signal: stop.signal }).catch(error => error);
    await running(pool, 'prompt');
    stop.abort();
    expect(await stopped).toMatchObject({ kind: 'interrupted' });
    expect(prompt.transactionState()).toBe('aborted');
    await expect(prompt.query('SELECT 1')).rejects.toThrow('aborted');
    await prompt.execute('ROLLBACK');
    expect(prompt.transactionState()).toBe('none');
    expect((await prompt.query('SELECT 1')).rows).toEqual([[1]]);
  });

  it('does not reach the next borrower', async () => {
    const pool = freshPool({ size: 1, maxOverflow: 0 });
    const lease = await pool.acquire();
    await lease.execute('BEGIN');
    await expect(lease.query("SELECT error('x')")).rejects.toThrow('x');
    expect(lease.transactionState()).toBe('aborted');
    await lease.release();
    expect((await pool.query('SELECT 1')).rows).toEqual([[1]]);
  });
});

describe('8: work on the JavaScript thread', () => {
  it('is none: the loop turns while a statement runs', async () => {
    const pool = freshPool();
    let turns = 0;
    let done = false;
    const query = pool
      .query('SELECT count(*) FROM range(10_000) a, range(10_000) b WHERE (a.range + b.range) % 7 = 1')
      .finally(() => {
        done = true;
      });
    while (!done) {
      await new Promise(resolve => setImmediate(resolve));
      turns++;
    }
    await query;
    expect(turns).toBeGreaterThan(20);
    const sources = ['session', 'stream', 'pool'].map(name =>
      readFileSync(join(root, `src/store/pool/${name}.ts`), 'utf8'),
    );
    expect(sources.join('')).not.toMatch(/runTask|\.start\(|runAndRead/);
  });

  it('streams what could never be held', async () => {
    const pool = freshPool();
    const stream = await pool.stream('SELECT range FROM range(1_000_000_000_000)');
    for await (const rows of stream) {
      expect(rows).toHaveLength(2048);
      break;
    }
    expect(pool.status().checkedOut).toBe(0);
    expect((await pool.query('SELECT 1')).rows).toEqual([[1]]);
  });
});

describe('9: a file held by another process', () => {
  it('names the process, also to a reader, and opens when it has gone', async () => {
    const path = freshPath();
    const code = `require('@duckdb/node-api').DuckDBInstance.create(process.argv[1]).then(held => { globalThis.held = held; console.log('held'); setInterval(() => {}, 1000) })`;
    const child = spawn(process.execPath, ['-e', code, path], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(child);
    await new Promise(resolve => child.stdout.once('data', resolve));
    for (const readOnly of [false, true]) {
      const error = await openInstance(path, { readOnly }).catch(thrown => thrown);
      expect(error).toMatchObject({ kind: 'failed' });
      expect(error.message).toContain(`process ${child.pid}`);
      expect(error.next).toContain('release');
    }
    const pool = freshPool({}, path);
    await expect(pool.query('SELECT 1')).rejects.toThrow(`process ${child.pid}`);
    const gone = new Promise(resolve => child.once('close', resolve));
    child.kill('SIGKILL');
    await gone;
    expect((await pool.query('SELECT 1')).rows).toEqual([[1]]);
    expect(pool.status()).toMatchObject({ failedOpens: 1, checkedOut: 0 });
  });
});

describe('10: COMMIT after an error', () => {
  it('is never sent for a transaction of ours, though its work went on', async () => {
    const pool = freshPool();
    await pool.execute('CREATE TABLE t (x INT)');
    for (const broken of ["SELECT error('x')", 'SELECT nope', 'SELEC 1']) {
      const failed = pool.transaction(async connection => {
        await connection.execute('INSERT INTO t VALUES (1)');
        await connection.query(broken).catch(() => undefined);
      });
      await expect(failed).rejects.toBeInstanceOf(StatementError);
    }
    await expect(
      pool.transaction(async connection => {
        await connection.execute('INSERT INTO t VALUES (1)');
        throw new Error('of our own');
      }),
    ).rejects.toThrow('of our own');
    expect((await pool.query('SELECT count(*) FROM t')).rows).toEqual([[0n]]);
    await pool.transaction(connection => connection.execute('INSERT INTO t VALUES (1)'));
    expect((await pool.query('SELECT count(*) FROM t')).rows).toEqual([[1n]]);
  });

  it('says of a user’s transaction that nothing was stored', async () => {
    const pool = freshPool();
    await pool.execute('CREATE TABLE t (x INT)');
    await using prompt = await pool.acquire({ lane: 'interactive' });
    await prompt.execute('BEGIN; INSERT INTO t VALUES (1)');
    expect(prompt.transactionState()).toBe('open');
    await expect(prompt.query("SELECT error('x')")).rejects.toThrow('x');
    await expect(prompt.execute('COMMIT')).rejects.toThrow('nothing of it is stored');
    expect(prompt.transactionState()).toBe('none');
  });
});

describe('11: writers against each other', () => {
  it('stores 400 of 400 upserts of 8 writers on 5 keys', async () => {
    const pool = freshPool();
    await pool.execute('CREATE TABLE counts (key INT PRIMARY KEY, n INT)');
    const writer = async (number: number) => {
      for (let index = 0; index < 50; index++) {
        await pool.write(
          connection =>
            connection.execute('INSERT INTO counts VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1', [index % 5]),
          { tag: `writer ${number}` },
        );
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, number) => writer(number)));
    expect((await pool.query('SELECT sum(n), count(*) FROM counts')).rows).toEqual([[400n, 5n]]);
  });

  it('does a whole transaction again when one outside the lane was first, and nothing else again', async () => {
    const pool = freshPool();
    await pool.execute('CREATE TABLE t (key INT, n INT); INSERT INTO t VALUES (1, 0)');
    await using user = await pool.acquire({ lane: 'interactive' });
    await user.execute('BEGIN; UPDATE t SET n = 10');
    let tries = 0;
    await pool.write(async connection => {
      tries++;
      if (tries === 3) await user.execute('COMMIT');
      await connection.execute('UPDATE t SET n = n + 1');
    });
    expect(tries).toBe(3);
    expect((await pool.query('SELECT n FROM t')).rows).toEqual([[11]]);
    let others = 0;
    const failing = pool.write(async connection => {
      others++;
      await connection.query("SELECT error('no conflict')");
    });
    await expect(failing).rejects.toThrow('no conflict');
    expect(others).toBe(1);
  });

  it('waits for a user who took the right to write', async () => {
    const pool = freshPool();
    await pool.execute('CREATE TABLE t (x INT)');
    await using prompt = await pool.acquire({ lane: 'interactive' });
    const turn = await pool.writeTurn({ tag: 'prompt' });
    await prompt.execute('BEGIN; INSERT INTO t VALUES (1)');
    const order: string[] = [];
    const job = pool
      .write(connection => connection.execute('INSERT INTO t VALUES (2)'), { tag: 'job' })
      .then(() => order.push('job'));
    expect(pool.status()).toMatchObject({ writer: 'prompt', waiting: 1 });
    await prompt.execute('COMMIT');
    order.push('user');
    turn.release();
    await job;
    expect(order).toEqual(['user', 'job']);
  });
});

describe('a statement that is prepared before rows come and run after', () => {
  it.each([
    ['SELECT s FROM t ORDER BY n DESC LIMIT 1', ['parked and more']],
    ['SELECT count(*) FROM t WHERE n > 100', [1n]],
    ['SELECT count(*) FROM t WHERE maybe IS NULL', [1n]],
    ['SELECT n, count(*) FROM t GROUP BY n ORDER BY n DESC LIMIT 1', [1000, 1n]],
    ['SELECT DISTINCT n FROM t ORDER BY n DESC LIMIT 1', [1000]],
    ['SELECT count(*) FROM t JOIN t u USING (n) WHERE u.n > 100', [1n]],
    ['SELECT max(n) FROM t', [1000]],
  ])('%s is true of all of them', async (sql, row) => {
    const pool = freshPool();
    await pool.execute('CREATE TABLE t (n INT, s VARCHAR, maybe VARCHAR)');
    await pool.execute("INSERT INTO t SELECT i, 'a', 'b' FROM range(10) r (i)");
    await using connection = await pool.acquire();
    await connection.query(sql);
    await pool.write(writer => writer.execute("INSERT INTO t VALUES (1000, 'parked and more', NULL)"));
    expect((await connection.query(sql)).rows[0]).toEqual(row);
  });
});
