import { describe, expect, it } from 'vitest';
import { builtInKeywords, keywordsFrom, lexed, type Words } from '../../src/ui/highlight.ts';

const words: Words = { keywords: builtInKeywords, isCommand: name => name === 'fetch' || name === 'pool' };

function roles(text: string): string[] {
  return lexed(text, words).tokens.map(({ from, to, role }) => `${role}:${text.slice(from, to)}`);
}

describe('highlight', () => {
  it('colours keywords, strings, numbers and comments', () => {
    expect(roles("select 1.5e3, 'it''s' from t -- why\nwhere a /* b /* c */ d */ in (0xFF)")).toEqual([
      'keyword:select',
      'number:1.5e3',
      "string:'it''s'",
      'keyword:from',
      'comment:-- why',
      'keyword:where',
      'comment:/* b /* c */ d */',
      'keyword:in',
      'number:0xFF',
    ]);
  });

  it('leaves names plain that are also keywords: columns, qualified names, quoted names', () => {
    expect(roles('select name, date, close, i.order, "from", t1 from daily')).toEqual([
      'keyword:select',
      'keyword:from',
    ]);
  });

  it('reads dollar quotes, parameters and escapes', () => {
    expect(roles("select $$it's$$, $a$ $$ $a$, $code, e'\\'' , 'x'")).toEqual([
      'keyword:select',
      "string:$$it's$$",
      'string:$a$ $$ $a$',
      "string:'\\''",
      "string:'x'",
    ]);
  });

  it('accents a command and leaves its options alone', () => {
    expect(roles('fetch 600519 --from 2024')).toEqual(['accent:fetch']);
    expect(roles('.pool')).toEqual(['accent:.pool']);
    expect(roles('pool\nselect 1;')).toEqual(['accent:pool', 'keyword:select', 'number:1']);
  });

  it('tells what is open where each line begins', () => {
    expect(lexed("select '\n' (\n\n) ;\n/*\n", words).open).toEqual([
      null,
      'quote',
      'bracket',
      'bracket',
      null,
      'comment',
    ]);
  });

  it('takes the engine’s words, without those that are mostly names', () => {
    const keywords = keywordsFrom([
      { name: 'select', category: 'reserved' },
      { name: 'asof', category: 'type_function' },
      { name: 'close', category: 'unreserved' },
      { name: 'insert', category: 'unreserved' },
    ]);
    expect([...keywords].sort()).toEqual(['asof', 'insert', 'select']);
    expect(keywordsFrom([])).toBe(builtInKeywords);
  });

  it('is ready for any text', () => {
    for (const text of ["'", '"', '$', '$a', '$$', '/*', '--', '(', '\n', '\ud83d', '.', '1.', 'e\u0301', '；“']) {
      const { tokens, open } = lexed(text, words);
      expect(open.length).toBe(text.split('\n').length);
      for (const { from, to } of tokens) expect(to).toBeGreaterThan(from);
    }
  });

  // Searched from its beginning at each quote, such a statement costs minutes.
  it('is not slow with a pasted statement of 60,000 lines', { timeout: 30_000 }, () => {
    const text = Array.from({ length: 60_000 }, (_, line) => `'茅台${line}', e'\\'${line}',`).join('\n');
    const { tokens, open } = lexed(`select ${text} 1;`, words);
    expect(open.length).toBe(60_000);
    expect(tokens.filter(({ role }) => role === 'string')).toHaveLength(120_000);
  });
});
