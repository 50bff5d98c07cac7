import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graphemes } from '../../src/output/cells.ts';
import { viTable } from '../../src/shell/keys-table.ts';
import type { InputEvent } from '../../src/ui/keys.ts';
import { emptyPrompt, type PromptContext, type PromptState, pressed } from '../../src/ui/prompt.ts';
import { viStart } from '../../src/ui/vi.ts';
import { lineAt } from '../../src/ui/words.ts';

const context: PromptContext = {
  entries: ['older', 'newer'],
  openness: text => (text.endsWith(';') ? null : 'statement'),
  prompt: [{ text: '[1] ❯ ' }],
  cells: 80,
  now: 0,
};

/** `⎋` is Escape, `⏎` Enter, `↻` C-r; the rest is typed as it stands, in one piece or one by one. */
function events(keys: string): InputEvent[] {
  const names: Readonly<Record<string, string>> = { '⎋': 'escape', '⏎': 'enter', '↻': 'C-r', '⌫': 'backspace' };
  return graphemes(keys).map(key => {
    const name = names[key];
    return name ? { type: 'key', key: name } : { type: 'text', text: key };
  });
}

function typed(keys: string, from: PromptState = { ...emptyPrompt, vi: viStart }): PromptState {
  return events(keys).reduce<PromptState>((state, event) => pressed(state, event, context).state, from);
}

/** The text with `|` before the cursor. `\n` in the text is put in as a paste. */
function shown({ buffer: { text, cursor } }: PromptState): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

/** Keys on a text, in normal mode, from its beginning. */
function on(text: string, keys: string): string {
  const start = pressed({ ...emptyPrompt, vi: viStart }, { type: 'paste', text }, context).state;
  return shown(typed(keys, typed('⎋gg0', start)));
}

describe('vi', () => {
  it.each([
    ['select a, b', 'w', 'select |a, b'],
    ['select a, b', '2w', 'select a|, b'],
    ['select a, b', 'WW', 'select a, |b'],
    ['select a, b', 'e', 'selec|t a, b'],
    ['select a, b', '$', 'select a, |b'],
    ['select a, b', '$b', 'select a|, b'],
    ['select a, b', '$B', 'select |a, b'],
    ['  select', '^', '  |select'],
    ['select a, b', 'fa', 'select |a, b'],
    ['select a, b', 't,', 'select |a, b'],
    ['abcabcabc', 'fc;', 'abcab|cabc'],
    ['abcabcabc', 'fc;,', 'ab|cabcabc'],
    ['abcabcabc', '2fc', 'abcab|cabc'],
    ['abcabcabc', 'tc;', 'abca|bcabc'],
    ['abcabcabc', '$Fa', 'abcabc|abc'],
    ['abcabcabc', '$Ta', 'abcabca|bc'],
    ['f(a[1], b)', '%', 'f(a[1], b|)'],
    ['f(a[1], b)', '%%', 'f|(a[1], b)'],
    ['one\ntwo\nthree', 'G', 'one\ntwo\n|three'],
    ['one\ntwo\nthree', 'Ggg', '|one\ntwo\nthree'],
    ['one\ntwo\nthree', 'lj', 'one\nt|wo\nthree'],
    ['贵州茅台 a', 'll', '贵州|茅台 a'],
    ['abc', '10l', 'ab|c'],
    ['one two', '$ge', 'on|e two'],
    ['a.b c', '$gE', 'a.|b c'],
    ['贵州茅台', '3|', '贵州|茅台'],
    ['a\n b\n\nc\n\nd', '}', 'a\n b\n|\nc\n\nd'],
    ['a\n b\n\nc\n\nd', '2}', 'a\n b\n\nc\n|\nd'],
    ['a\n b\n\nc\n\nd', 'G{', 'a\n b\n\nc\n|\nd'],
    ['a\n b\nc', '+', 'a\n |b\nc'],
    ['a\n b\nc', 'G-', 'a\n |b\nc'],
  ])('%j %s', (text, keys, expected) => expect(on(text, keys)).toBe(expected));

  it.each([
    ['select a, b', 'dw', '|a, b'],
    ['select a, b', 'd2w', '|, b'],
    ['a b c d e', '2d2w', '|e'],
    ['select a, b', 'de', '| a, b'],
    ['select a, b', 'wD', 'select| '],
    ['select a, b', 'wC x⎋', 'select  |x'],
    ['select a, b', 'cwfrom⎋', 'fro|m a, b'],
    ['select a, b', 'dta', '|a, b'],
    ['select a, b', 'dfa', '|, b'],
    ['select a, b', '$d0', '|b'],
    ['select a, b', 'x', '|elect a, b'],
    ['select a, b', '3x', '|ect a, b'],
    ['select a, b', '$X', 'select a,|b'],
    ['select', 'sS⎋', '|Select'],
    ['select', 'Sx⎋', '|x'],
    ['one\ntwo\nthree', 'jdd', 'one\n|three'],
    ['one\ntwo\nthree', 'dj', '|three'],
    ['one\ntwo\nthree', 'Gdd', 'one\n|two'],
    ['one\ntwo', 'ddp', 'two\n|one'],
    ['one\ntwo', 'yyP', '|one\none\ntwo'],
    ['one\ntwo', '2ddp', '\n|one\ntwo'],
    ['one\ntwo', 'ccx⎋', '|x\ntwo'],
    ['one\n  two', 'J', 'one| two'],
    ['last\nnext', 'dw', '|\nnext'],
    ['ab', 'xp', 'b|a'],
    ['ab cd', 'ywP', 'ab| ab cd'],
    ['ab', 'yl3p', 'aaa|ab'],
    ['abc', 'rx', '|xbc'],
    ['abc', '3rx', 'xx|x'],
    ['abc', '4rx', '|abc'],
    ['aBc', '3~', 'Ab|C'],
    ['f(a, b)', 'wwci(x⎋', 'f(|x)'],
    ["a = 'old'", "fodi'", "a = '|'"],
    ['one two three', 'wdaw', 'one |three'],
    ['one two three', 'wciwx⎋', 'one |x three'],
    ['a', 'ob⎋', 'a\n|b'],
    ['a', 'Ob⎋', '|b\na'],
    ['ab', 'Ax⎋', 'ab|x'],
    ['  ab', '$Ix⎋', '  |xab'],
    ['', '3iab⎋', 'ababa|b'],
    ['one two', 'gUw', '|ONE two'],
    ['ONE\ntwo', 'guu', '|one\ntwo'],
    ['one two', 'wg~iw', 'one |TWO'],
    ['one two', '2gUe', '|ONE TWO'],
    ['a b c d', 'd3aw', '|d'],
    ['f(a, (b))', '$hhhd2i(', 'f(|)'],
    ['f(a, (b))', 'd2i(', '|f(a, (b))'],
    ['a b c', 'ldaw', 'a| c'],
    ['x\n\ny', 'xJ', '|\ny'],
    ['a\nb', 'jykP', '|a\nb\na\nb'],
  ])('changes %j with %s', (text, keys, expected) => expect(on(text, keys)).toBe(expected));

  it.each([
    ['a b c d', 'dw.', '|c d'],
    ['a b c d', 'cwx⎋w.', 'x |x c d'],
    ['a b c d', 'x2.', '| c d'],
    ['a b', 'Ax⎋..', 'a bxx|x'],
    ['one two three', 'dwuwp', 'one tone| wo three'],
    ['one two three', 'dwdwuu', '|one two three'],
    ['one two three', 'dwu↻', '|two three'],
    ['one two', 'gUww.', 'ONE |TWO'],
    ['one', 'Ax y z⎋u', 'on|e'],
    ['one two', 'cwx y⎋u', '|one two'],
  ])('does again and takes back: %j %s', (text, keys, expected) => expect(on(text, keys)).toBe(expected));

  it.each([
    ['one two', 'vex', '| two'],
    ['one two', 'vlly$p', 'one twoon|e'],
    ['one two', 'wvhhd', 'on|wo'],
    ['one two', 'vecx⎋', '|x two'],
    ['one two', 've~', '|ONE two'],
    ['one two', 'viwd', '| two'],
    ['one two', 'wvlohd', 'one|o'],
    ['one two', 'vl⎋x', 'o|e two'],
    ['one\ntwo\nthree', 'lVjd', '|three'],
    ['one\ntwo', 'jVkcx⎋', '|x'],
    ['one\ntwo', 'VyP', '|one\none\ntwo'],
    ['one\ntwo', 'vVd', '|two'],
    ['one\ntwo', 'VvlU', '|ONe\ntwo'],
    ['one\ntwo', 'Vv⎋x', '|ne\ntwo'],
    ['one\ntwo', 'VU', '|ONE\ntwo'],
    ['one\ntwo', 'VjJ', 'one| two'],
    ['one two', 'ywwviwp', 'one |one '],
    ['one\ntwo', 'yyjVp', 'one\n|one'],
    ['a茅b\nc', 'vjrx', '|xxx\nx'],
    ['one TWO', 'wviwu', 'one |two'],
  ])('selects: %j %s', (text, keys, expected) => expect(on(text, keys)).toBe(expected));

  it('begins a text in insert mode, and shows where it is', () => {
    const state = typed('select 1⎋');
    expect(state.vi?.mode).toBe('normal');
    expect(shown(state)).toBe('select |1');
    const step = pressed(typed('a;', state), { type: 'key', key: 'enter' }, context);
    expect(step.effects).toEqual([{ do: 'submit', text: 'select 1;' }]);
    expect(step.state.vi?.mode).toBe('insert');
  });

  it('runs with Enter in normal mode, and adds a line where the text is not complete', () => {
    expect(shown(typed('select⎋h⏎'))).toBe('select\n|');
    const step = pressed(typed('select;⎋'), { type: 'key', key: 'enter' }, context);
    expect(step.effects).toEqual([{ do: 'submit', text: 'select;' }]);
  });

  it('goes through the history with j and k, and searches it with /', () => {
    expect(shown(typed('⎋k'))).toBe('newe|r');
    expect(shown(typed('⎋kk'))).toBe('olde|r');
    expect(shown(typed('⎋kkj'))).toBe('newe|r');
    expect(typed('⎋/old').search?.query).toBe('old');
    expect(shown(typed('⎋/old⏎'))).toBe('older|');
  });

  it('takes Escape and a key right after it for two keys', () => {
    const state = pressed(typed('ab'), { type: 'key', key: 'M-x' }, context).state;
    expect(shown(state)).toBe('|a');
  });

  it('remembers from text to text', () => {
    const first = typed('abc;⎋0x');
    const next = pressed(first, { type: 'key', key: 'C-c' }, context).state;
    expect(shown(typed('⎋p', next))).toBe('|a');
  });

  it('does something with every key that help shows', () => {
    const text = 'a(x xb) "x" x\n (c) x; x\nlast x';
    for (const { keys } of viTable) {
      for (const key of keys) {
        const typedKeys = key === 'C-r' ? '↻' : key;
        const before = typed(
          '⎋ggjwwx~uggyyj$bb',
          pressed({ ...emptyPrompt, vi: viStart }, { type: 'paste', text }, context).state,
        );
        const way = /^[FT]/.test(key) ? '$' : key === '%' ? '0' : key === ';' ? '0fx' : key === ',' ? '0fxfx' : '';
        const ready = typed(way, before);
        const after = typed(typedKeys, ready);
        const idle = /^yy?w?$|^Y$/.test(key)
          ? JSON.stringify(after.vi?.register) === JSON.stringify(ready.vi?.register)
          : after.buffer === ready.buffer && after.vi?.mode === ready.vi?.mode;
        expect(idle && after.search === null ? key : null).toBeNull();
      }
    }
  });

  it('keeps the cursor on a character, whatever is typed', () => {
    const key = fc.constantFrom(...[...'hjklwbeWBE0^$gGfFtT;,dcyxXDCYsSpPrJ~.uviaIAoO%"()1239 x茅'], '⎋', '↻', '⌫');
    fc.assert(
      fc.property(
        fc.array(key, { maxLength: 40 }),
        fc.constantFrom('', 'a b', "f('茅台é', 1)\n  x\n\ny"),
        (keys, text) => {
          const start = pressed({ ...emptyPrompt, vi: viStart }, { type: 'paste', text }, context).state;
          const end = typed('⎋⎋', typed(keys.join(''), typed('⎋', start)));
          const { buffer } = end;
          expect(buffer.cursor).toBeGreaterThanOrEqual(0);
          expect(buffer.cursor).toBeLessThanOrEqual(buffer.text.length);
          const { from, to } = lineAt(buffer.text, buffer.cursor);
          if (from < to) expect(buffer.cursor).toBeLessThan(to);
        },
      ),
      { numRuns: 300 },
    );
  });
});
