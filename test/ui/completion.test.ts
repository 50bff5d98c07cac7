/** The list of completions at the prompt: keys and answers in, text and list out. */
import { describe, expect, it } from 'vitest';
import { lineText, lineWidth } from '../../src/output/spans.ts';
import type { Candidate, Completions } from '../../src/shell/completion/candidate.ts';
import { ranked } from '../../src/shell/completion/ranking.ts';
import { askedAgain, type Question } from '../../src/ui/completion.ts';
import { completionLines } from '../../src/ui/completion-lines.ts';
import { type InputEvent, KeyParser } from '../../src/ui/keys.ts';
import { type Effect, emptyPrompt, type PromptState, pressed, withCompletions } from '../../src/ui/prompt.ts';

const column = (label: string, over: Partial<Candidate> = {}): Candidate => ({
  insert: label,
  label,
  kind: 'column',
  type: 'double',
  says: '',
  group: 0,
  ...over,
});
const columns = ['close', 'closing', 'code', 'pre_close'].map(label => column(label));

class Typist {
  state: PromptState = emptyPrompt;
  readonly effects: Effect[] = [];

  type(bytes: string): this {
    const parser = new KeyParser();
    const events: InputEvent[] = parser.push(Buffer.from(bytes));
    if (parser.waiting !== null) events.push(...parser.settle());
    for (const event of events) {
      const step = pressed(this.state, event, {
        entries: [],
        openness: () => null,
        prompt: [],
        cells: 60,
        now: 0,
      });
      this.state = step.state;
      this.effects.push(...step.effects);
    }
    return this;
  }

  /** The engine answers what is asked now. */
  answer(among: readonly Candidate[] = columns): this {
    const { asked } = this.state.completing;
    if (!asked) return this;
    const typed = /\w*$/.exec(asked.text.slice(0, asked.cursor))?.[0] ?? '';
    const candidates = ranked(typed, among);
    const found: Completions = {
      from: asked.cursor - typed.length,
      to: asked.cursor,
      candidates,
      total: candidates.length,
      unasked: typed.length >= 2,
    };
    this.state = withCompletions(this.state, asked, found);
    return this;
  }

  get text(): string {
    return this.state.buffer.text;
  }

  get labels(): readonly string[] {
    return this.state.completing.list?.items.map(({ label }) => label) ?? [];
  }
}

const tab = '\t';
const esc = '\x1b';

describe('completion at the prompt', () => {
  it('appears while typing from two letters on and narrows at once', () => {
    const typist = new Typist().type('select c').answer();
    expect(typist.labels).toEqual([]);
    expect(typist.type('l').answer().labels).toEqual(['close', 'closing', 'pre_close']);
    expect(typist.type('osi').labels).toEqual(['closing']);
    expect(typist.text).toBe('select closi');
  });

  it('puts in what all begin with, then moves through, and Enter takes', () => {
    const typist = new Typist().type('select cl').answer(columns.slice(0, 2));
    expect(typist.type(tab).text).toBe('select clos');
    expect(typist.type(tab).text).toBe('select close');
    expect(typist.type(tab).text).toBe('select closing');
    expect(typist.type('\x1b[Z').text).toBe('select close');
    expect(typist.type('\r').text).toBe('select close');
    expect(typist.effects).toEqual([]);
    expect(typist.state.completing.list).toBeNull();
    expect(typist.type('\r').effects).toEqual([{ do: 'submit', text: 'select close' }]);
  });

  it('lets Enter run where nothing was selected', () => {
    expect(new Typist().type('select cl').answer().type('\r').effects).toEqual([{ do: 'submit', text: 'select cl' }]);
  });

  it('takes the only candidate with Tab', () => {
    expect(new Typist().type('select pre').answer().type(tab).text).toBe('select pre_close');
    expect(new Typist().type(`select p${tab}`).answer().text).toBe('select pre_close');
  });

  it('closes with Escape, gives the text back, and stays closed for the word', () => {
    const typist = new Typist().type('select clos').answer().type(tab);
    expect(typist.text).toBe('select close');
    expect(typist.type(esc).text).toBe('select clos');
    expect(typist.type('e').answer().labels).toEqual([]);
    expect(typist.text).toBe('select close');
    expect(typist.type(', cl').answer().labels).toHaveLength(3);
  });

  it('makes a new line of Escape and Enter', () => {
    const typist = new Typist().type('select cl').answer().type(esc).type('\r');
    expect(typist.text).toBe('select cl\n');
    expect(typist.effects).toEqual([]);
  });

  it('drops an answer that comes late', () => {
    const typist = new Typist().type('select cl');
    const { asked } = typist.state.completing;
    typist.type('ose ');
    const found = { from: 7, to: 9, candidates: columns, total: 4, unasked: true };
    if (asked) typist.state = withCompletions(typist.state, asked, found);
    expect(typist.labels).toEqual([]);
  });

  it('completes nothing in a paste', () => {
    const typist = new Typist().type('\x1b[200~select cl\tose\x1b[201~');
    expect(typist.state.completing.asked).toBeNull();
    expect(typist.text).toBe('select cl\tose');
  });

  it('undoes a completion in one step', () => {
    const typist = new Typist().type('select clos').answer().type(tab).type(tab).type('\r').type('\x1f');
    expect(typist.text).toBe('select clos');
  });
});

describe('order of candidates', () => {
  it('is prefix, part, characters; then group; then what was used last', () => {
    const all = [
      column('clear', { kind: 'function', group: 5 }),
      column('pre_close'),
      column('ceil', { kind: 'function', group: 5 }),
      column('close'),
      column('click'),
    ];
    const recency = new Map([['click', 0]]);
    expect(ranked('cl', all, recency).map(({ label }) => label)).toEqual([
      'click',
      'close',
      'clear',
      'pre_close',
      'ceil',
    ]);
  });
});

describe('the rows of the list', () => {
  it('stand under the word, aligned in cells, within every window', () => {
    const list = {
      before: emptyPrompt.buffer,
      from: 0,
      to: 0,
      items: [column('名称', { says: '股票名称' }), column('close', { says: 'yuan' })],
      total: 2,
      selected: 1,
    };
    const rows = completionLines(list, { columns: 80, rows: 24, glyphs: true }, 20, 8).map(lineText);
    expect(rows[0]).toBe(`${' '.repeat(20)}名称   column  double  股票名称`);
    expect(rows[1]).toBe(`${' '.repeat(18)}❯ close  column  double  yuan`);
    for (let cells = 20; cells < 90; cells++) {
      for (const line of completionLines(list, { columns: cells, rows: 6, glyphs: true }, 50, 4).slice(0, 2)) {
        expect(lineWidth(line)).toBeLessThanOrEqual(cells - 1);
      }
    }
  });

  it('asks again after a change for what is open or was missed, and for nothing else', () => {
    const open = new Typist().type('select cl').answer().state;
    const again = askedAgain(open.completing, open.buffer, null);
    expect(again).toEqual({ text: 'select cl', cursor: 9, by: 'change' });
    const asked = { ...open, completing: { ...open.completing, asked: again } };
    const one: Completions = { from: 7, to: 9, candidates: [column('clue')], total: 1, unasked: false };
    const refreshed = withCompletions(asked, again as Question, one);
    expect(refreshed.buffer.text).toBe('select cl');
    expect(refreshed.completing.list?.items.map(({ label }) => label)).toEqual(['clue']);
    const chosen = new Typist().type('select cl').answer().type('\t\t').state;
    expect(askedAgain(chosen.completing, chosen.buffer, null)).toBeNull();

    const missed = new Typist().type('from my').answer();
    const question: Question = { text: 'from my', cursor: 7, by: 'typing' };
    expect(missed.state.completing.list).toBeNull();
    expect(askedAgain(missed.state.completing, missed.state.buffer, question)).toEqual(question);
    expect(askedAgain(missed.state.completing, missed.state.buffer, { ...question, text: 'from m' })).toBeNull();
    expect(askedAgain(missed.state.completing, missed.state.buffer, null)).toBeNull();
  });
});
