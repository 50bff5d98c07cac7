/** Work before the turn to write: on the same connection, while somebody else writes, never instead of a reader's place. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/store/connection.ts';
import { openPool, type Pool } from '../../../src/store/pool/pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'duckline-ahead-'));
const pools: Pool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map(pool => pool.dispose()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
async function freshPool(options: Parameters<typeof openPool>[1] = {}): Promise<Pool> {
  const pool = openPool({ path: join(folder, `${++files}.duckdb`) }, options);
  pools.push(pool);
  await pool.execute('create table t (i integer)');
  return pool;
}

const stage = async (connection: Connection) => {
  await connection.execute('create or replace temp table staged as select 7 as i');
};
const merge = (connection: Connection) => connection.execute('insert into t from staged');
const held = (pool: Pool) => pool.status().lanes.map(({ lane, held }) => `${lane} ${held}`);

describe('a write with work before its turn', () => {
  it('does that work while another writes, and is a writer from its turn on', async () => {
    const pool = await freshPool();
    const turn = await pool.writeTurn({ tag: 'somebody' });
    let staged = false;
    let seen: readonly string[] = [];
    const written = pool.write(
      async connection => {
        seen = held(pool);
        return merge(connection);
      },
      {
        tag: 'me',
        before: async connection => {
          await stage(connection);
          staged = true;
        },
      },
    );
    await expect.poll(() => staged).toBe(true);
    expect(held(pool)).toEqual(['interactive 0', 'write 0', 'read 1']);
    expect(pool.status().writer).toBe('somebody');
    turn.release();
    expect(await written).toBe(1);
    expect(seen).toEqual(['interactive 0', 'write 1', 'read 0']);
    expect(held(pool)).toEqual(['interactive 0', 'write 0', 'read 0']);
    expect((await pool.query('from t')).rows).toEqual([[7]]);
  });

  it('waits for its turn first where readers have all connections but those kept', async () => {
    const pool = await freshPool({ size: 3, maxOverflow: 0 });
    const reader = await pool.acquire({ tag: 'reader' });
    const turn = await pool.writeTurn({ tag: 'somebody' });
    const order: string[] = [];
    const written = pool.write(merge, {
      before: async connection => {
        order.push('before');
        await stage(connection);
      },
    });
    // Whoever has the turn can have the connection that is kept for writing.
    const lease = await pool.acquire({ lane: 'interactive' });
    await lease.execute('insert into t values (1)');
    order.push('turn given');
    turn.release();
    expect(await written).toBe(1);
    expect(order).toEqual(['turn given', 'before']);
    await lease.release();
    await reader.release();
    expect(held(pool)).toEqual(['interactive 0', 'write 0', 'read 0']);
  });

  it('leaves nothing held when that work fails, or when the turn does not come', async () => {
    const pool = await freshPool({ timeoutMs: 300 });
    await expect(pool.write(merge, { before: () => Promise.reject(new Error('no room on disk')) })).rejects.toThrow(
      'no room on disk',
    );
    const turn = await pool.writeTurn({ tag: 'somebody' });
    await expect(pool.write(merge, { before: stage })).rejects.toThrow(/write lane was not free/);
    const giveUp = new AbortController();
    let staged: () => void = () => {};
    const begun = new Promise<void>(resolve => {
      staged = resolve;
    });
    const written = pool.write(merge, {
      signal: giveUp.signal,
      before: async connection => {
        await stage(connection);
        staged();
      },
    });
    await begun;
    giveUp.abort();
    await expect(written).rejects.toThrow();
    turn.release();
    expect(held(pool)).toEqual(['interactive 0', 'write 0', 'read 0']);
    expect(pool.status().writer).toBeNull();
    expect(await pool.write(merge, { before: stage })).toBe(1);
    expect((await pool.query('from t')).rows).toEqual([[7]]);
  });

  it('is refused before anything is done where the file is read-only', async () => {
    const { path } = await freshPool();
    await Promise.all(pools.splice(0).map(pool => pool.dispose()));
    const pool = openPool({ path, readOnly: true });
    pools.push(pool);
    let done = false;
    const before = async () => {
      done = true;
    };
    await expect(pool.write(merge, { before })).rejects.toThrow(/read-only/);
    expect(done).toBe(false);
  });
});
