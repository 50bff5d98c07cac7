/**
 * What a key does at the prompt, as a pure reducer: state and an input give the next state and what the shell is to do. It knows
 * the text, the walk through the history, the search and half-typed chords; no terminal, no engine.
 */
import type { Line } from '../output/line.ts';
import type { Completions } from '../shell/completion/candidate.ts';
import { lookUp } from './bindings.ts';
import { type Buffer, type Edit, edited, emptyBuffer, isEditCommand } from './buffer.ts';
import {
  accepted,
  afterDeleting,
  afterTyping,
  answered,
  type Completed,
  type Completing,
  dismissed,
  movedIn,
  notCompleting,
  type Question,
  tabbed,
} from './completion.ts';
import type { InputEvent } from './keys.ts';
import { inIndent, vertical } from './layout.ts';
import { type Match, searched, suggestion, type Walk, type Walked, walked, walkFrom } from './recall.ts';
import { clamped, type Vi, type ViStep, viAnew, viKey } from './vi.ts';
import { wordEnd } from './words.ts';

export interface Search {
  readonly query: string;
  /** Which of the matches, the newest first. */
  readonly at: number;
  readonly matches: readonly Match[];
  /** The text before the search. */
  readonly before: Buffer;
}

export interface PromptState {
  readonly buffer: Buffer;
  /** Column that vertical movement tries to keep, in cells. */
  readonly goal: number | null;
  /** Set while the history is walked through and nothing else was done. */
  readonly walk: Walk | null;
  readonly search: Search | null;
  /** What was searched for last; C-r twice searches for it again. */
  readonly sought: string;
  /** What M-. has just put in: from where, of which entry. Counts while the buffer is that one. */
  readonly lastWord: { readonly buffer: Buffer; readonly from: number; readonly at: number } | null;
  /** First key of a chord of two, with the time (ms) after which it no longer counts. */
  readonly prefix: { readonly key: string; readonly until: number } | null;
  /** The next key is taken as a character. */
  readonly quoting: boolean;
  /** Null where the keys are not vi's. */
  readonly vi: Vi | null;
  readonly completing: Completing;
}

export type Effect =
  | { readonly do: 'submit'; readonly text: string }
  /** Ctrl-C with nothing left to clear. */
  | { readonly do: 'interrupt' }
  | { readonly do: 'leave' }
  | { readonly do: 'clear-screen' }
  | { readonly do: 'suspend' }
  | { readonly do: 'external-editor' }
  | { readonly do: 'fold-jobs' }
  /** The last result over the whole window. */
  | { readonly do: 'view-result' }
  /** A key that stands for a command line. */
  | { readonly do: 'command'; readonly line: string };

export interface PromptContext {
  /** Oldest first. */
  readonly entries: readonly string[];
  /** Null when Enter may run the text. */
  readonly openness: (text: string) => unknown;
  /** The prompt and the cells of a row, for movement from row to row. */
  readonly prompt: Line;
  readonly cells: number;
  /** Clock of the process in ms. */
  readonly now: number;
}

export interface Step {
  readonly state: PromptState;
  readonly effects: readonly Effect[];
}

export const emptyPrompt: PromptState = {
  buffer: emptyBuffer,
  goal: null,
  walk: null,
  search: null,
  sought: '',
  lastWord: null,
  prefix: null,
  quoting: false,
  vi: null,
  completing: notCompleting,
};

/** Escape stands for Alt with the key after it, for this long. */
const escapeCountsMs = 1000;
const chordCountsMs = 10_000;
/** The prefix that stays when Escape closed a list. */
const closedPrefix = 'closed';

export function pressed(state: PromptState, event: InputEvent, context: PromptContext): Step {
  if (event.type === 'report') return { state, effects: [] };
  if (state.vi && !state.search && !state.quoting && event.type !== 'paste') {
    const { list } = state.completing;
    // Escape gives the text back as it was before the list, there too.
    const bare = list && event.type === 'key' && event.key === 'escape' ? { ...state, buffer: list.before } : state;
    const done = inVi(bare, state.vi, event, context);
    if (done) {
      const { completing } = done.state;
      return completing === state.completing ? { ...done, state: { ...done.state, completing: notCompleting } } : done;
    }
  }
  const prefix = state.prefix && state.prefix.until > context.now ? state.prefix.key : null;
  const open = state.prefix ? { ...state, prefix: null } : state;
  if (event.type === 'key') {
    const inList = prefix === null ? onList(open, event.key, context) : null;
    if (inList) return step(inList);
    const done = onKey(open, event.key, prefix, context);
    return { ...done, state: afterKey(open, done.state, event.key) };
  }
  if (event.type === 'text' && prefix !== null && prefix !== closedPrefix) {
    const done = onTextAfter(open, event.text, prefix, context);
    return { ...done, state: { ...done.state, completing: notCompleting } };
  }
  const taken = withText({ ...open, quoting: false }, event.text, context);
  const typed = taken.vi && taken.vi.mode !== 'insert' ? { ...taken, buffer: clamped(taken.buffer) } : taken;
  if (event.type === 'paste' || typed.search) return step({ ...typed, completing: notCompleting });
  return step({ ...typed, completing: afterTyping(open.completing, open.buffer, typed.buffer, event.text) });
}

/** What the engine says to `state.completing.asked`. */
export function withCompletions(state: PromptState, question: Question, found: Completions | null): PromptState {
  return completed(state, answered(state.completing, state.buffer, question, found));
}

function completed(state: PromptState, { buffer, completing }: Completed): PromptState {
  return buffer === state.buffer ? { ...state, completing } : { ...state, buffer, completing, goal: null, walk: null };
}

/** Keys that belong to an open list; null for those that do what they always do. */
function onList(state: PromptState, key: string, context: PromptContext): PromptState | null {
  const { completing, buffer } = state;
  if (!completing.list || state.quoting || state.search) return null;
  const found = lookUp(key, null);
  const command = found && 'command' in found ? found.command : '';
  const done = ((): Completed | null => {
    switch (command) {
      case 'complete':
      case 'complete-back':
        return tabbed(completing, buffer, command === 'complete-back');
      case 'up':
        return movedIn(completing, -1);
      case 'down':
        return movedIn(completing, 1);
      case 'accept':
        return accepted(completing);
      case 'abort':
        return dismissed(completing);
      default:
        return null;
    }
  })();
  if (!done) return null;
  const next = completed(state, done);
  // Escape and Enter is a new line also where Escape has closed a list; no other key is taken for Alt then.
  if (key !== 'escape') return next;
  return { ...next, prefix: { key: closedPrefix, until: context.now + escapeCountsMs } };
}

/** The list after a key that was not its own: it goes on only while a word is shortened. */
function afterKey(before: PromptState, after: PromptState, key: string): PromptState {
  if (after.completing !== before.completing) return after;
  const { completing } = before;
  if (after.prefix) return after;
  if ((key === 'backspace' || key === 'C-h') && !after.search) {
    return { ...after, completing: afterDeleting(completing, before.buffer, after.buffer) };
  }
  return { ...after, completing: notCompleting };
}

/** The suggestion that stands dim after the text, or null. */
export function suggested({ buffer, search, walk, vi }: PromptState, entries: readonly string[]): string | null {
  if (search || walk || (vi && vi.mode !== 'insert') || buffer.cursor !== buffer.text.length) return null;
  return suggestion(buffer.text, entries);
}

/** A fresh text, with what was killed before at hand. */
export function cleared(state: PromptState): PromptState {
  return emptied(state, edited(state.buffer, { do: 'set', text: '' }));
}

function emptied({ vi, sought }: PromptState, buffer: Buffer): PromptState {
  return { ...emptyPrompt, buffer, sought, vi: vi && viAnew(vi) };
}

export function withEdit(state: PromptState, edit: Edit): PromptState {
  return { ...state, buffer: edited(state.buffer, edit), goal: null, walk: null };
}

/** vi's own keys; null where the key is everybody's. Escape with a key right after it is two keys there, not Alt. */
function inVi(state: PromptState, vi: Vi, event: InputEvent, context: PromptContext): Step | null {
  if (event.type === 'text') {
    if (vi.mode === 'insert') return null;
    const effects: Effect[] = [];
    let next = state;
    for (const character of event.text) {
      // After `i` the rest is text.
      const done = pressedInVi(next, character, context);
      next = done.state;
      effects.push(...done.effects);
    }
    return { state: next, effects };
  }
  if (event.type !== 'key') return null;
  const [, after] = /^M-(.)$/su.exec(event.key) ?? [];
  if (after !== undefined) {
    const escaped = pressedInVi(state, 'escape', context);
    const done = pressedInVi(escaped.state, after, context);
    return { state: done.state, effects: [...escaped.effects, ...done.effects] };
  }
  const key = viKey(vi, state.buffer, event.key);
  if (key) return afterVi(state, key, context);
  if (vi.mode === 'insert') return null;
  if (event.key === 'enter' || event.key === 'C-j') {
    // What is not complete gets its new line behind the text of the line.
    const ready = withEdit({ ...state, vi: viAnew(vi) }, { do: 'line-end' });
    return onKey(ready, event.key, null, context);
  }
  const done = onKey({ ...state, prefix: null }, event.key, null, context);
  return { ...done, state: { ...done.state, buffer: clamped(done.state.buffer) } };
}

function pressedInVi(state: PromptState, key: string, context: PromptContext): Step {
  const done = state.vi && !state.search ? viKey(state.vi, state.buffer, key) : null;
  return done ? afterVi(state, done, context) : step(withText(state, key, context));
}

function afterVi(state: PromptState, { vi, buffer, command, times = 1 }: ViStep, context: PromptContext): Step {
  const moved = buffer === state.buffer;
  const next: PromptState = { ...state, vi, buffer, prefix: null, ...(moved ? {} : { goal: null, walk: null }) };
  if (command === undefined) return step(next);
  let done = step(next);
  for (let n = 0; n < times; n++) {
    const { state: before } = done;
    done = onCommand(before, command, context);
    if (done.state.buffer === before.buffer) break;
  }
  const settled = done.state.vi?.mode === 'normal' ? clamped(done.state.buffer) : done.state.buffer;
  return { ...done, state: { ...done.state, buffer: settled } };
}

function step(state: PromptState, ...effects: readonly Effect[]): Step {
  return { state, effects };
}

function withText(state: PromptState, text: string, context: PromptContext): PromptState {
  if (state.search) return searchedFor(state, state.search.query + text.replaceAll('\n', ' '), context);
  return withEdit(state, { do: 'insert', text });
}

/** Escape and then a character is Alt with it, where that means something; else the character is text: no key is lost. */
function onTextAfter(state: PromptState, text: string, prefix: string, context: PromptContext): Step {
  const [first = ''] = text;
  const found = prefix === 'escape' ? lookUp(`M-${first}`, null) : lookUp(first, prefix);
  if (!found || !('command' in found)) {
    return step(withText(state, text, context));
  }
  const done = onCommand(state, found.command, context);
  const rest = text.slice(first.length);
  return rest === '' ? done : { state: withText(done.state, rest, context), effects: done.effects };
}

function onKey(state: PromptState, key: string, prefix: string | null, context: PromptContext): Step {
  if (state.quoting) return step(withText({ ...state, quoting: false }, characterOf(key), context));
  if (prefix === closedPrefix) {
    if (key === 'enter' || key === 'C-j') return onCommand(state, 'newline', context);
    return onKey(state, key, null, context);
  }
  if (prefix === 'escape') {
    if (key === 'escape') return step(state);
    return onKey(state, key.startsWith('C-') ? `C-M-${key.slice(2)}` : `M-${key}`, null, context);
  }
  const found = lookUp(key, prefix);
  if (!found) {
    // Escape and right after it a key that means nothing with Alt: the key by itself is not lost.
    const bare = key.replace('M-', '');
    const alone = prefix === null && bare !== key && bare.length > 1 && lookUp(bare, null) !== null;
    return alone ? onKey(state, bare, null, context) : step(state);
  }
  if ('prefix' in found) {
    return step({ ...state, prefix: { key: found.prefix, until: context.now + chordCountsMs } });
  }
  if (found.command === 'abort' && key === 'escape' && !state.search) {
    return step({ ...state, prefix: { key: 'escape', until: context.now + escapeCountsMs } });
  }
  return onCommand(state, found.command, context);
}

/** A key as the character that it sends: `C-a` is U+0001. */
function characterOf(key: string): string {
  if (key === 'tab') return '\t';
  if (key === 'enter' || key === 'C-j') return '\n';
  if (key === 'escape') return '\x1b';
  if (key === 'backspace') return '\x7f';
  if (key === 'C-space') return '\0';
  const [, letter] = /^C-(.)$/.exec(key) ?? [];
  return letter ? String.fromCharCode(letter.toUpperCase().charCodeAt(0) & 31) : '';
}

function onCommand(state: PromptState, command: string, context: PromptContext): Step {
  if (state.search) return inSearch(state, state.search, command, context);
  const { buffer } = state;
  switch (command) {
    case 'accept':
      if (buffer.text.trim() === '') return step(cleared(state));
      if (context.openness(buffer.text) !== null) return step(withEdit(state, { do: 'newline' }));
      return step(cleared(state), { do: 'submit', text: buffer.text });
    case 'accept-as-is':
      if (buffer.text.trim() === '') return step(cleared(state));
      return step(cleared(state), { do: 'submit', text: buffer.text });
    case 'interrupt':
      // Undo brings it back.
      return buffer.text === ''
        ? step(state, { do: 'interrupt' })
        : step(emptied(state, edited(buffer, { do: 'replace', text: '' })));
    case 'delete-or-leave':
      if (buffer.text === '') return step(state, { do: 'leave' });
      return step(withEdit(state, { do: 'delete-forward' }));
    case 'right':
    case 'line-end': {
      const rest = suggested(state, context.entries);
      return step(withEdit(state, rest === null ? { do: command } : { do: 'insert', text: rest }));
    }
    case 'word-right': {
      const rest = suggested(state, context.entries);
      const { text } = buffer;
      if (rest === null) return step(withEdit(state, { do: 'word-right' }));
      return step(
        withEdit(state, { do: 'insert', text: (text + rest).slice(text.length, wordEnd(text + rest, text.length)) }),
      );
    }
    case 'up':
      return step(upDown(state, -1, context));
    case 'down':
      return step(upDown(state, 1, context));
    case 'page-up':
      return step(paged(state, -1, context));
    case 'page-down':
      return step(paged(state, 1, context));
    case 'history-older':
      return step(recalled(state, 'older', context));
    case 'history-newer':
      return step(recalled(state, 'newer', context));
    case 'search-older':
    case 'search-newer':
      return step({ ...state, walk: null, search: { query: '', at: 0, matches: [], before: buffer } });
    case 'last-word':
      return step(withLastWord(state, context));
    case 'quoted-insert':
      return step({ ...state, quoting: true });
    case 'complete':
      if (inIndent(buffer.text, buffer.cursor)) return step(withEdit(state, { do: 'insert', text: '  ' }));
      return step(completed(state, tabbed(state.completing, buffer, false)));
    case 'complete-back':
      return step(state);
    case 'clear-screen':
    case 'suspend':
    case 'external-editor':
    case 'fold-jobs':
    case 'view-result':
      return step(state, { do: command });
    case 'help':
    case 'failures':
      return step(state, { do: 'command', line: command });
    default:
      return step(isEditCommand(command) ? withEdit(state, { do: command }) : state);
  }
}

/** The last word of the entry before; once more, that of an older one in its place. */
function withLastWord(state: PromptState, { entries }: PromptContext): PromptState {
  const { buffer, lastWord } = state;
  const before = lastWord?.buffer === buffer ? lastWord : { from: buffer.cursor, at: entries.length };
  const newest = wordAtEnd(entries[before.at]);
  for (let at = before.at - 1; at >= 0; at--) {
    const text = wordAtEnd(entries[at]);
    if (text === undefined || text === newest) continue;
    const next = withEdit(state, { do: 'put', from: before.from, to: buffer.cursor, text });
    return { ...next, lastWord: { buffer: next.buffer, from: before.from, at } };
  }
  return state;
}

function wordAtEnd(entry = ''): string | undefined {
  return /\S+$/.exec(entry.replace(/[;\s]+$/, ''))?.[0];
}

/** A row up or down in the text; beyond its first and last row, and while it walks, through the history. */
function upDown(state: PromptState, rows: -1 | 1, context: PromptContext): PromptState {
  const { buffer, goal, walk } = state;
  const direction = rows < 0 ? 'older' : 'newer';
  if (walk) return recalled(state, direction, context);
  const place = vertical(buffer.text, buffer.cursor, rows, { prompt: context.prompt, cells: context.cells, goal });
  if (!place) return recalled(state, direction, context);
  return { ...state, buffer: edited(buffer, { do: 'go', to: place.cursor }), goal: place.goal };
}

function paged(state: PromptState, direction: -1 | 1, context: PromptContext): PromptState {
  const { buffer, goal } = state;
  for (let rows = 10; rows > 0; rows--) {
    const place = vertical(buffer.text, buffer.cursor, rows * direction, { ...context, goal });
    if (place)
      return { ...state, buffer: edited(buffer, { do: 'go', to: place.cursor }), goal: place.goal, walk: null };
  }
  return state;
}

function recalled(state: PromptState, direction: 'older' | 'newer', { entries }: PromptContext): PromptState {
  const { buffer } = state;
  const walk = state.walk ?? walkFrom(buffer, entries);
  const found = walked(walk, entries, direction);
  if (!found) return state;
  return { ...state, buffer: recalledBuffer(buffer, found), walk: found.walk, goal: null };
}

/** The draft comes back with all that can be undone in it; an entry stands on it, so that undo leads there too. */
function recalledBuffer(buffer: Buffer, { walk: { draft }, entry }: Walked): Buffer {
  if (entry === null) return { ...draft, cursor: draft.text.length, kills: buffer.kills, last: 'move', yanked: null };
  const past = draft.text === '' ? draft.past : [...draft.past, { text: draft.text, cursor: draft.cursor }];
  return { ...edited(buffer, { do: 'set', text: entry }), past };
}

function searchedFor(state: PromptState, query: string, { entries }: PromptContext): PromptState {
  if (!state.search) return state;
  return { ...state, search: { ...state.search, query, at: 0, matches: searched(query, entries) } };
}

function inSearch(state: PromptState, search: Search, command: string, context: PromptContext): Step {
  const { query, at, matches, before } = search;
  const found = matches[at]?.entry;
  const taken: PromptState = {
    ...state,
    search: null,
    sought: query === '' ? state.sought : query,
    buffer: found === undefined ? before : edited(before, { do: 'replace', text: found }),
  };
  switch (command) {
    case 'search-older':
    case 'up':
      if (query === '') return step(searchedFor(state, state.sought, context));
      return step({ ...state, search: { ...search, at: Math.min(at + 1, Math.max(0, matches.length - 1)) } });
    case 'search-newer':
    case 'down':
      return step({ ...state, search: { ...search, at: Math.max(0, at - 1) } });
    case 'delete-back':
    case 'kill-line-back':
    case 'kill-blank-word-back':
    case 'kill-word-back': {
      const typed = edited({ ...emptyBuffer, text: query, cursor: query.length }, { do: command });
      return step(searchedFor(state, typed.text, context));
    }
    case 'abort':
    case 'interrupt':
      return step({ ...state, search: null, buffer: before });
    case 'accept':
    case 'right':
    case 'complete':
      return step(taken);
    case 'delete-or-leave':
    case 'history-older':
    case 'history-newer':
      return step(state);
    default:
      // Any other key takes the entry and does there what it does.
      return onCommand(taken, command, context);
  }
}
