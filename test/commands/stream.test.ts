/** Results that stream out of the program: whole, in order, in bounded memory, and quietly ended. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, Home, root } from '../slice/program.ts';

let home: Home;
beforeAll(() => {
  home = new Home();
  // Nothing may stay behind in it.
  home.environment.TMPDIR = home.path('');
});
afterAll(() => home.close());

const duckline = (...args: string[]) => home.run(['--db', ':memory:', ...args]);
const leftBehind = (): string[] => readdirSync(home.path('')).filter(name => name.startsWith('duckline-'));

describe('a stream', () => {
  it('to a file comes in the order of its statements, whoever writes each', async () => {
    const file = home.path('out.csv');
    const out = openSync(file, 'w');
    const child = spawn(
      process.execPath,
      [
        ...[`${root}/dist/duckline.cjs`, '--db', ':memory:', '--format', 'csv', '-c', 'select 1 as x'],
        // The engine writes none of these.
        ...['-c', 'describe select 1 as y; begin; select 2 as x; commit', '-c', 'select 3 as x, 4 as x'],
        ...['-c', "select '#' as x, '' as y, null as z; -- the end", '-c', 'from range(100000)', '-c', 'values (5)'],
      ],
      { env: home.environment, stdio: ['ignore', out, 'pipe'] },
    );
    const { code } = await ended(child);
    closeSync(out);
    expect(code).toBe(0);
    const text = readFileSync(file, 'utf8');
    const numbers = Array.from({ length: 100_000 }, (_, index) => `${index}\n`).join('');
    expect(text.slice(0, text.indexOf('range'))).toBe(
      'x\n1\ncolumn_name,column_type,null,key,default,extra\ny,INTEGER,YES,,,\nx\n2\nx,x\n3,4\nx,y,z\n"#","",\n',
    );
    expect(text.slice(text.indexOf('range'))).toBe(`range\n${numbers}col0\n5\n`);
    expect(leftBehind()).toEqual([]);
  });

  it('knows parameters, temporary tables, kept results and the session', async () => {
    const { out, code } = await duckline(
      ...['--format', 'tsv', '-c', "create temp table mine as select 7 as a, 'x y' as b", '-c', 'from mine'],
      ...['-c', 'let least 7', '-c', 'select b from mine where a >= $least', '-c', 'from _'],
      ...['-c', "set TimeZone = 'UTC'", '-c', "select '2024-01-02 09:30:00+08'::timestamptz as t"],
      ...['-c', 'set enable_external_access = false', '-c', 'select 8 as c'],
    );
    expect({ out, code }).toEqual({
      out: 'a\tb\n7\tx y\nb\nx y\nb\nx y\nt\n2024-01-02 09:30:00+08\nc\n8\n',
      code: 0,
    });
  });

  it('says where a statement fails, before its first row or after many', async () => {
    expect(await duckline('--format', 'csv', '-c', "select '贵州' as n, 'abc'::int as x")).toMatchObject({
      out: '',
      code: 1,
      err: expect.stringMatching(/line 1, column 24: Could not convert[\s\S]* 'abc'::int as x\n +\^/),
    });
    const { out, err, code } = await duckline(
      ...['--format', 'csv', '-c', "select if(range = 900000, error('broken'), range) as n from range(1000000)"],
    );
    expect([code, err.includes('broken'), out.startsWith('n\n0\n1\n')]).toEqual([1, true, true]);
    expect(leftBehind()).toEqual([]);
  });

  it.each(['csv', 'tsv', 'json', 'jsonl', 'markdown', 'html', 'line', 'table'])(
    'ends at once where nobody reads %s any more',
    async format => {
      const command = `"${process.execPath}" "${root}/dist/duckline.cjs" --db :memory: -c "from range(3000000000)" --format ${format} | head -1 | wc -l; echo "\${PIPESTATUS[0]}"`;
      const child = spawn('bash', ['-c', command], { env: home.environment, stdio: ['ignore', 'pipe', 'pipe'] });
      expect(await ended(child)).toMatchObject({ out: expect.stringMatching(/^ *1\n0\n$/), err: '', code: 0 });
      expect(leftBehind()).toEqual([]);
    },
    30_000,
  );

  it.each(['csv', 'jsonl'])('of %s ends with 130 at SIGINT', async format => {
    const child = home.start(['--db', ':memory:', '--format', format, '-c', 'from range(3000000000)']);
    let err = '';
    child.stderr?.on('data', piece => {
      err += piece;
    });
    const over = new Promise<number | null>(resolve => child.once('close', resolve));
    await new Promise<void>(resolve => child.stdout?.once('data', () => resolve()));
    child.stdout?.resume();
    child.kill('SIGINT');
    expect(await over).toBe(130);
    expect(err).toMatch(/cancelled after/);
    expect(leftBehind()).toEqual([]);
  });
});

/** The program with its standard output to nowhere, and its peak in MB; null where the system does not tell it. */
async function peak(format: string, rows: number): Promise<number | null> {
  const sql = `select range as n, 'sh.' || (600000 + range % 5000) as code, range / 7 as x from range(${rows})`;
  const child = spawn(
    process.execPath,
    [`${root}/dist/duckline.cjs`, '--db', ':memory:', '--format', format, '-c', sql],
    {
      env: home.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let most: number | null = null;
  child.stdout?.on('data', () => {
    try {
      const high = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      if (high !== undefined) most = Math.max(most ?? 0, Number(high) / 1024);
    } catch {
      // It has ended, or there is no /proc.
    }
  });
  const code = await new Promise(resolve => child.once('close', resolve));
  expect([format, code]).toEqual([format, 0]);
  return most;
}

it('streams in memory that does not grow with the rows', async ({ skip }) => {
  for (const format of ['csv', 'html']) {
    const few = await peak(format, 20_000);
    const many = await peak(format, 500_000);
    if (few === null || many === null) return skip('this system does not tell the peak memory of a process');
    expect([format, Math.round(many - few) < 90]).toEqual([format, true]);
  }
}, 60_000);
