import { describe, expect, it } from 'vitest';
import { KeyParser } from '../../src/ui/keys.ts';
import { AskedLook, answered, type Look, questionsFor } from '../../src/ui/look.ts';

const look: Look = { colours: { theme: 'dark', rising: 'red-up' }, glyphs: true };
const all = { theme: true, glyphs: true };
const theme = (report: string): string => answered(look, report, all).colours.theme;

describe('the look', () => {
  it('is asked for only where nobody has set it, and never of a terminal that would print the question', () => {
    expect(questionsFor({ theme: false, glyphs: false }, 'xterm')).toBe('');
    expect(questionsFor({ theme: true, glyphs: false }, 'xterm')).not.toContain('[6n');
    expect(questionsFor({ theme: false, glyphs: true }, 'xterm')).not.toContain(']11');
    expect(questionsFor(all, 'linux')).toBe('');
  });

  it('takes the theme from the background, however many digits it is told in', () => {
    expect(theme(']11;rgb:ffff/ffff/ffff')).toBe('light');
    expect(theme(']11;rgb:fd/f6/e3')).toBe('light');
    expect(theme(']11;rgba:1e1e/1e1e/1e1e/ffff')).toBe('dark');
    expect(theme(']11;#fafafa')).toBe('light');
    expect(theme(']11;none of this')).toBe('dark');
    expect(answered(look, ']11;rgb:ff/ff/ff', { theme: false, glyphs: true })).toBe(look);
  });

  it.each([
    ['as many cells as glyphs', '[24;6R', true],
    ['twice as many', '[24;11R', false],
    ['one of them wide', '[24;7R', false],
    ['an implausible place', '[24;60R', true],
    ['a place before them', '[24;1R', true],
  ])('takes the glyphs from the place after them: %s', (_, report, glyphs) => {
    expect(answered(look, report, all).glyphs).toBe(glyphs);
  });

  it('waits no longer than for the last answer', async () => {
    const asked = new AskedLook(look, all, 'xterm');
    asked.hear(']11;rgb:ffff/ffff/ffff');
    asked.hear('[?62;22c');
    await asked.settled;
    expect(asked.look.colours.theme).toBe('light');
    await new AskedLook(look, all, 'xterm').settled;
    await new AskedLook(look, { theme: false, glyphs: false }, 'xterm').settled;
  });

  it('knows the place on the first row from a key, when it was asked for', () => {
    const parser = new KeyParser();
    const place = new TextEncoder().encode('\x1b[1;6R');
    expect(parser.push(place)).toEqual([{ type: 'key', key: 'C-S-f3' }]);
    parser.expectPlace();
    expect(parser.push(place)).toEqual([{ type: 'report', text: '[1;6R' }]);
    expect(parser.push(place)).toEqual([{ type: 'key', key: 'C-S-f3' }]);
  });
});
