/**
 * The text being edited, as a pure reducer: a buffer and an edit give the next buffer. Offsets are UTF-16 units and always stand between
 * two characters as a person counts them. What readline does under the same name happens here too; kills in a row join, undo
 * takes back a word of typing at a time.
 */
import {
  blankWordStart,
  lineAt,
  nextCharacter,
  previousCharacter,
  snapped,
  wordEnd,
  wordStart,
  wordsIn,
} from './words.ts';

interface Version {
  readonly text: string;
  readonly cursor: number;
}

export interface Buffer extends Version {
  /** Older versions, newest last. */
  readonly past: readonly Version[];
  /** Versions taken back, newest last. */
  readonly future: readonly Version[];
  /** What was killed, newest last; shared by all texts of a shell. */
  readonly kills: readonly string[];
  /** What the last edit was, for kills that join, undo that groups and yanks that are exchanged. */
  readonly last: 'typing' | 'kill' | 'yank' | 'move' | 'edit';
  /** The text put in by the last yank, and which kill it was. */
  readonly yanked: { readonly from: number; readonly index: number } | null;
}

export type Edit =
  | { readonly do: 'insert'; readonly text: string }
  /** One step of undo, whatever its size; the cursor goes to `cursor` or to the end. */
  | { readonly do: 'replace'; readonly text: string; readonly cursor?: number }
  /** As `replace`, but a new beginning: nothing to undo. */
  | { readonly do: 'set'; readonly text: string; readonly cursor?: number }
  /** Replaces a part, as one step of undo. */
  | { readonly do: 'put'; readonly from: number; readonly to: number; readonly text: string }
  | { readonly do: 'go'; readonly to: number }
  | { readonly do: EditCommand };

export type EditCommand = keyof typeof commands;

const killRing = 32;
const undoSteps = 400;
/** Characters of all versions together: a pasted file must not be kept hundreds of times. */
const undoCharacters = 8_000_000;

export const emptyBuffer: Buffer = {
  text: '',
  cursor: 0,
  past: [],
  future: [],
  kills: [],
  last: 'edit',
  yanked: null,
};

export function edited(buffer: Buffer, edit: Edit): Buffer {
  switch (edit.do) {
    case 'insert':
      return inserted(buffer, edit.text);
    case 'replace':
      return changed(buffer, edit.text, edit.cursor ?? edit.text.length);
    case 'set': {
      const cursor = snapped(edit.text, edit.cursor ?? edit.text.length);
      return { ...emptyBuffer, kills: buffer.kills, text: edit.text, cursor };
    }
    case 'put': {
      const text = buffer.text.slice(0, edit.from) + edit.text + buffer.text.slice(edit.to);
      return changed(buffer, text, edit.from + edit.text.length);
    }
    case 'go':
      return moved(buffer, snapped(buffer.text, edit.to));
    default:
      return commands[edit.do](buffer);
  }
}

export function isEditCommand(name: string): name is EditCommand {
  return Object.hasOwn(commands, name);
}

const commands = {
  'line-start': (b: Buffer) => moved(b, lineAt(b.text, b.cursor).from),
  'line-end': (b: Buffer) => moved(b, lineAt(b.text, b.cursor).to),
  'text-start': (b: Buffer) => moved(b, 0),
  'text-end': (b: Buffer) => moved(b, b.text.length),
  left: (b: Buffer) => moved(b, previousCharacter(b.text, b.cursor)),
  right: (b: Buffer) => moved(b, nextCharacter(b.text, b.cursor)),
  'word-left': (b: Buffer) => moved(b, wordStart(b.text, b.cursor)),
  'word-right': (b: Buffer) => moved(b, wordEnd(b.text, b.cursor)),
  'delete-back': (b: Buffer) => removed(b, previousCharacter(b.text, b.cursor), b.cursor),
  'delete-forward': (b: Buffer) => removed(b, b.cursor, nextCharacter(b.text, b.cursor)),
  'kill-line': (b: Buffer) => {
    const { to } = lineAt(b.text, b.cursor);
    return killed(b, b.cursor, to === b.cursor ? Math.min(to + 1, b.text.length) : to);
  },
  'kill-line-back': (b: Buffer) => {
    const { from } = lineAt(b.text, b.cursor);
    return killed(b, from === b.cursor ? Math.max(0, from - 1) : from, b.cursor);
  },
  'kill-word': (b: Buffer) => killed(b, b.cursor, wordEnd(b.text, b.cursor)),
  'kill-word-back': (b: Buffer) => killed(b, wordStart(b.text, b.cursor), b.cursor),
  'kill-blank-word-back': (b: Buffer) => killed(b, blankWordStart(b.text, b.cursor), b.cursor),
  'delete-blanks': (b: Buffer) => {
    const before = /[ \t]*$/.exec(b.text.slice(0, b.cursor))?.[0].length ?? 0;
    const after = /^[ \t]*/.exec(b.text.slice(b.cursor))?.[0].length ?? 0;
    return removed(b, b.cursor - before, b.cursor + after);
  },
  yank: (b: Buffer) => yanked(b, b.kills.length - 1, b.cursor),
  'yank-older': (b: Buffer) => {
    if (b.last !== 'yank' || !b.yanked || b.kills.length === 0) return b;
    const index = (b.yanked.index - 1 + b.kills.length) % b.kills.length;
    return yanked(b, index, b.yanked.from);
  },
  'transpose-characters': transposedCharacters,
  'transpose-words': transposedWords,
  'upper-word': (b: Buffer) => recased(b, word => word.toUpperCase()),
  'lower-word': (b: Buffer) => recased(b, word => word.toLowerCase()),
  'capital-word': (b: Buffer) =>
    recased(b, word =>
      word.replace(/[\p{L}\p{N}](.*)/su, ([first = '', ...rest]) => first.toUpperCase() + rest.join('').toLowerCase()),
    ),
  newline: (b: Buffer) => inserted(b, '\n'),
  undo: (b: Buffer): Buffer => {
    const before = b.past.at(-1);
    if (!before) return b;
    return {
      ...b,
      ...before,
      past: b.past.slice(0, -1),
      future: [...b.future, { text: b.text, cursor: b.cursor }],
      last: 'edit',
      yanked: null,
    };
  },
  redo: (b: Buffer): Buffer => {
    const after = b.future.at(-1);
    if (!after) return b;
    return {
      ...b,
      ...after,
      past: [...b.past, { text: b.text, cursor: b.cursor }],
      future: b.future.slice(0, -1),
      last: 'edit',
      yanked: null,
    };
  },
  /** Back to what the text was at first; can be undone. */
  revert: (b: Buffer): Buffer => {
    const first = b.past[0];
    return first ? changed(b, first.text, first.text.length) : b;
  },
};

function moved(buffer: Buffer, cursor: number): Buffer {
  if (cursor === buffer.cursor && buffer.last === 'move') return buffer;
  return { ...buffer, cursor, last: 'move', yanked: null };
}

function changed(buffer: Buffer, text: string, cursor: number, last: Buffer['last'] = 'edit'): Buffer {
  if (text === buffer.text) return cursor === buffer.cursor ? buffer : moved(buffer, snapped(text, cursor));
  return {
    ...buffer,
    text,
    cursor: snapped(text, cursor),
    past: kept([...buffer.past, { text: buffer.text, cursor: buffer.cursor }]),
    future: [],
    last,
    yanked: null,
  };
}

function kept(past: readonly Version[]): readonly Version[] {
  let from = Math.max(0, past.length - undoSteps);
  let characters = 0;
  for (let index = past.length - 1; index > from; index--) {
    characters += past[index]?.text.length ?? 0;
    if (characters > undoCharacters) from = index;
  }
  return from === 0 ? past : past.slice(from);
}

function inserted(buffer: Buffer, added: string): Buffer {
  if (added === '') return buffer;
  const { text, cursor } = buffer;
  const next = text.slice(0, cursor) + added + text.slice(cursor);
  const typing = !added.includes('\n') && added.length <= 16;
  // A word of typing is one step: what continues it takes the place of the step's result.
  const continues =
    typing &&
    buffer.last === 'typing' &&
    !(/\s$/.test(text.slice(0, cursor)) && !/^\s/.test(added)) &&
    buffer.past.length > 0;
  const at = cursor + added.length;
  if (continues) return { ...buffer, text: next, cursor: at, future: [], yanked: null };
  return changed(buffer, next, at, typing ? 'typing' : 'edit');
}

function removed(buffer: Buffer, from: number, to: number): Buffer {
  if (from >= to) return moved(buffer, buffer.cursor);
  return changed(buffer, buffer.text.slice(0, from) + buffer.text.slice(to), from);
}

function killed(buffer: Buffer, from: number, to: number): Buffer {
  if (from >= to) return buffer;
  const cut = buffer.text.slice(from, to);
  const backwards = to === buffer.cursor && from < to;
  const newest = buffer.kills.at(-1);
  const joins = buffer.last === 'kill' && newest !== undefined;
  const entry = joins ? (backwards ? cut + newest : newest + cut) : cut;
  const kills = [...(joins ? buffer.kills.slice(0, -1) : buffer.kills), entry].slice(-killRing);
  return { ...changed(buffer, buffer.text.slice(0, from) + buffer.text.slice(to), from, 'kill'), kills };
}

/** Puts kill `index` at `from`, in place of what stands between there and the cursor. */
function yanked(buffer: Buffer, index: number, from: number): Buffer {
  const kill = buffer.kills[index];
  if (kill === undefined) return buffer;
  const text = buffer.text.slice(0, from) + kill + buffer.text.slice(buffer.cursor);
  const next = changed(buffer, text, from + kill.length, 'yank');
  return { ...next, last: 'yank', yanked: { from, index } };
}

/** The character before the cursor and the one under it change places; at the end of a line the last two. */
function transposedCharacters(buffer: Buffer): Buffer {
  const { text, cursor } = buffer;
  const { from, to } = lineAt(text, cursor);
  const middle = cursor === to ? previousCharacter(text, cursor) : cursor;
  if (middle <= from) return buffer;
  const left = previousCharacter(text, middle);
  const right = nextCharacter(text, middle);
  const swapped = text.slice(middle, right) + text.slice(left, middle);
  return changed(buffer, text.slice(0, left) + swapped + text.slice(right), right);
}

function transposedWords(buffer: Buffer): Buffer {
  const { text, cursor } = buffer;
  const spans = wordsIn(text);
  const ends = spans.findIndex(({ to }) => to > cursor || (to === cursor && cursor === text.length));
  const second = ends < 0 ? spans.length - 1 : ends;
  const a = spans[second - 1];
  const b = spans[second];
  if (!a || !b) return buffer;
  const swapped = text.slice(b.from, b.to) + text.slice(a.to, b.from) + text.slice(a.from, a.to);
  return changed(buffer, text.slice(0, a.from) + swapped + text.slice(b.to), b.to);
}

function recased(buffer: Buffer, form: (word: string) => string): Buffer {
  const { text, cursor } = buffer;
  const end = wordEnd(text, cursor);
  const word = form(text.slice(cursor, end));
  return changed(buffer, text.slice(0, cursor) + word + text.slice(end), cursor + word.length);
}
