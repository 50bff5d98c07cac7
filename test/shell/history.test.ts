/** What was typed survives starts, damage and neighbours. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHistory } from '../../src/shell/history.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'duckline-history-'));
  file = join(folder, 'state', 'history');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('history', () => {
  it('is there at the next start, entries of many lines in one piece', () => {
    openHistory(file).add("select '贵州茅台',\n\t1;");
    openHistory(file).add('pool');
    expect(openHistory(file).entries).toEqual(["select '贵州茅台',\n\t1;", 'pool']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is written at once', () => {
    openHistory(file).add('pool');
    expect(readFileSync(file, 'utf8')).toBe('"pool"\n');
  });

  it('keeps no repeats; the latest use counts', () => {
    const history = openHistory(file);
    for (const text of ['a', 'b', 'a', 'a', ' ', 'c', 'b']) history.add(text);
    expect(history.entries).toEqual(['a', 'c', 'b']);
    expect(openHistory(file).entries).toEqual(['a', 'c', 'b']);
  });

  it('is the same list while nothing is added', () => {
    const history = openHistory(file);
    history.add('a');
    const { entries } = history;
    expect(history.entries).toBe(entries);
    openHistory(file).add('b');
    expect(history.entries).toEqual(['a', 'b']);
    rmSync(file);
    writeFileSync(file, '"c"\n');
    expect(history.entries).toEqual(['c']);
  });

  it('shows what another shell adds', () => {
    const one = openHistory(file);
    const two = openHistory(file);
    one.add('from one');
    two.add('from two');
    expect(one.entries).toEqual(['from one', 'from two']);
  });

  it('loses nothing of shells that write at the same time', async () => {
    const script = join(folder, 'writer.ts');
    const source = fileURLToPath(new URL('../../src/shell/history.ts', import.meta.url));
    const code = `import { openHistory } from ${JSON.stringify(source)};
      const history = openHistory(process.argv[2]);
      for (let n = 0; n < 200; n++) history.add(process.argv[3] + ' ' + n + '\\n' + 'x'.repeat(n));`;
    const { build } = await import('esbuild');
    writeFileSync(script, code);
    await build({
      entryPoints: [script],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: join(folder, 'writer.mjs'),
    });
    const writers = ['a', 'b', 'c'].map(
      name =>
        new Promise(resolve =>
          spawn(process.execPath, [join(folder, 'writer.mjs'), file, name]).once('close', resolve),
        ),
    );
    expect(await Promise.all(writers)).toEqual([0, 0, 0]);
    expect(new Set(openHistory(file).entries).size).toBe(600);
  });

  it('reads what is left of a damaged file and writes on', () => {
    mkdirSync(join(folder, 'state'));
    writeFileSync(
      file,
      Buffer.concat([Buffer.from('"good"\n\u0000\u0001{"x"\n[1]\n"half'), Buffer.from([0xff, 0xfe])]),
    );
    const history = openHistory(file);
    expect(history.entries).toEqual(['good']);
    history.add('next');
    expect(history.entries).toEqual(['good', 'next']);
    expect(openHistory(file).entries).toEqual(['good', 'next']);
  });

  it('starts again when the file is emptied or replaced', () => {
    const history = openHistory(file);
    history.add('a');
    history.add('bb');
    writeFileSync(file, '');
    expect(history.entries).toEqual([]);
    history.add('c');
    expect(history.entries).toEqual(['c']);
    rmSync(file);
    writeFileSync(file, '"from elsewhere"\n');
    expect(history.entries).toEqual(['from elsewhere']);
  });

  it('is cut to the newest when it grows', () => {
    mkdirSync(join(folder, 'state'));
    writeFileSync(file, Array.from({ length: 45 }, (_, n) => `${JSON.stringify(`entry ${n % 40}`)}\n`).join(''));
    const history = openHistory(file, { most: 20 });
    expect(history.entries).toHaveLength(20);
    expect(history.entries.at(-1)).toBe('entry 4');
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(20);
    history.add('one more');
    expect(openHistory(file, { most: 20 }).entries.at(-1)).toBe('one more');
  });

  it('reads only the end of a file that has grown beyond all measure, and cuts it to that', () => {
    mkdirSync(join(folder, 'state'));
    const junk = Buffer.alloc(3_000_000);
    writeFileSync(file, Buffer.concat([Buffer.from('"old"\n'), junk, Buffer.from('"cut"\n"甲"\n"乙"\n"half')]));
    const history = openHistory(file, { mostBytes: 1_000_000 });
    expect(history.entries).toEqual(['甲', '乙']);
    expect(statSync(file)).toMatchObject({ size: 12 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    history.add('丙');
    writeFileSync(file, junk, { flag: 'a' });
    expect(history.entries).toEqual(['甲', '乙', '丙']);
    history.add('丁');
    expect(history.entries.at(-1)).toBe('丁');
    expect(openHistory(file, { mostBytes: 1_000_000 }).entries).toContain('丁');
  });

  it('starts where the file is nothing but damage', () => {
    mkdirSync(join(folder, 'state'));
    writeFileSync(file, Buffer.alloc(2_000_000));
    const history = openHistory(file, { mostBytes: 1_000_000 });
    expect(history.entries).toEqual([]);
    history.add('first');
    expect(openHistory(file).entries).toEqual(['first']);
  });

  it('lives without a folder that it can write', () => {
    appendFileSync(join(folder, 'file'), '');
    const history = openHistory(join(folder, 'file', 'history'));
    history.add('kept in memory');
    expect(history.entries).toEqual(['kept in memory']);
    expect(history.trouble).toMatch(/ENOTDIR|EEXIST|not a directory/i);
  });
});
