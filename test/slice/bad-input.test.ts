/** Every bad input has an answer: one plain sentence, no stack trace, the exit code of its kind, and nothing lost. */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, Home } from './program.ts';

let home: Home;

function duckline(...args: string[]): Promise<Ended> {
  return home.run(args);
}

/** One refusal: the exit code, a sentence that matches, nothing on standard output, no stack. */
function expectSentence({ code, out, err }: Ended, exitCode: number, sentence: RegExp): void {
  expect(err).toMatch(sentence);
  expect(err).not.toMatch(/\n\s+at .*[:(]\d+|Error:|node:internal|undefined/);
  expect(err.trim().split('\n').length).toBeLessThanOrEqual(4);
  expect(out).toBe('');
  expect(code).toBe(exitCode);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}

describe('bad input', () => {
  beforeAll(() => {
    home = new Home();
  });

  afterAll(() => home.close());

  it('suggests the command that was meant', async () => {
    expectSentence(await duckline('fecth', '600519'), 2, /fecth.*fetch/s);
  });

  it('names an option that no command has', async () => {
    expectSentence(await duckline('fetch', '600519', '--form', '2024'), 2, /--?form.*--from/s);
  });

  it.each([
    ['60051', /60051/],
    ['6005199', /6005199/],
    ['xx.600519', /xx\.600519/],
    ['sh.60051a', /60051a/],
  ])('refuses the malformed code %s before any request', async (code, sentence) => {
    const endpoint = `127.0.0.1:${await freePort()}`;
    expectSentence(
      await duckline('--db', home.path('code.duckdb'), '--endpoint', endpoint, 'fetch', code),
      2,
      sentence,
    );
  });

  it.each([
    ['2024-02-30', /2024-02-30/],
    ['yesterdayish', /yesterdayish/],
    ['20241301', /20241301/],
  ])('refuses the impossible date %s', async (date, sentence) => {
    const endpoint = `127.0.0.1:${await freePort()}`;
    expectSentence(
      await duckline('--db', home.path('date.duckdb'), '--endpoint', endpoint, 'fetch', '600519', '--from', date),
      2,
      sentence,
    );
  });

  it('refuses a range that ends before it starts', async () => {
    const endpoint = `127.0.0.1:${await freePort()}`;
    expectSentence(
      await duckline(
        '--db',
        home.path('range.duckdb'),
        '--endpoint',
        endpoint,
        'fetch',
        '600519',
        '--from',
        '2024-02-01',
        '--to',
        '2024-01-01',
      ),
      2,
      /2024-01-01.*2024-02-01/s,
    );
  });

  it('refuses a Beijing code, which the provider does not have, and names the one that has', async () => {
    const endpoint = `127.0.0.1:${await freePort()}`;
    const ended = await duckline('--db', home.path('bj.duckdb'), '--endpoint', endpoint, 'fetch', '920819.BJ');
    expectSentence(ended, ended.code === 4 ? 4 : 2, /bj\.920819.*tushare/is);
  });

  it('says that nobody answers at the endpoint', async () => {
    const port = await freePort();
    const ended = await duckline(
      '--db',
      home.path('offline.duckdb'),
      '--endpoint',
      `127.0.0.1:${port}`,
      'fetch',
      '600519',
    );
    expect(ended.err).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}`));
    expect(ended.err).not.toMatch(/\n\s+at |node:internal/);
    expect(ended.code).toBe(1);
  });

  it('refuses a malformed endpoint', async () => {
    expectSentence(
      await duckline('--db', home.path('e.duckdb'), '--endpoint', '127.0.0.1:notaport', 'fetch', '600519'),
      2,
      /notaport/,
    );
  });

  it('refuses a number of workers that is none', async () => {
    expectSentence(
      await duckline('--db', home.path('w.duckdb'), '--endpoint', '127.0.0.1:1', '--workers', '99', 'fetch', '600519'),
      2,
      /99.*16/s,
    );
  });

  it('refuses parallel sessions on the public host', async () => {
    expectSentence(
      await duckline('--db', home.path('rule.duckdb'), '--workers', '5', 'fetch', '600519'),
      4,
      /--accept-provider-rule/,
    );
  });

  it('names the folder that a database path lacks', async () => {
    expectSentence(await duckline('--db', home.path('nowhere/market.duckdb'), '-c', 'select 1'), 1, /nowhere/);
  });

  it('says that a file is no database, and leaves it as it is', async () => {
    writeFileSync(home.path('notes.txt'), 'these are notes, not a database\n'.repeat(200));
    expectSentence(
      await duckline('--db', home.path('notes.txt'), '-c', 'select 1'),
      1,
      /notes\.txt.*not a (DuckDB )?database/s,
    );
  });

  it('says that a folder is no database', async () => {
    mkdirSync(home.path('folder'));
    expectSentence(await duckline('--db', home.path('folder'), '-c', 'select 1'), 1, /folder/);
  });

  it('names the process that holds the file', async () => {
    const file = home.path('held.duckdb');
    const endless = 'select count(*) from range(100000000000) a, range(1000) b';
    const holder = home.start(['--db', file, '-c', 'select 1', '-c', endless]);
    try {
      await once(holder.stdout as NodeJS.ReadableStream, 'data');
      expect((await duckline('--db', file, '-c', 'select 1')).err).toContain(String(holder.pid));
      expectSentence(await duckline('--db', file, '-c', 'select 1'), 1, /release|wait/);
    } finally {
      holder.kill('SIGKILL');
    }
  });

  it('puts the caret under the token after Chinese text', async () => {
    const ended = await duckline(
      '--db',
      home.path('caret.duckdb'),
      '-c',
      "select '贵州茅台' as 名称, 收盘价x from daily",
    );
    expect(ended.code).toBe(1);
    const lines = ended.err.split('\n');
    const caret = lines.findIndex(line => /^\s*\^+\s*$/.test(line));
    expect(caret).toBeGreaterThan(0);
    const before = (lines[caret - 1] as string).split('收盘价x')[0] as string;
    const cells = [...before].reduce((sum, char) => sum + (char.charCodeAt(0) > 0x2e80 ? 2 : 1), 0);
    expect((lines[caret] as string).indexOf('^')).toBe(cells);
  });

  it('shows escape sequences from data instead of obeying them', async () => {
    const { out, code } = await duckline('--db', home.path('escape.duckdb'), '-c', "select chr(27) || '[2J' as x");
    expect(code).toBe(0);
    expect(out).not.toContain('\u001b[2J');
    expect(out).toContain('[2J');
  });
});
