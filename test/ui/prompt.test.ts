import { describe, expect, it } from 'vitest';
import { span } from '../../src/output/spans.ts';
import { splitText } from '../../src/shell/statements.ts';
import { type InputEvent, KeyParser } from '../../src/ui/keys.ts';
import { type Effect, emptyPrompt, type PromptState, pressed, suggested } from '../../src/ui/prompt.ts';

const history = ['select 1;', 'pool', "select name\nfrom daily\nwhere code = 'sh.600519';", 'fetch 600519 --from -1y'];

/** Types bytes at a prompt; a pause is `null`. */
class Typist {
  state: PromptState = emptyPrompt;
  readonly effects: Effect[] = [];
  entries: readonly string[] = history;
  now = 0;

  type(...bytes: (string | null)[]): this {
    const parser = new KeyParser();
    for (const piece of bytes) {
      if (piece === null) {
        this.now += 5000;
        continue;
      }
      this.take(parser.push(Buffer.from(piece)));
      if (parser.waiting !== null) this.take(parser.settle());
    }
    return this;
  }

  take(events: readonly InputEvent[]): void {
    for (const event of events) {
      const step = pressed(this.state, event, {
        entries: this.entries,
        openness: text => splitText(text, name => name === 'pool' || name === 'fetch').open,
        prompt: [span('[1] ❯ ')],
        cells: 60,
        now: this.now,
      });
      this.state = step.state;
      this.effects.push(...step.effects);
    }
  }

  get shown(): string {
    const { text, cursor } = this.state.buffer;
    return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
  }
}

const up = '\x1b[A';
const down = '\x1b[B';
const left = '\x1b[D';
const right = '\x1b[C';

function typed(...bytes: (string | null)[]): Typist {
  return new Typist().type(...bytes);
}

describe('prompt', () => {
  it('runs a complete text and keeps an incomplete one', () => {
    expect(typed('select 1;\r').effects).toEqual([{ do: 'submit', text: 'select 1;' }]);
    expect(typed('select 1\r').effects).toEqual([]);
    expect(typed('select 1\r').shown).toBe('select 1\n|');
    expect(typed('pool\r').effects).toEqual([{ do: 'submit', text: 'pool' }]);
    expect(typed("select ';\r").shown).toBe("select ';\n|");
  });

  it('runs several texts typed ahead, in order', () => {
    expect(typed('pool\rselect 1;\nselect 2;\r').effects).toEqual([
      { do: 'submit', text: 'pool' },
      { do: 'submit', text: 'select 1;' },
      { do: 'submit', text: 'select 2;' },
    ]);
  });

  it.each(['\x1b\r', '\x1b[13;2u', '\x1b[27;2;13~', '\x0f', '\x1b[13;3u'])('makes a new line for %j', bytes => {
    expect(typed('pool', bytes, 'x').shown).toBe('pool\nx|');
  });

  it('takes Escape and then a key for Alt with it, but loses no key', () => {
    expect(typed('pool', '\x1b', '\r').shown).toBe('pool\n|');
    expect(typed('a b', '\x1b', 'b').shown).toBe('a |b');
    expect(typed('a', '\x1b', 'q').shown).toBe('aq|');
    expect(typed('a', '\x1b', null, 'b').shown).toBe('ab|');
    expect(typed('a b', '\x1b', 'bX').shown).toBe('a X|b');
    expect(typed('a b', '\x1b', '\x03').shown).toBe('|');
    expect(typed('a b\x1b\x01').shown).toBe('|a b');
  });

  it('runs nothing of a paste, however many lines it has', () => {
    const body = 'select 1;\n'.repeat(201);
    const typist = typed(`\x1b[200~${body}\x1b[201~`);
    expect(typist.effects).toEqual([]);
    expect(typist.state.buffer.text).toBe(body);
    expect(typist.type('\r').effects).toEqual([{ do: 'submit', text: body }]);
  });

  it('runs as it stands on F5', () => {
    expect(typed('select', '\x1b[15~').effects).toEqual([{ do: 'submit', text: 'select' }]);
  });

  it('clears the text, or asks to cancel; never more', () => {
    expect(typed('abc\x03').shown).toBe('|');
    expect(typed('abc\x03').effects).toEqual([]);
    expect(typed('\x03').effects).toEqual([{ do: 'interrupt' }]);
    expect(typed('  \x03\x03').effects).toEqual([{ do: 'interrupt' }]);
  });

  it('leaves on Ctrl-D only when there is no text', () => {
    expect(typed('\x04').effects).toEqual([{ do: 'leave' }]);
    expect(typed('ab', left, '\x04').shown).toBe('a|');
    expect(typed('ab', left, '\x04\x04').effects).toEqual([]);
  });

  it('moves inside the text before it goes to the history', () => {
    const typist = typed('select 1\rfrom x', up);
    expect(typist.shown).toBe('select| 1\nfrom x');
    expect(typist.type(up).shown).toBe(`${history[3]}|`);
    expect(typist.type(down).shown).toBe('select 1\nfrom x|');
  });

  it('takes an entry of many lines in one step, and the draft comes back', () => {
    const typist = typed('draft', '\x01', up, up);
    expect(typist.shown).toBe(`${history[2]}|`);
    expect(typist.type(up).shown).toBe('pool|');
    expect(typist.type(down, down, down).shown).toBe('draft|');
    expect(typist.type(down).shown).toBe('draft|');
  });

  it('moves inside an entry once it was touched', () => {
    expect(typed('\x1b[A\x1b[A', left, up).shown).toBe("select name\nfrom daily|\nwhere code = 'sh.600519';");
  });

  it('goes back only to what begins like the text', () => {
    expect(typed('select', up).shown).toBe(`${history[2]}|`);
    expect(typed('select', up, up).shown).toBe(`${history[0]}|`);
    expect(typed('select', up, up, up).shown).toBe(`${history[0]}|`);
    expect(typed('select', up, up, down, down).shown).toBe('select|');
  });

  it('leads back with undo from an entry that was changed to the draft, and further', () => {
    const typist = typed('my', ' ', 'draft', '\x01', up);
    expect(typist.type('x').shown).toBe(`${history[3]}x|`);
    expect(typist.type('\x1f').shown).toBe(`${history[3]}|`);
    expect(typist.type('\x1f').shown).toBe('|my draft');
    expect(typist.type('\x1f').shown).toBe('my |');
    expect(typed('my', ' ', 'draft', '\x01', up, up, down, down, '\x1f').shown).toBe('my |');
    expect(typed(up, '\x1f').shown).toBe(`${history[3]}|`);
  });

  it('brings back with undo what Ctrl-C cleared', () => {
    expect(typed('select 1', '\x03').shown).toBe('|');
    expect(typed('select 1', '\x03', '\x1f').shown).toBe('select 1|');
    expect(typed('select 1', '\x03', 'pool\r', '\x1f').shown).toBe('|');
  });

  it('suggests from the history and takes it with →', () => {
    const typist = typed('fet');
    expect(suggested(typist.state, history)).toBe('ch 600519 --from -1y');
    expect(typist.type(right).shown).toBe(`${history[3]}|`);
    expect(suggested(typed('fet', left).state, history)).toBe(null);
    expect(typed('fet', left, right).shown).toBe('fet|');
    expect(suggested(typed('   ').state, history)).toBe(null);
  });

  it('searches, goes older and newer, takes or goes back', () => {
    const typist = typed('draft', '\x12', 'sel');
    expect(typist.state.search?.matches.map(({ entry }) => entry)).toEqual([history[2], history[0]]);
    expect(typist.type('\x12', '\r').shown).toBe('select 1;|');
    expect(typist.effects).toEqual([]);
    expect(typed('draft', '\x12', 'sel', '\x07').shown).toBe('draft|');
    expect(typed('draft', '\x12', 'sel', '\x1b').shown).toBe('draft|');
    expect(typed('draft', '\x12', 'nothing like it', '\r').shown).toBe('draft|');
    expect(typed('\x12', 'dailx\x7fy', '\x1b<').shown).toBe(`|${history[2]}`);
  });

  it('searches for the same again with C-r twice, and shortens what is searched for as any text', () => {
    const typist = typed('\x12', 'sel', '\r').type('\x03', '\x12', '\x12');
    expect(typist.state.search).toMatchObject({ query: 'sel', at: 0 });
    expect(typist.state.search?.matches).toHaveLength(2);
    expect(typed('\x12', '\x12', 'x').state.search?.query).toBe('x');
    expect(typed('\x12', 'daily 👨‍👩‍👧', '\x7f').state.search?.query).toBe('daily ');
    expect(typed('\x12', 'daily code', '\x17').state.search?.query).toBe('daily ');
    expect(typed('\x12', 'daily code', '\x15').state.search?.query).toBe('');
  });

  it('marks what answers the query', () => {
    const { matches } = typed('\x12', '600519 CODE').state.search ?? { matches: [] };
    const [match] = matches;
    expect(match?.marks.map(({ from, to }) => match.entry.slice(from, to))).toEqual(['code', '600519']);
    expect(typed('\x12', 'ftch').state.search?.matches[0]?.entry).toBe(history[3]);
  });

  it('puts the next key in as a character', () => {
    expect(typed('a\x16\x1b').shown).toBe('a\x1b|');
    expect(typed('a\x16\tb').shown).toBe('a\tb|');
  });

  it('reads chords of two keys', () => {
    expect(typed('x\x18\x05').effects).toEqual([{ do: 'external-editor' }]);
    expect(typed('one', ' ', 'two\x18\x15').shown).toBe('one |');
    expect(typed('x\x18').effects).toEqual([]);
    expect(typed('x\x18y').shown).toBe('xy|');
  });

  it('indents at the beginning of a line and completes elsewhere', () => {
    expect(typed('select 1\r\t').shown).toBe('select 1\n  |');
    expect(typed('sel\t').state.completing.asked).toEqual({ text: 'sel', cursor: 3, by: 'tab' });
  });

  it('takes the last word of the entry before', () => {
    expect(typed('fetch 1 ', '\x1b.').shown).toBe('fetch 1 -1y|');
    expect(typed('fetch 1 ', '\x1b.', '\x1b.', '\x1b.').shown).toBe('fetch 1 pool|');
    expect(typed('fetch 1 ', '\x1b.', 'x', '\x1b.').shown).toBe('fetch 1 -1yx-1y|');
    expect(typed('a b', left, '\x1b.', '\x1b.', '\x1b.', '\x1b.', '\x1b.', '\x1b.').shown).toBe('a 1|b');
  });

  it('stands for commands with function keys', () => {
    expect(typed('\x1bOP').effects).toEqual([{ do: 'command', line: 'help' }]);
    expect(typed('\x1bOS').effects).toEqual([{ do: 'command', line: 'failures' }]);
  });
});
