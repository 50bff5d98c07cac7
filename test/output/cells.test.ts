/** Text measured in cells, and text made safe. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundaryBefore,
  cellWidth,
  cutCells,
  graphemes,
  padEndCells,
  takeCells,
  takeLastCells,
} from '../../src/output/cells.ts';
import { shown, shownRows } from '../../src/output/shown.ts';

function simple(text: string, at: number): boolean {
  return /^[ a茅]{2}$/.test(text.slice(at - 1, at + 1));
}

describe('cells', () => {
  it.each([
    ['abc', 3],
    ['贵州茅台', 8],
    ['ｆｕｌｌ', 8],
    ['e\u0301', 1],
    ['👨‍👩‍👧', 2],
    ['🇨🇳', 2],
    ['·…━', 3],
    ['', 0],
  ])('measures %j', (text, width) => expect(cellWidth(text)).toBe(width));

  it('never divides a character', () => {
    expect(takeCells('贵州茅台', 5)).toBe('贵州');
    expect(takeLastCells('贵州茅台', 5)).toBe('茅台');
    expect(takeCells('👨‍👩‍👧x', 1)).toBe('');
    expect(takeCells('e\u0301x', 1)).toBe('e\u0301');
    expect(graphemes('e\u0301👨‍👩‍👧')).toHaveLength(2);
  });

  it('divides a long text as the segmenter does in one piece', () => {
    const one = new Intl.Segmenter('en', { granularity: 'grapheme' });
    const parts = fc.constantFrom(
      'a',
      '茅',
      'e\u0301',
      '👨‍👩‍👧‍👦',
      '🇨🇳',
      '가',
      'ᄀ',
      'ᅡ',
      'ﾟ',
      '\u0301',
      '\u200d',
      '\ud83d',
      ' ',
    );
    const texts = fc
      .array(parts, { minLength: 1, maxLength: 12 })
      .map(list => list.join('').repeat(400).slice(0, 6000));
    fc.assert(
      fc.property(texts, text => {
        const expected = Array.from(one.segment(text), ({ segment }) => segment);
        expect(graphemes(text).slice(0, 300)).toEqual(expected.slice(0, 300));
        expect(graphemes(text).join('')).toBe(text);
        const boundary = boundaryBefore(text, text.length >> 1);
        if (boundary > 0 && simple(text, boundary))
          expect(one.segment(text).containing(boundary)?.index).toBe(boundary);
      }),
      { numRuns: 50 },
    );
    const family = '👨‍👩‍👧‍👦é茅'.repeat(1000);
    expect(graphemes(family)).toHaveLength(3000);
    expect(cellWidth(family)).toBe(5000);
  });

  // In one piece the segmenter takes minutes.
  it('is not slow with a long text', { timeout: 60_000 }, () => {
    const long = '茅🐎'.repeat(100_000);
    expect(cellWidth(long)).toBe(400_000);
    expect(cutCells(long, 9, '…')).toBe('茅🐎茅🐎…');
  });

  it('cuts to at most the cells given', () => {
    expect(cutCells('贵州茅台', 8, '…')).toBe('贵州茅台');
    expect(cutCells('贵州茅台', 7, '…')).toBe('贵州茅…');
    expect(cutCells('贵州茅台', 6, '…')).toBe('贵州…');
    expect(cutCells('贵州茅台', 1, '~')).toBe('~');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 30 }), (text, cells) => {
        expect(cellWidth(cutCells(shown(text), cells, '…'))).toBeLessThanOrEqual(cells);
        expect(cellWidth(padEndCells(takeCells(shown(text), cells), cells))).toBe(cells);
      }),
    );
  });
});

describe('shown', () => {
  it.each([
    ['a\u001b[2Jb', 'a\\x1b[2Jb'],
    ['a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['\u009b2J\u007f\u0000', '\\x9b2J\\x7f\\x00'],
    ['abc\u202ecba', 'abc\\u202ecba'],
    ['\u2066x\u2069\ufeff\u200b', '\\u2066x\\u2069\\ufeff\\u200b'],
    ['\ud83d', '\\ud83d'],
    ['\u{e0041}', '\\u{e0041}'],
    ['贵州👨‍👩‍👧', '贵州👨‍👩‍👧'],
  ])('shows %j', (text, wanted) => expect(shown(text)).toBe(wanted));

  it('leaves nothing that a terminal would obey', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(shown(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });

  it('divides text of several rows', () => expect(shownRows('a\r\nb\n\tc')).toEqual(['a', 'b', '  c']));
});
