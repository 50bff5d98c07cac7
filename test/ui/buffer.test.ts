import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyTable } from '../../src/shell/keys-table.ts';
import { type Buffer, type Edit, type EditCommand, edited, emptyBuffer, isEditCommand } from '../../src/ui/buffer.ts';

/** A buffer whose cursor stands at the `|`. */
function at(marked: string): Buffer {
  return edited(emptyBuffer, { do: 'set', text: marked.replace('|', ''), cursor: marked.indexOf('|') });
}

function shownAs({ text, cursor }: Buffer): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

function outcome(marked: string, ...edits: (EditCommand | Edit)[]): string {
  return shownAs(
    edits.reduce((buffer, edit) => edited(buffer, typeof edit === 'string' ? { do: edit } : edit), at(marked)),
  );
}

const type = (text: string): Edit => ({ do: 'insert', text });

describe('buffer', () => {
  it.each<[string, string, EditCommand, string]>([
    ['a character is deleted whole', '茅台🐎|', 'delete-back', '茅台|'],
    ['a family of emoji is one character', 'a👨‍👩‍👧|b', 'delete-back', 'a|b'],
    ['a combining mark goes with its letter', 'caf\u0065\u0301|', 'delete-back', 'caf|'],
    ['a flag is one character', 'x🇨🇳|', 'left', 'x|🇨🇳'],
    ['right over a wide character', '|茅台', 'right', '茅|台'],
    ['delete forward at the end does nothing', 'a|', 'delete-forward', 'a|'],
    ['delete forward joins lines', 'a|\nb', 'delete-forward', 'a|b'],
    ['beginning of the line, not of the text', 'a\nb c|', 'line-start', 'a\n|b c'],
    ['end of the line', 'a|b\nc', 'line-end', 'ab|\nc'],
    ['a word left stops at a dot', 'i.name|', 'word-left', 'i.|name'],
    ['an identifier is one word', 'pre_close|', 'word-left', '|pre_close'],
    ['a word right', '|select a', 'word-right', 'select| a'],
    ['Chinese is divided as a dictionary divides it', '|中国平安 银行', 'word-right', '中国|平安 银行'],
    ['kill to the end of the line', 'ab|cd\nef', 'kill-line', 'ab|\nef'],
    ['kill at the end of a line takes the line end', 'ab|\nef', 'kill-line', 'ab|ef'],
    ['kill to the beginning of the line', 'a\nbc|d', 'kill-line-back', 'a\n|d'],
    ['kill back to the blank', "where code='sh.600519'|", 'kill-blank-word-back', 'where |'],
    ['kill the word before', 'sh.600519|', 'kill-word-back', 'sh.|'],
    ['kill the word after', '|select a', 'kill-word', '| a'],
    ['delete blanks around', 'a  | b', 'delete-blanks', 'a|b'],
    ['transpose in the middle', 'a|bc', 'transpose-characters', 'ba|c'],
    ['transpose at the end of a line', 'ab|', 'transpose-characters', 'ba|'],
    ['transpose wide characters', '茅|台', 'transpose-characters', '台茅|'],
    ['transpose nothing at a line’s beginning', 'a\n|b', 'transpose-characters', 'a\n|b'],
    ['transpose words', 'from select|', 'transpose-words', 'select from|'],
    ['capitals', '|select a', 'upper-word', 'SELECT| a'],
    ['small letters', '|SELECT a', 'lower-word', 'select| a'],
    ['one capital', '|sELECT a', 'capital-word', 'Select| a'],
  ])('%s', (_, before, command, expected) => {
    expect(outcome(before, command)).toBe(expected);
  });

  it('joins kills in a row and yanks them together', () => {
    expect(outcome('|a b c', 'kill-word', 'kill-word', 'line-end', 'yank')).toBe(' c' + 'a b|');
    expect(outcome('a b|', 'kill-blank-word-back', 'kill-blank-word-back', 'yank')).toBe('a b|');
  });

  it('starts a new kill after a movement, and exchanges a yank for older ones', () => {
    expect(outcome('one two|', 'kill-word-back', 'left', 'kill-word-back', 'yank', 'yank-older')).toBe('two| ');
    expect(outcome('one two|', 'kill-word-back', 'left', 'kill-word-back', 'yank', 'yank-older', 'yank-older')).toBe(
      'one| ',
    );
    expect(outcome('one|', 'yank-older')).toBe('one|');
  });

  it('takes back a word of typing at a time', () => {
    const typed = [...'select a'].map(type);
    expect(outcome('|', ...typed, 'undo')).toBe('select |');
    expect(outcome('|', ...typed, 'undo', 'undo')).toBe('|');
    expect(outcome('|', ...typed, 'undo', 'undo', 'redo')).toBe('select |');
    expect(outcome('|', ...typed, 'undo', 'undo', 'redo', 'redo')).toBe('select a|');
  });

  it('makes a paste one step', () => {
    expect(outcome('x|', type('select 1;\n'.repeat(201)), 'undo')).toBe('x|');
  });

  it('forgets what was taken back once something else is typed', () => {
    expect(outcome('|', type('a'), 'undo', type('b'), 'redo')).toBe('b|');
  });

  it('reverts to the first text, and that can be undone', () => {
    expect(outcome('ab|', type('c'), 'delete-back', 'delete-back', 'revert')).toBe('ab|');
    expect(outcome('ab|', type('cd'), 'revert', 'undo')).toBe('abcd|');
  });

  it('keeps the kills of one text for the next', () => {
    const killed = edited(at('secret|'), { do: 'kill-line-back' });
    expect(shownAs(edited(edited(killed, { do: 'set', text: '' }), { do: 'yank' }))).toBe('secret|');
  });

  // Divided from its beginning at each key, such a line costs minutes.
  it('moves and deletes in a line of 100,000 ideographs as in a short one', { timeout: 30_000 }, () => {
    const long = `${'贵州茅台'.repeat(25_000)}👨‍👩‍👧e\u0301`;
    const commands: EditCommand[] = [
      'delete-back',
      'left',
      'right',
      'word-left',
      'delete-back',
      'transpose-characters',
      'undo',
    ];
    const end = commands.reduce((buffer, command) => edited(buffer, { do: command }), at(`${long}|`));
    expect(end.cursor).toBe(99_997);
    expect(edited(end, { do: 'go', to: 100_003 }).cursor).toBe(99_999);
    expect(edited(end, { do: 'go', to: 50_001 }).cursor).toBe(50_001);
  });

  it('does not keep a huge text hundreds of times', () => {
    let buffer = edited(emptyBuffer, type('x'.repeat(1_000_000)));
    for (let n = 0; n < 100; n++) buffer = edited(edited(buffer, { do: 'newline' }), type('y'));
    expect(buffer.past.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(10_000_000);
    expect(buffer.past.length).toBeGreaterThan(3);
  });

  it('keeps the cursor between two characters, and undoes everything, whatever is done', () => {
    const names = keyTable.map(({ command }) => command).filter(isEditCommand);
    const commands = fc.constantFrom(...new Set(names)).map((name): Edit => ({ do: name }));
    const inserts = fc
      .constantFrom('a', ' ', '茅台', '🇨🇳', 'e\u0301', '👨‍👩‍👧', '\n', "'", '_x9', '\u0301')
      .map((text): Edit => ({ do: 'insert', text }));
    const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
    fc.assert(
      fc.property(fc.array(fc.oneof(commands, inserts), { maxLength: 40 }), edits => {
        let buffer = at('select 茅台|\nfrom daily');
        for (const edit of edits) {
          buffer = edited(buffer, edit);
          const { text, cursor } = buffer;
          const borders = [0, text.length];
          for (const line of segmenter.segment(text)) borders.push(line.index);
          // A mark typed alone joins the character before it; the cursor stands after both.
          expect(borders).toContain(cursor);
        }
        while (buffer.past.length > 0) buffer = edited(buffer, { do: 'undo' });
        expect(buffer.text).toBe('select 茅台\nfrom daily');
      }),
      { numRuns: 300 },
    );
  });
});
