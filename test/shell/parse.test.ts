/** Command lines cut into words and parsed: codes stay text, negative words are values, mistakes are sentences. */
import { describe, expect, it } from 'vitest';
import { Problem } from '../../src/market/problem.ts';
import type { Command } from '../../src/shell/command.ts';
import { declaredBy } from '../../src/shell/declared.ts';
import { parseCommand } from '../../src/shell/parse.ts';
import { quotedWord, wordsOf } from '../../src/shell/words.ts';

const sample: Command = {
  name: 'sample',
  positionals: '[codes..]',
  usage: 'CODES…',
  summary: '',
  group: 'data',
  examples: [],
  options: yargs =>
    yargs
      .positional('codes', { type: 'string', array: true, default: [], describe: 'codes or names' })
      .option('from', { type: 'string', describe: 'DATE to begin with' })
      .option('workers', { type: 'number', describe: 'workers' })
      .option('all', { type: 'boolean', default: false })
      .option('kind', { choices: ['a', 'b'] as const, default: 'a' as const }),
  run: async () => ({ view: null, exitCode: 0 }),
};

async function parsed(line: string): Promise<Record<string, unknown>> {
  const result = await parseCommand(sample, wordsOf(line));
  if (result.kind !== 'run') throw new Error('help');
  return { ...result.options, json: result.json };
}

async function sentence(line: string): Promise<string> {
  try {
    await parsed(line);
    return 'parsed';
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Problem);
    expect((thrown as Problem).kind).toBe('usage');
    return `${(thrown as Problem).message} ${(thrown as Problem).next ?? ''}`;
  }
}

describe('words', () => {
  it.each([
    ['a  b\tc', ['a', 'b', 'c']],
    ["'a b' \"c d\" e'f g'h", ['a b', 'c d', 'ef gh']],
    ['600519, 000001，300750', ['600519', '000001，300750']],
    ['600519， 000001', ['600519', '000001']],
    ['“贵州 茅台” ‘x’', ['贵州 茅台', 'x']],
    ['"a \\"b\\" \\\\" \'\\\'', ['a "b" \\', '\\']],
    ["''", ['']],
    ['', []],
  ])('%j', (line, words) => expect(wordsOf(line)).toEqual(words));

  it('says when a quote is not closed', () => expect(() => wordsOf("a 'b")).toThrow(/not closed/));

  it.each(['a', 'a b', "it's", 'a"b', 'it\'s "x" \\', '', '贵州茅台', 'a;b', '-1y'])('quotes %j back', word =>
    expect(wordsOf(quotedWord(word))).toEqual([word]),
  );
});

describe('parsing', () => {
  it('leaves codes as text', async () => {
    expect((await parsed('000001 1.600000 sh.600519 1e5 0x10 贵州茅台')).codes).toEqual([
      '000001',
      '1.600000',
      'sh.600519',
      '1e5',
      '0x10',
      '贵州茅台',
    ]);
  });

  it.each([
    ['--from -1y', { from: '-1y' }],
    ['--from=-30d x', { from: '-30d', codes: ['x'] }],
    ['--from 20240102', { from: '20240102' }],
    ['--workers 5 --json', { workers: 5, json: true }],
    ['--from a --from b', { from: 'b' }],
    ['--all x y', { all: true, codes: ['x', 'y'] }],
    ['', { codes: [], all: false, json: false }],
  ])('%j', async (line, wanted) => expect(await parsed(line)).toMatchObject(wanted));

  it.each([
    ['x --form 2024', /no option --form.*--from/],
    ['--frm=2024', /no option --frm.*--from/],
    ['-x', /no option -x/],
    ['--from', /--from needs a value/],
    ['--from --all', /--from needs a value/],
    ['--workers five', /--workers takes a number/],
    ['--kind c', /sample: --kind "c" is none of "a", "b"/],
  ])('%j is refused in a sentence', async (line, wanted) => expect(await sentence(line)).toMatch(wanted));

  it('knows a request for help', async () => expect(await parseCommand(sample, ['--help'])).toEqual({ kind: 'help' }));

  it('speaks English in a Chinese locale', async () => {
    const before = process.env.LC_ALL;
    process.env.LC_ALL = 'zh_CN.UTF-8';
    try {
      expect(await sentence('--kind c')).not.toMatch(/[\u4e00-\u9fff]/);
    } finally {
      if (before === undefined) delete process.env.LC_ALL;
      else process.env.LC_ALL = before;
    }
  });

  it('reads what a command declares', () => {
    const { options, positionals } = declaredBy(sample);
    expect(options.map(({ name, value }) => [name, value])).toEqual([
      ['from', 'DATE'],
      ['workers', 'N'],
      ['all', null],
      ['kind', 'a|b'],
    ]);
    expect(positionals).toEqual([{ name: 'codes', says: 'codes or names', choices: [], many: true, required: false }]);
  });
});
