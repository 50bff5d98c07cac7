/** `pool` and `release` through the built program, as a script uses them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from '../slice/program.ts';

let home: Home;

beforeAll(() => {
  home = new Home({ DUCKLINE_NOW: '2026-11-20T20:00:00+08:00' });
});
afterAll(() => home.close());

function duckline(...args: string[]) {
  return home.run(['--db', home.path('market.duckdb'), ...args]);
}

describe('pool', () => {
  it('shows every figure as text', async () => {
    const { out, err, code } = await duckline('pool');
    expect({ err, code }).toEqual({ err: '', code: 0 });
    expect(out).toMatch(
      /connections {2}size 5 \+ 10 · checked out 0 · checked in \d · overflow 0 · waiting 0 · 0 % used/,
    );
    expect(out).toMatch(/wait p50 .* · opened \d · recycled 0 · invalidated 0 · leaked 0/);
    expect(out).toMatch(/preset default · timeout 30\.0 s · recycle 1:00:00 · 0 of 18 statements running/);
    expect(out).toMatch(/lanes +interactive 0 · write 0 · read 0/);
    expect(out).toMatch(/requests +0 of 45,000 today/);
    expect(out).toMatch(/file .*market\.duckdb .* · wal .* · DuckDB 1\.5\.6/);
  });

  it('gives the same figures as one object and as SQL', async () => {
    const json = JSON.parse((await duckline('pool', '--json')).out);
    expect(json).toMatchObject({ version: 1, requests: { used: 0, budget: 45_000 }, workers: [], holders: [] });
    expect(json.connections).toMatchObject({ size: 5, maxOverflow: 10, runningLimit: 18, preset: 'default' });
    const sql =
      'pool set max-overflow 3; select size, max_overflow, checked_out, running_limit, request_budget from meta.pool';
    const { out, err } = await duckline('-c', sql, '--format', 'csv');
    expect(err).toMatch(/max-overflow is 3, was 10\./);
    expect(out).toBe('size,max_overflow,checked_out,running_limit,request_budget\n5,3,1,18,45000\n');
  });

  it('refuses to watch where nothing can be redrawn', async () => {
    const { out, err, code } = await duckline('pool', '--watch');
    expect({ out, code }).toEqual({ out: '', code: 2 });
    expect(err).toMatch(/needs a terminal/);
  });
});

describe('a script', () => {
  it('is told at once that its own transaction keeps a fetch from storing', async () => {
    const { err, code } = await duckline('-c', 'begin; delete from meta.failures; fetch 600519');
    expect(code).toBe(4);
    expect(err).toMatch(/the open transaction of \[1\] holds the write lane, so fetch could store nothing/);
    expect(err).toMatch(/commit or rollback/);
  });

  it('may go on after release', async () => {
    const { out, code } = await duckline('-c', 'select 1 as a; release; select 2 as b', '--format', 'csv');
    expect({ out, code }).toEqual({ out: 'a\n1\nb\n2\n', code: 0 });
  });
});
