import { describe, expect, it } from 'vitest';
import { glyphsOf } from '../../src/output/glyphs.ts';
import { lineText, span } from '../../src/output/spans.ts';
import { builtInKeywords, lexed, type Words } from '../../src/ui/highlight.ts';
import { layOut, vertical } from '../../src/ui/layout.ts';

const words: Words = { keywords: builtInKeywords, isCommand: name => name === 'fetch' || name === 'pool' };
const glyphs = glyphsOf({ columns: 80, rows: 24, glyphs: true });
const prompt = [span('[2] ❯ ')];

function rows(text: string, { cursor = text.length, cells = 40, height = 10, top = 0 } = {}) {
  const layout = layOut(text, cursor, { prompt, glyphs, cells, height, top, lexed: lexed(text, words) });
  return { ...layout, text: layout.rows.map(lineText) };
}

describe('layout', () => {
  it('puts the prompt before the first row and a continuation prompt before each further line', () => {
    expect(rows('select a\n  from b').text).toEqual(['[2] ❯ select a', '    …   from b']);
  });

  it('shows what is open in the continuation prompt', () => {
    expect(rows('select \'茅\n台\', "a\nb", (\n1 /*\n*/ $$\n$$').text).toEqual([
      "[2] ❯ select '茅",
      "   '… 台', \"a",
      '   "… b", (',
      '   (… 1 /*',
      '   *… */ $$',
      '   $… $$',
    ]);
  });

  it('wraps between characters and counts cells', () => {
    const { text, cursor } = rows("select '贵州茅台'", { cells: 18 });
    expect(text).toEqual(["[2] ❯ select '贵州", "      茅台'"]);
    expect(cursor).toEqual({ row: 1, column: 11 });
  });

  it('puts the cursor after a row that is exactly full', () => {
    const { text, cursor } = rows('x'.repeat(12), { cells: 18 });
    expect(text).toEqual([`[2] ❯ ${'x'.repeat(12)}`]);
    expect(cursor).toEqual({ row: 0, column: 18 });
    expect(rows('x'.repeat(13), { cells: 18, cursor: 12 }).cursor).toEqual({ row: 1, column: 6 });
  });

  it('shows control characters instead of sending them', () => {
    const { text, cursor } = rows('a\x1b[2Jb\tc');
    expect(text).toEqual(['[2] ❯ a\\x1b[2Jb  c']);
    expect(cursor.column).toBe(6 + 'a\\x1b[2Jb  c'.length);
  });

  it('counts combining characters and emoji as one place', () => {
    expect(rows('e\u0301x').cursor.column).toBe(8);
    expect(rows('👨‍👩‍👧x').cursor.column).toBe(9);
  });

  it('scrolls only as far as the cursor needs', () => {
    const text = Array.from({ length: 50 }, (_, n) => `line ${n}`).join('\n');
    const end = rows(text, { height: 5 });
    expect(end).toMatchObject({ top: 45, total: 50, cursor: { row: 4 } });
    const middle = rows(text, { height: 5, top: 45, cursor: text.indexOf('line 46') });
    expect(middle.top).toBe(45);
    expect(middle.cursor.row).toBe(1);
    const above = rows(text, { height: 5, top: 45, cursor: text.indexOf('line 10') });
    expect(above.top).toBe(10);
    expect(above.cursor.row).toBe(0);
  });

  it('moves from row to row in the same column of cells, also in a wrapped line', () => {
    const text = 'abcdef茅台ghijkl\n茅台';
    const place = { prompt, cells: 18, goal: null };
    const up = vertical(text, text.length, -1, place);
    expect(up).toEqual({ cursor: text.indexOf('ijkl') + 4, goal: 4 });
    const again = vertical(text, up?.cursor ?? 0, -1, { ...place, goal: up?.goal ?? null });
    expect(again).toEqual({ cursor: 4, goal: 4 });
    expect(vertical(text, 4, -1, place)).toBe(null);
    expect(vertical(text, text.length, 1, place)).toBe(null);
  });

  it('lays out a big text in the window alone', () => {
    const text = 'select 茅台, 1;\n'.repeat(20_000);
    const layout = rows(text, { height: 8 });
    expect(layout.rows.length).toBe(8);
    expect(layout.total).toBe(20_001);
  });

  it('announces a suggestion that has no room, or more lines, as cut', () => {
    const suggest = (suggestion: string, more: { cells?: number; colour?: boolean } = {}): string => {
      const options = { prompt, glyphs, cells: 20, height: 3, top: 0, lexed: lexed('sel', words), suggestion, ...more };
      return layOut('sel', 3, options).rows.map(lineText).join('|');
    };
    expect(suggest('ect 贵州;')).toBe('[2] ❯ select 贵州;');
    expect(suggest('ect 贵州茅台;')).toBe('[2] ❯ select 贵州茅…');
    expect(suggest('ect\n1;')).toBe('[2] ❯ select …');
    expect(suggest('\n1;')).toBe('[2] ❯ sel …');
    expect(suggest('ect 贵州茅台;', { cells: 9 })).toBe('[2] ❯ sel…');
    expect(suggest('ect 贵州茅台;', { cells: 9, colour: false })).toBe('[2] ❯ sel');
    expect(suggest('ect 1;', { colour: false })).toBe('[2] ❯ sel[ect 1;]');
    expect(suggest('ect 贵州茅台;', { colour: false })).toBe('[2] ❯ sel[ect 贵州…]');
  });
});
