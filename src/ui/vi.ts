/**
 * vi's keys over the editor's buffer, as a pure reducer. In insert mode only Escape is its business and everything else is as without it;
 * in normal and visual mode it takes characters, and leaves control keys, arrows and Enter to the key table. One insertion is
 * one step of undo; `.` does the last change again with the text that was put in.
 */
import { graphemes } from '../output/cells.ts';
import { type Buffer, edited } from './buffer.ts';
import { type Find, findMotion, firstNonBlank, motion, type Target, textObjects } from './vi-motions.ts';
import { lineAt, nextCharacter, previousCharacter } from './words.ts';

export interface Vi {
  readonly mode: 'insert' | 'normal' | 'visual';
  /** Keys of a command that is not complete: `2d`, `f`. */
  readonly pending: string;
  readonly find: Find | null;
  readonly register: { readonly text: string; readonly lines: boolean };
  /** Where the selection began, and whether it is one of whole lines. */
  readonly anchor: number;
  readonly linewise: boolean;
  readonly insertion: Insertion | null;
  readonly change: { readonly keys: string; readonly inserted: string } | null;
}

/** What an open insertion began with. */
interface Insertion {
  readonly keys: string;
  readonly times: number;
  readonly text: string;
  readonly at: number;
  /** Steps of undo before the whole of it. */
  readonly steps: number;
}

export interface ViStep {
  readonly vi: Vi;
  readonly buffer: Buffer;
  /** A command of the key table to be done then, so many times. */
  readonly command?: string;
  readonly times?: number;
}

export const viStart: Vi = {
  mode: 'insert',
  pending: '',
  find: null,
  register: { text: '', lines: false },
  anchor: 0,
  linewise: false,
  insertion: null,
  change: null,
};

/** For the next text: insert mode, with what is remembered. */
export function viAnew(vi: Vi): Vi {
  return { ...vi, mode: 'insert', pending: '', insertion: null };
}

/** Offsets of the visual selection, or null. */
export function selected(
  { mode, anchor, linewise }: Vi,
  { text, cursor }: Buffer,
): { from: number; to: number } | null {
  if (mode !== 'visual') return null;
  if (linewise) {
    const { from, to } = wholeLines(text, anchor, cursor);
    return { from, to };
  }
  return { from: Math.min(anchor, cursor), to: nextCharacter(text, Math.max(anchor, cursor)) };
}

/** Off the end of its line, where the cursor stands only in insert mode. */
export function clamped(buffer: Buffer): Buffer {
  const { text, cursor } = buffer;
  const { from, to } = lineAt(text, cursor);
  return cursor === to && cursor > from ? edited(buffer, { do: 'go', to: previousCharacter(text, cursor) }) : buffer;
}

const aliases: Readonly<Record<string, string>> = { backspace: 'h', 'C-h': 'h', delete: 'x', insert: 'i' };
const mostTimes = 10_000;

/** What a key (a character, or a key's name) does; null where it is not vi's. */
export function viKey(vi: Vi, buffer: Buffer, key: string): ViStep | null {
  if (vi.mode === 'insert') return key === 'escape' ? leaveInsert(vi, buffer) : null;
  if (key === 'escape') return { vi: { ...vi, mode: 'normal', pending: '' }, buffer: clamped(buffer) };
  if (key === 'C-r') return { vi: { ...vi, pending: '' }, buffer: clamped(edited(buffer, { do: 'redo' })) };
  const character = aliases[key] ?? key;
  if ([...character].length !== 1) return vi.pending === '' ? null : { vi: { ...vi, pending: '' }, buffer };
  const step = typed({ ...vi, pending: vi.pending + character }, buffer);
  return step.vi.mode === 'normal' ? { ...step, buffer: clamped(step.buffer) } : step;
}

const shape = /^([1-9]\d*)?(?:([dcy]|g[uU~])([1-9]\d*)?)?(.*)$/su;
const visualShape = /^([1-9]\d*)?()()(.*)$/su;

function typed(vi: Vi, buffer: Buffer): ViStep {
  const visual = vi.mode === 'visual';
  const [, before, operator, after, rest = ''] = (visual ? visualShape : shape).exec(vi.pending) ?? [];
  const more = rest === '' || /^[gfFtT]$/.test(rest) || (rest === 'r' && !operator);
  if (more || (/^[ia]$/.test(rest) && (visual || operator))) return { vi, buffer };
  const count = before || after ? Math.min(mostTimes, Number(before || 1) * Number(after || 1)) : null;
  const asked: Asked = { vi: { ...vi, pending: '' }, buffer, keys: vi.pending, count, rest };
  if (visual) return inVisual(asked);
  return operator ? operated(asked, operator) : acted(asked);
}

interface Asked {
  readonly vi: Vi;
  readonly buffer: Buffer;
  readonly keys: string;
  /** Null when none was typed. */
  readonly count: number | null;
  readonly rest: string;
}

/** Where the rest of the keys leads, and the state that remembers what was looked for. */
function led({ vi, buffer, rest, count }: Asked): { readonly target: Target | null; readonly vi: Vi } {
  const [, key, character] = /^([fFtT])(.)$/su.exec(rest) ?? [];
  if (key === undefined || character === undefined) {
    return { target: motion(buffer.text, buffer.cursor, rest, count, vi.find), vi };
  }
  const find: Find = { key: key as Find['key'], character };
  return { target: findMotion(buffer.text, buffer.cursor, find, count ?? 1), vi: { ...vi, find } };
}

// ── Operators ───────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Part {
  readonly from: number;
  readonly to: number;
  readonly lines: boolean;
}

function operated(asked: Asked, operator: string): ViStep {
  const { vi, part } = partOf(asked, operator);
  return part ? applied({ ...asked, vi }, operator, part) : { vi, buffer: asked.buffer };
}

function partOf(asked: Asked, operator: string): { readonly vi: Vi; readonly part: Part | null } {
  const { vi, buffer, rest, count } = asked;
  const { text, cursor } = buffer;
  if (rest === operator.at(-1)) {
    const last = motion(text, cursor, 'j', (count ?? 1) - 1, null)?.to ?? text.length;
    return { vi, part: wholeLines(text, cursor, (count ?? 1) > 1 ? last : cursor) };
  }
  if (/^[ia]./su.test(rest)) {
    const object = textObjects(text, cursor, rest, count ?? 1);
    return { vi, part: object && { ...object, lines: false } };
  }
  if (operator === 'c' && /^[wW]$/.test(rest) && /\S/.test(text[cursor] ?? ' ')) {
    return { vi, part: { from: cursor, to: endOfWords(text, cursor, count ?? 1, rest), lines: false } };
  }
  const way = led(asked);
  const { target } = way;
  if (!target) return { vi: way.vi, part: null };
  if (target.linewise) return { vi: way.vi, part: wholeLines(text, cursor, target.to) };
  const from = Math.min(cursor, target.to);
  let to = Math.max(cursor, target.to);
  if (target.inclusive) to = nextCharacter(text, to);
  // The last word of a line ends with its line.
  const lineEnd = /^[wW]$/.test(rest) ? text.lastIndexOf('\n', to - 1) : -1;
  if (lineEnd >= from && /^[ \t]*$/.test(text.slice(lineEnd + 1, to))) to = Math.max(lineEnd, from);
  return { vi: way.vi, part: { from, to, lines: false } };
}

/** `cw` leaves the blanks behind the word, and does not go beyond one that ends at the cursor. */
function endOfWords(text: string, cursor: number, count: number, which: string): number {
  const first = textObjects(text, cursor, `i${which}`, 1)?.to ?? cursor;
  if (count === 1) return first;
  const last = motion(text, previousCharacter(text, first), which === 'w' ? 'e' : 'E', count - 1, null);
  return nextCharacter(text, last?.to ?? first);
}

function wholeLines(text: string, one: number, other: number): Part {
  const from = lineAt(text, Math.min(one, other)).from;
  return { from, to: lineAt(text, Math.max(one, other)).to, lines: true };
}

function applied({ vi, buffer, keys }: Asked, operator: string, { from, to, lines }: Part): ViStep {
  const { text } = buffer;
  const cut = text.slice(from, to);
  const form = forms[operator];
  if (form) {
    const put = edited(buffer, { do: 'put', from, to, text: form(cut) });
    const at = lines ? Math.min(buffer.cursor, put.text.length) : from;
    return {
      vi: { ...vi, mode: 'normal', change: { keys, inserted: '' } },
      buffer: edited(put, { do: 'go', to: lines && from < lineAt(text, buffer.cursor).from ? from : at }),
    };
  }
  const register = { text: cut, lines };
  const kept: Vi = { ...vi, mode: 'normal', register };
  const held: Buffer = cut === '' ? buffer : { ...buffer, kills: [...buffer.kills, cut].slice(-32) };
  if (operator === 'y') {
    const line = lineAt(text, buffer.cursor);
    const above = Math.min(from + buffer.cursor - line.from, lineAt(text, from).to);
    const there = !lines ? from : from < line.from ? above : buffer.cursor;
    return { vi: kept, buffer: edited(held, { do: 'go', to: there }) };
  }
  if (operator === 'c') {
    const emptied = edited(held, { do: 'put', from, to, text: '' });
    return entered({ vi: kept, buffer: emptied, keys, count: null, rest: '' }, buffer.past.length);
  }
  let [first, end] = [from, to];
  if (lines && to < text.length) end = to + 1;
  else if (lines && from > 0) first = from - 1;
  const without = edited(held, { do: 'put', from: first, to: end, text: '' });
  const changed: Vi = { ...kept, change: { keys, inserted: '' } };
  if (!lines) return { vi: changed, buffer: without };
  return {
    vi: changed,
    buffer: edited(without, { do: 'go', to: firstNonBlank(without.text, Math.min(from, without.text.length)) }),
  };
}

// ── Insertions ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Insert mode from here; `steps` of undo stood before the change that it belongs to. */
function entered({ vi, buffer, keys, count }: Asked, steps = buffer.past.length): ViStep {
  const insertion: Insertion = { keys, times: count ?? 1, text: buffer.text, at: buffer.cursor, steps };
  return { vi: { ...vi, mode: 'insert', insertion }, buffer };
}

function leaveInsert(vi: Vi, buffer: Buffer): ViStep {
  const { insertion } = vi;
  let left = buffer;
  let { change } = vi;
  if (insertion) {
    const inserted = insertedBy(insertion, buffer.text);
    const again = Math.min(insertion.times - 1, Math.floor(100_000 / Math.max(1, inserted.length)));
    if (inserted !== '' && again > 0) left = edited(left, { do: 'insert', text: inserted.repeat(again) });
    if (left.past.length > insertion.steps + 1) left = { ...left, past: left.past.slice(0, insertion.steps + 1) };
    change = { keys: insertion.keys, inserted };
  }
  left = { ...left, last: 'edit' };
  const { from } = lineAt(left.text, left.cursor);
  if (left.cursor > from) left = edited(left, { do: 'go', to: previousCharacter(left.text, left.cursor) });
  return { vi: { ...vi, mode: 'normal', pending: '', insertion: null, change }, buffer: left };
}

/** What was put in at one place; empty where the text was edited otherwise. */
function insertedBy({ text, at }: Insertion, now: string): string {
  const rest = text.slice(at);
  const grown = now.length - text.length;
  return grown > 0 && now.startsWith(text.slice(0, at)) && now.endsWith(rest) ? now.slice(at, at + grown) : '';
}

function again(vi: Vi, buffer: Buffer, count: number | null): ViStep {
  const { change } = vi;
  if (!change) return { vi, buffer };
  const keys = count === null ? change.keys : `${count}${change.keys.replace(/^[1-9]\d*/, '')}`;
  const step = typed({ ...vi, pending: keys }, buffer);
  if (step.vi.mode !== 'insert') return { ...step, vi: { ...step.vi, change } };
  const inserted = edited(step.buffer, { do: 'insert', text: change.inserted });
  const left = leaveInsert(step.vi, inserted);
  return { ...left, vi: { ...left.vi, change } };
}

// ── Single commands ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** What the operators of case make of a text. */
const forms: Readonly<Record<string, (text: string) => string>> = {
  gu: text => text.toLowerCase(),
  gU: text => text.toUpperCase(),
  'g~': turned,
};

const shorthands: Readonly<Record<string, string>> = { D: 'd$', C: 'c$', Y: 'yy', S: 'cc', x: 'dl', X: 'dh', s: 'cl' };

function acted(asked: Asked): ViStep {
  const { vi, buffer, keys, count, rest } = asked;
  const { text, cursor } = buffer;
  const line = lineAt(text, cursor);
  const times = count ?? 1;
  const changed: Vi = { ...vi, change: { keys, inserted: '' } };
  const shorthand = shorthands[rest];
  if (shorthand) {
    const step = operated({ ...asked, rest: shorthand.slice(1) }, shorthand[0] as string);
    // A register is not worth keeping where nothing was under the cursor.
    return step.buffer === buffer && step.vi.mode !== 'insert' ? { vi, buffer } : step;
  }
  const goTo = (to: number): Buffer => edited(buffer, { do: 'go', to });
  switch (rest) {
    case 'i':
      return entered(asked);
    case 'a':
      return entered({ ...asked, buffer: goTo(cursor === line.to ? cursor : nextCharacter(text, cursor)) });
    case 'I':
      return entered({ ...asked, buffer: goTo(firstNonBlank(text, cursor)) });
    case 'A':
      return entered({ ...asked, buffer: goTo(line.to) });
    case 'o':
    case 'O': {
      const at = rest === 'o' ? line.to : line.from;
      const opened = edited(buffer, { do: 'put', from: at, to: at, text: '\n' });
      const there = rest === 'o' ? opened : edited(opened, { do: 'go', to: at });
      return entered({ ...asked, count: null, buffer: there }, buffer.past.length);
    }
    case 'v':
    case 'V':
      return { vi: { ...vi, mode: 'visual', anchor: cursor, linewise: rest === 'V' }, buffer };
    case 'u':
    case 'U':
      return { vi, buffer: Array.from({ length: times }).reduce<Buffer>(b => edited(b, { do: 'undo' }), buffer) };
    case 'p':
    case 'P':
      return { vi: changed, buffer: put(vi, buffer, rest === 'p', times) };
    case 'J':
      return { vi: changed, buffer: joined(buffer, Math.max(1, times - 1)) };
    case '~': {
      const to = charactersOn(text, cursor, times, line.to);
      return {
        vi: changed,
        buffer: edited(buffer, { do: 'put', from: cursor, to, text: turned(text.slice(cursor, to)) }),
      };
    }
    case '.':
      return again(vi, buffer, count);
    case 'j':
      return { vi, buffer, command: 'down', times };
    case 'k':
      return { vi, buffer, command: 'up', times };
    case '/':
    case '?':
      return { vi: viAnew(vi), buffer, command: 'search-older' };
  }
  const [, replacement] = /^r(.)$/su.exec(rest) ?? [];
  if (replacement !== undefined) {
    const to = charactersOn(text, cursor, times, line.to);
    if (to === cursor || charactersOn(text, cursor, times - 1, line.to) === line.to) return { vi, buffer };
    const replaced = edited(buffer, { do: 'put', from: cursor, to, text: replacement.repeat(times) });
    return { vi: changed, buffer: edited(replaced, { do: 'go', to: replaced.cursor - replacement.length }) };
  }
  const way = led(asked);
  return { vi: way.vi, buffer: way.target ? goTo(way.target.to) : buffer };
}

/** The offset so many characters on, at most `end`. */
function charactersOn(text: string, from: number, count: number, end: number): number {
  let at = from;
  for (let n = 0; n < count && at < end; n++) at = nextCharacter(text, at);
  return at;
}

function turned(text: string): string {
  return text.replace(/\p{L}/gu, letter =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  );
}

function put({ register }: Vi, buffer: Buffer, behind: boolean, times: number): Buffer {
  if (register.text === '') return buffer;
  const { text, cursor } = buffer;
  const line = lineAt(text, cursor);
  if (register.lines) {
    const lines = Array.from({ length: times }, () => register.text).join('\n');
    const at = behind ? line.to : line.from;
    const after = edited(buffer, { do: 'put', from: at, to: at, text: behind ? `\n${lines}` : `${lines}\n` });
    return edited(after, { do: 'go', to: firstNonBlank(after.text, behind ? at + 1 : at) });
  }
  const at = behind && cursor < line.to ? nextCharacter(text, cursor) : cursor;
  const after = edited(buffer, { do: 'put', from: at, to: at, text: register.text.repeat(times) });
  return edited(after, { do: 'go', to: previousCharacter(after.text, after.cursor) });
}

function joined(buffer: Buffer, lines: number): Buffer {
  let result = buffer;
  for (let n = 0; n < lines; n++) {
    const { text, cursor } = result;
    const { to } = lineAt(text, cursor);
    if (to === text.length) break;
    const blanks = /^\n[ \t]*/.exec(text.slice(to))?.[0].length ?? 1;
    const glue = /(^|\s)$/.test(text.slice(0, to)) || /^($|[)\]}\n])/.test(text.slice(to + blanks)) ? '' : ' ';
    result = edited(edited(result, { do: 'put', from: to, to: to + blanks, text: glue }), { do: 'go', to });
  }
  return result;
}

function inVisual(asked: Asked): ViStep {
  const { vi, buffer, rest } = asked;
  const part = selected(vi, buffer) ?? { from: buffer.cursor, to: buffer.cursor };
  const { text } = buffer;
  const whole: Part = vi.linewise ? wholeLines(text, part.from, part.to) : { ...part, lines: false };
  // What is done to a selection is not done again: it would need the selection.
  const forgetful = (step: ViStep): ViStep => ({ ...step, vi: { ...step.vi, change: vi.change } });
  const normal: Vi = { ...vi, mode: 'normal' };
  const replaced = (by: string): Buffer =>
    edited(edited(buffer, { do: 'put', from: part.from, to: part.to, text: by }), { do: 'go', to: part.from });
  switch (rest) {
    case 'd':
    case 'x':
      return forgetful(applied(asked, 'd', whole));
    case 'c':
    case 's':
      return applied({ ...asked, keys: 'i' }, 'c', whole);
    case 'y':
      return applied(asked, 'y', whole);
    case 'D':
    case 'X':
      return forgetful(applied(asked, 'd', wholeLines(text, part.from, Math.max(part.from, part.to - 1))));
    case '~':
    case 'u':
    case 'U':
      return { vi: normal, buffer: replaced((forms[`g${rest}`] ?? turned)(text.slice(part.from, part.to))) };
    case 'p':
    case 'P': {
      const { register } = vi;
      const cut = { text: text.slice(whole.from, whole.to), lines: whole.lines };
      // Lines in the place of a part of one stand on lines of their own.
      const feeds = register.lines && !whole.lines ? '\n' : '';
      return { vi: { ...normal, register: cut }, buffer: replaced(feeds + register.text + feeds) };
    }
    case 'J': {
      const lines = text.slice(part.from, part.to).split('\n').length;
      const first = edited(buffer, { do: 'go', to: part.from });
      return { vi: normal, buffer: joined(first, Math.max(1, lines - 1)) };
    }
    case 'o':
      return { vi: { ...vi, anchor: buffer.cursor }, buffer: edited(buffer, { do: 'go', to: vi.anchor }) };
    case 'v':
    case 'V':
      return { vi: vi.linewise === (rest === 'V') ? normal : { ...vi, linewise: rest === 'V' }, buffer };
  }
  const [, replacement] = /^r(.)$/su.exec(rest) ?? [];
  if (replacement !== undefined) {
    const by = graphemes(text.slice(part.from, part.to)).map(one => (one === '\n' ? one : replacement));
    return { vi: normal, buffer: replaced(by.join('')) };
  }
  if (/^[ia]./su.test(rest)) {
    const object = textObjects(text, buffer.cursor, rest, asked.count ?? 1);
    if (!object || object.from >= object.to) return { vi, buffer };
    const to = previousCharacter(text, object.to);
    return { vi: { ...vi, anchor: object.from }, buffer: edited(buffer, { do: 'go', to }) };
  }
  const way = led(asked);
  if (!way.target) return { vi: way.vi, buffer };
  const end = lineAt(text, way.target.to);
  const to = way.target.to === end.to && end.to > end.from ? previousCharacter(text, end.to) : way.target.to;
  return { vi: way.vi, buffer: edited(buffer, { do: 'go', to }) };
}
