/** Commands and scripts through the built program: what goes to which stream, in which form, with which exit code. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alive, childrenOf, ended, Home, type RunningGateway, root } from '../slice/program.ts';

let home: Home;
let gateway: RunningGateway;
let file: string;

beforeAll(async () => {
  home = new Home({ DUCKLINE_NOW: '2026-11-20T20:00:00+08:00' });
  gateway = await home.gateway('--demo');
  file = home.path('market.duckdb');
});

afterAll(async () => {
  await gateway.stop();
  home.close();
});

function duckline(...args: string[]) {
  return home.run(['--db', file, '--endpoint', gateway.endpoint, ...args]);
}

describe('fetch', () => {
  it('prints one object with counts that add up, and asks for nothing twice', async () => {
    const first = await duckline('fetch', '600519', '000001', '--from', '2026-01-01', '--json');
    expect(first.code).toBe(0);
    expect(first.out.trim().split('\n')).toHaveLength(1);
    const counts = JSON.parse(first.out);
    expect(counts).toMatchObject({ planned: 2, ok: 2, empty: 0, failed: 0, left: 0, quarantined: 0, end: 'ok' });
    expect(counts.rows).toBeGreaterThan(300);
    const again = JSON.parse((await duckline('fetch', '600519', 'sz.000001', '--from', '2026-01-01', '--json')).out);
    expect(again).toMatchObject({ planned: 0, rows: 0, covered: 2, requests: 0 });
  });

  it('tells each code with its name, and what a bare code was taken for', async () => {
    const { out, err, code } = await duckline('fetch', '600519', '000001', '--from', '2026-01-01');
    expect(code).toBe(0);
    expect(out).toMatch(/sh\.600519 {2}贵州茅台 +\d+ bars {2}2026-01-05 … 2026-11-20 {2}stored before/);
    expect(out).toMatch(/sz\.000001 {2}平安银行 .*took the stock; the index is sh\.000001/);
    expect(err).toMatch(/^ {2}fetch \d+: fetch 600519 000001 --from 2026-01-01 with 5 workers$/m);
  });

  it('is told how it was typed in runs', async () => {
    const { runs } = JSON.parse((await duckline('runs', '1', '--json')).out);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({
      run: 1,
      what: 'fetch 600519 000001 --from 2026-01-01',
      end: 'ok',
      source: 'baostock',
    });
  });

  it('ends with 130 at SIGINT, and keeps what is stored', async () => {
    const slow = await home.gateway('--demo', '--latency', '400');
    const child = home.start([
      '--db',
      home.path('slow.duckdb'),
      '--endpoint',
      slow.endpoint,
      '--workers',
      '2',
      'fetch',
      '--all',
      '--from',
      '-20s',
      '--json',
    ]);
    const end = ended(child);
    await new Promise<void>(resolve =>
      child.stderr?.on('data', chunk => String(chunk).includes('planned') && resolve()),
    );
    child.kill('SIGINT');
    const { code, out } = await end;
    expect(code).toBe(130);
    const counts = JSON.parse(out);
    expect(counts).toMatchObject({ end: 'cancelled' });
    expect(counts.left).toBeGreaterThan(0);
    expect(counts.planned).toBe(counts.ok + counts.empty + counts.failed + counts.left);
    await slow.stop();
  });
});

describe('looking', () => {
  it('prints text, and with --json exactly one object a command', async () => {
    const lines = ['runs', 'failures', 'pool', 'tables', 'tables daily', 'jobs', 'help', 'help fetch', 'help keys'];
    const text = await duckline('-c', lines.join('\n'));
    expect(text).toMatchObject({ code: 0, err: '' });
    const json = await duckline('-c', lines.join('\n'), '--json');
    expect(json).toMatchObject({ code: 0, err: '' });
    const objects = json.out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(objects).toHaveLength(lines.length);
    for (const object of objects) expect(object).toMatchObject({ version: 1 });
  });

  it('lists every column of a table with its unit', async () => {
    expect((await duckline('tables', 'daily')).out).toMatch(/amount +double +yuan traded/);
  });

  it('gives help on every command from its own declaration', async () => {
    const names = ['fetch', 'failures', 'retry', 'pool', 'runs', 'tables', 'jobs', 'cancel', 'help', 'quit', 'gateway'];
    const { out, code } = await duckline('-c', names.map(name => `${name} --help`).join('\n'));
    expect(code).toBe(0);
    for (const name of names) expect(out).toMatch(new RegExp(`^ {2}${name}( |$)`, 'm'));
    expect(out.match(/--json/g)).toHaveLength(names.length);
    expect((await duckline('fetch', '--help')).out).toMatch(/^ {2}fetch CODES… {2}[\s\S]*--from DATE/);
  });

  it('refuses what it does not know in one sentence', async () => {
    expect(await duckline('runs', '99')).toMatchObject({ code: 2, err: expect.stringMatching(/no run 99/) });
    expect(await duckline('tables', 'dayly')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/did you mean daily/),
    });
    expect(await duckline('failures', '--class', 'netwrk')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/network/),
    });
    expect(await duckline('retry')).toMatchObject({ code: 2, err: expect.stringMatching(/needs codes, or --all/) });
    expect(await duckline('--formt', 'csv')).toMatchObject({ code: 2, err: expect.stringMatching(/--format/) });
  });

  it('tells errors as JSON where JSON is asked for', async () => {
    const { out, err, code } = await duckline('runs', 'x', '--json');
    expect({ out, code }).toEqual({ out: '', code: 2 });
    expect(JSON.parse(err)).toMatchObject({ error: { kind: 'usage', message: expect.stringContaining('x') } });
  });
});

describe('scripts', () => {
  it('run -c and -f in their order, SQL and commands mixed', async () => {
    const notes = home.path('notes.sql');
    writeFileSync(notes, '\ufeff-- %% first\nselect 2 as x;\nruns\n-- the end\nselect 3 as x', 'utf8');
    const { out, code } = await duckline('-c', 'select 1 as x', '-f', notes, '-c', 'select 4 as x', '--format', 'csv');
    expect(code).toBe(0);
    expect(out).toMatch(/^x\n1\nx\n2\n +run .*\n[\s\S]*x\n3\nx\n4\n$/);
  });

  it('read standard input', async () => {
    const { out, code } = await home.run(['--db', file, '--format', 'jsonl'], 'select 1 as x; select null as y;');
    expect({ out, code }).toEqual({ out: '{"x":1}\n{"y":null}\n', code: 0 });
  });

  it('stop at the first failure and say where', async () => {
    const notes = home.path('broken.sql');
    writeFileSync(notes, "select 1 as x;\nselect '贵州茅台',\n  收盘价x from daily;\nselect 3 as x;\n");
    const { out, err, code } = await duckline('-f', notes, '-c', 'select 4', '--format', 'csv');
    expect(code).toBe(1);
    expect(out).toBe('x\n1\n');
    expect(err.split('\n')).toEqual([
      '  error  broken.sql, statement 2 of 3, line 3, column 3: daily has no column 收盘价x',
      '           收盘价x from daily;',
      '           ^^^^^^^',
      expect.stringMatching(/did you mean {2}close/),
      '',
    ]);
  });

  it('keep a transaction from text to text', async () => {
    const { out } = await duckline(
      '-c',
      'create table kept (i int); begin; insert into kept values (1)',
      '-c',
      'rollback',
      '-c',
      'select count(*) as n from kept',
      '--format',
      'csv',
    );
    expect(out).toBe('n\n0\n');
  });

  it('say that a file is not there', async () => {
    mkdirSync(home.path('folder.sql'));
    expect(await duckline('-f', home.path('none.sql'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no such file/),
    });
    expect(await duckline('-f', home.path('folder.sql'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/folder/),
    });
  });

  it('write a table whole where nobody cuts it to a window', async () => {
    const { out, err } = await duckline('-c', "select range as n, repeat('很长', 200) as s from range(300)");
    expect(out.trimEnd().split('\n')).toHaveLength(303);
    expect(out).not.toContain('…');
    expect(err).toBe('');
  });

  it('narrate what changed on standard error', async () => {
    expect(await duckline('-c', 'create table noted as select 1 as i; drop table noted')).toMatchObject({
      out: '',
      code: 0,
      err: expect.stringMatching(/1 row created[\s\S]*dropped/),
    });
    const made = await duckline(
      '-c',
      'create table empty_one (i int, j int as (i + 1)); create view seen as select 1; create index by_i on empty_one (i); create macro twice(x) as table select x; drop view seen; drop table empty_one',
    );
    expect(made.err.match(/^ +\S.*$/gm)?.map(row => row.split(' ·')[0]?.trim())).toEqual([
      ...Array(4).fill('created'),
      ...Array(2).fill('dropped'),
    ]);
  });

  it('end quietly when nobody reads any more', async () => {
    const command = `"${process.execPath}" "${root}/dist/duckline.cjs" --db "${file}" -c "from range(10000000)" --format csv | head -1; echo "\${PIPESTATUS[0]}"`;
    const child = spawn('bash', ['-c', command], { env: home.environment, stdio: ['ignore', 'pipe', 'pipe'] });
    expect(await ended(child)).toMatchObject({ out: 'range\n0\n', err: '', code: 0 });
  });

  it('end with 130 at SIGINT', async () => {
    const child = home.start([
      '--db',
      home.path('interrupted.duckdb'),
      '-c',
      'select 1 as x',
      '-c',
      'select count(*) from range(100000000000) a, range(1000) b',
      '--format',
      'csv',
    ]);
    const end = ended(child);
    let seen = '';
    await new Promise<void>(resolve =>
      child.stdout?.on('data', chunk => {
        seen += chunk;
        if (seen === 'x\n1\n') resolve();
      }),
    );
    child.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130, out: 'x\n1\n' });
  });

  it('say that an error ended their transaction, which then is not stored', async () => {
    const { code, err } = await duckline(
      '-c',
      'create table ended (i int)',
      '-c',
      'begin; insert into ended values (1); select nope',
    );
    expect(code).toBe(1);
    expect(err).toMatch(/rolled back: nothing of it is stored/);
    expect((await duckline('-c', 'select count(*) from ended', '--format', 'csv')).out).toMatch(/\n0\n/);
  });

  it('change nothing in a file that is open read-only', async () => {
    const { code, err } = await duckline('--read-only', '-c', 'select count(*) from daily; create table x (i int)');
    expect(code).not.toBe(0);
    expect(err).toMatch(/read-only/i);
    expect(await duckline('--read-only', 'fetch', '600519')).toMatchObject({
      code: 4,
      err: expect.stringMatching(/read-only/),
    });
  });
});

describe('the demo', () => {
  it('loads its first codes once, in a file of its own', async () => {
    const query = [
      '--demo',
      '-c',
      'select count(distinct code) as codes, max(date) as newest from daily',
      '--format',
      'csv',
    ];
    const first = await home.run(query);
    expect(first).toMatchObject({ code: 0, out: 'codes,newest\n20,2026-11-20\n' });
    expect(first.err).toMatch(/20 tasks planned/);
    expect(await home.run(query)).toMatchObject({ code: 0, out: 'codes,newest\n20,2026-11-20\n', err: '' });
    expect((await home.run(['--db', home.path('data/duckline/demo.duckdb'), '-c', 'select 1'])).err).toMatch(/demo/);
  });

  it('leaves no child behind, also after kill -9', async () => {
    const child = home.start(['--demo', '--db', home.path('killed.duckdb'), '-c', 'fetch --all --from -20s']);
    await new Promise<void>(resolve =>
      child.stderr?.on('data', chunk => String(chunk).includes('planned') && resolve()),
    );
    const children = await childrenOf(child.pid as number);
    expect(children.length).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await expect.poll(() => children.filter(alive), { timeout: 10_000 }).toEqual([]);
  });
});

describe('the program', () => {
  it('loads neither the database engine nor the worker pool before it needs them', () => {
    const { outputs } = JSON.parse(readFileSync(join(root, 'dist/main.meta.json'), 'utf8')) as {
      outputs: Record<string, { entryPoint?: string; imports: { path: string; kind: string }[] }>;
    };
    const seen = new Set<string>();
    const visit = (name: string): void => {
      if (seen.has(name)) return;
      seen.add(name);
      for (const { path, kind } of outputs[name]?.imports ?? []) if (kind === 'import-statement') visit(path);
    };
    visit(Object.keys(outputs).find(name => outputs[name]?.entryPoint === 'src/main.ts') ?? '');
    expect(seen.size).toBeGreaterThan(5);
    expect([...seen].filter(name => /duckdb\/node-bindings|^tinypool$/.test(name))).toEqual([]);
  });

  it('tells its version and its help', async () => {
    expect(await duckline('--version')).toMatchObject({
      out: expect.stringMatching(/^duckline \d+\.\d+\.\d+\n$/),
      code: 0,
    });
    expect(await duckline('--help')).toMatchObject({ out: expect.stringContaining('duckline fetch 600519'), code: 0 });
  });

  it('points to the option that was meant', async () => {
    expect(await home.run(['market.duckdb'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--db market.duckdb'),
    });
    expect(await home.run(['notes.sql'])).toMatchObject({ code: 2, err: expect.stringContaining('-f notes.sql') });
    expect(await home.run(['select 1'])).toMatchObject({ code: 2, err: expect.stringContaining("-c 'select 1'") });
    expect(await home.run(['--db'])).toMatchObject({ code: 2, err: expect.stringContaining('--db needs a value') });
  });
});
