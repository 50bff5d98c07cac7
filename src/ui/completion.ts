/**
 * The list of completions at the prompt, as pure functions: asked for, answered, narrowed while typing goes on, moved through, taken
 * or closed. An answer counts only for the very text that it was asked for.
 */
import type { Candidate, Completions } from '../shell/completion/candidate.ts';
import { answers, commonStart } from '../shell/completion/ranking.ts';
import { type Buffer, edited } from './buffer.ts';

/** `change`: an open list, whose answer may be another one since a statement or a job has ended. */
export type AskedBy = 'typing' | 'tab' | 'change';

/** What the engine is to be asked. */
export interface Question {
  readonly text: string;
  readonly cursor: number;
  readonly by: AskedBy;
}

export interface List {
  /** The text before anything of the list was put into it. */
  readonly before: Buffer;
  /** The part of it that a candidate takes the place of. */
  readonly from: number;
  readonly to: number;
  /** The best first. */
  readonly items: readonly Candidate[];
  /** As many answered. */
  readonly total: number;
  /** The one that stands in the text now. */
  readonly selected: number | null;
}

export interface Completing {
  readonly asked: Question | null;
  readonly list: List | null;
  /** Where the word begins whose list was closed: it stays closed until Tab or another word. */
  readonly closed: number | null;
}

export const notCompleting: Completing = { asked: null, list: null, closed: null };

export interface Completed {
  readonly buffer: Buffer;
  readonly completing: Completing;
}

/** Longer pieces at once are no typing. */
const longestTyped = 64;

/** After typing: the list narrowed at once, and the engine asked anew. */
export function afterTyping(completing: Completing, before: Buffer, buffer: Buffer, typed: string): Completing {
  if (typed.length > longestTyped || typed.includes('\n')) return notCompleting;
  return {
    asked: { text: buffer.text, cursor: buffer.cursor, by: 'typing' },
    list: narrowed(completing.list, before, buffer),
    closed: completing.closed,
  };
}

/** After a character was taken back: only an open list goes on. */
export function afterDeleting(completing: Completing, before: Buffer, buffer: Buffer): Completing {
  if (!completing.list) return { ...notCompleting, closed: completing.closed };
  return afterTyping(completing, before, buffer, '');
}

/** What of the list answers the text now; null where another word is typed. */
function narrowed(list: List | null, before: Buffer, buffer: Buffer): List | null {
  if (!list || list.selected !== null || before !== list.before) return null;
  const { text, cursor } = buffer;
  const rest = list.before.text.length - list.before.cursor;
  const same =
    cursor >= list.from &&
    text.slice(0, list.from) === list.before.text.slice(0, list.from) &&
    text.length - cursor === rest;
  const typed = text.slice(list.from, cursor);
  if (!same || /[\s(),;.'"]$/.test(typed)) return null;
  const items = list.items.filter(item => answers(typed, item) !== null);
  if (items.length === 0) return null;
  const total = items.length === list.items.length ? list.total : items.length;
  return { ...list, before: buffer, to: list.to + cursor - list.before.cursor, items, total };
}

/** Tab: takes the only one, else puts in what all begin with, else moves through; without a list the engine is asked. */
export function tabbed({ list, closed }: Completing, buffer: Buffer, back: boolean): Completed {
  if (!list) {
    return {
      buffer,
      completing: { asked: { text: buffer.text, cursor: buffer.cursor, by: 'tab' }, list: null, closed },
    };
  }
  if (list.selected === null && !back) {
    if (list.items.length === 1) return taken(list, 0);
    const started = withStart(list);
    if (started !== list) return { buffer: started.before, completing: { asked: null, list: started, closed: null } };
  }
  const { items, selected } = list;
  const at = selected === null ? (back ? items.length - 1 : 0) : selected + (back ? -1 : 1);
  return selectedAt(list, (at + items.length) % items.length);
}

/** Up or down in a list from which something was chosen; null where the key means something else. */
export function movedIn({ list }: Completing, by: number): Completed | null {
  if (!list || list.selected === null) return null;
  const { length } = list.items;
  return selectedAt(list, (list.selected + by + length) % length);
}

/** The chosen candidate stays, the list goes. */
export function accepted({ list }: Completing): Completed | null {
  return list && list.selected !== null ? taken(list, list.selected) : null;
}

/** The text as it was, and no list for this word. */
export function dismissed({ list }: Completing): Completed | null {
  return list ? { buffer: list.before, completing: { asked: null, list: null, closed: list.from } } : null;
}

/**
 * What there is may be otherwise now. The open list is asked for again, and so is the text that was answered with none; null where
 * nothing hangs on it. `last`: the question that was answered last.
 */
export function askedAgain({ asked, list }: Completing, buffer: Buffer, last: Question | null): Question | null {
  const { text, cursor } = buffer;
  if (asked) return null;
  if (list) return list.selected === null && list.before === buffer ? { text, cursor, by: 'change' } : null;
  return last?.by === 'typing' && last.text === text && last.cursor === cursor ? { ...last } : null;
}

/** The engine's answer to `question`; what was asked since has made it late. */
export function answered(
  completing: Completing,
  buffer: Buffer,
  question: Question,
  found: Completions | null,
): Completed {
  const { asked } = completing;
  const unchanged = { buffer, completing };
  if (!asked || asked.text !== question.text || asked.cursor !== question.cursor) return unchanged;
  if (buffer.text !== question.text || buffer.cursor !== question.cursor) return unchanged;
  const closed = found !== null && found.from === completing.closed ? completing.closed : null;
  const none = { buffer, completing: { asked: null, list: null, closed } };
  if (!found || found.candidates.length === 0) return none;
  const list: List = {
    before: buffer,
    from: found.from,
    to: found.to,
    items: found.candidates,
    total: found.total,
    selected: null,
  };
  if (asked.by === 'change') return { buffer, completing: { asked: null, list, closed: null } };
  if (asked.by === 'typing') {
    // In the middle of a word nobody waits for another one.
    const inWord = found.to > question.cursor;
    if (!found.unasked || closed !== null || inWord) return none;
    return { buffer, completing: { asked: null, list, closed: null } };
  }
  if (list.items.length === 1) return taken(list, 0);
  const started = withStart(list);
  return { buffer: started.before, completing: { asked: null, list: started, closed: null } };
}

function typedOf({ before, from }: List): string {
  return before.text.slice(from, before.cursor);
}

/** The list with the text grown to what all its items begin with. */
function withStart(list: List): List {
  const typed = typedOf(list);
  const start = typed === '' ? '' : commonStart(list.items, typed);
  if (start === typed || list.total > list.items.length) return list;
  const before = edited(list.before, { do: 'put', from: list.from, to: list.to, text: start });
  return { ...list, before, to: list.from + start.length };
}

function put({ before, from, to }: List, { insert }: Candidate): Buffer {
  return edited(before, { do: 'put', from, to, text: insert });
}

function selectedAt(list: List, at: number): Completed {
  const item = list.items[at];
  if (!item) return { buffer: list.before, completing: notCompleting };
  return { buffer: put(list, item), completing: { asked: null, list: { ...list, selected: at }, closed: null } };
}

function taken(list: List, at: number): Completed {
  const item = list.items[at];
  if (!item) return { buffer: list.before, completing: notCompleting };
  const buffer = put(list, item);
  // After a folder comes what is in it.
  const goesOn = item.kind === 'path' && item.insert.endsWith('/');
  const asked: Question | null = goesOn ? { text: buffer.text, cursor: buffer.cursor, by: 'typing' } : null;
  return { buffer, completing: { ...notCompleting, asked } };
}
