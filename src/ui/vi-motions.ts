/**
 * Where vi's motions lead, as pure functions over a text: offsets between characters as a person counts them. Words are vi's:
 * runs of letters, digits and `_`, runs of other characters that are not blank; the big ones are runs of anything not blank.
 */
import { lineAt, nextCharacter, previousCharacter } from './words.ts';

export interface Find {
  readonly key: 'f' | 'F' | 't' | 'T';
  readonly character: string;
}

export interface Target {
  readonly to: number;
  /** An operator takes the character there too. */
  readonly inclusive?: boolean;
  /** An operator takes whole lines. */
  readonly linewise?: boolean;
}

type Kind = 'blank' | 'word' | 'other';

function kindAt(text: string, at: number, big: boolean): Kind {
  const point = text.codePointAt(at);
  if (point === undefined) return 'blank';
  const character = String.fromCodePoint(point);
  if (/\s/.test(character)) return 'blank';
  return big || /[\p{L}\p{N}\p{M}_]/u.test(character) ? 'word' : 'other';
}

function nextWord(text: string, from: number, big: boolean): number {
  let at = from;
  const kind = kindAt(text, at, big);
  while (at < text.length && kind !== 'blank' && kindAt(text, at, big) === kind) at = nextCharacter(text, at);
  while (at < text.length && kindAt(text, at, big) === 'blank') {
    at = nextCharacter(text, at);
    // An empty line is a word.
    if (text[at] === '\n' && text[at - 1] === '\n') break;
  }
  return at;
}

function endOfWord(text: string, from: number, big: boolean): number {
  let at = nextCharacter(text, from);
  while (at < text.length && kindAt(text, at, big) === 'blank') at = nextCharacter(text, at);
  const kind = kindAt(text, at, big);
  for (;;) {
    const next = nextCharacter(text, at);
    if (next >= text.length || kindAt(text, next, big) !== kind) return at;
    at = next;
  }
}

function wordBefore(text: string, from: number, big: boolean): number {
  let at = previousCharacter(text, from);
  while (at > 0 && kindAt(text, at, big) === 'blank') at = previousCharacter(text, at);
  const kind = kindAt(text, at, big);
  while (at > 0) {
    const before = previousCharacter(text, at);
    if (kindAt(text, before, big) !== kind) break;
    at = before;
  }
  return at;
}

/** `ge`: the end of the word before. */
function endBefore(text: string, from: number, big: boolean): number {
  const here = kindAt(text, from, big);
  let at = from;
  while (at > 0 && here !== 'blank' && kindAt(text, at, big) === here) at = previousCharacter(text, at);
  if (at === from) at = previousCharacter(text, at);
  while (at > 0 && kindAt(text, at, big) === 'blank') at = previousCharacter(text, at);
  return at;
}

/** `}` and `{`: the empty line after or before the lines that the cursor is in; else the end of the text. */
function paragraph(text: string, from: number, forward: boolean): number {
  let line = lineAt(text, from);
  let inLines = false;
  for (;;) {
    const empty = line.from === line.to;
    if (empty && inLines) return line.from;
    if (!empty) inLines = true;
    if (forward ? line.to === text.length : line.from === 0) return forward ? text.length : 0;
    line = lineAt(text, forward ? line.to + 1 : line.from - 1);
  }
}

function found(text: string, from: number, { key, character }: Find, again: boolean): number | null {
  const line = lineAt(text, from);
  const forward = key === 'f' || key === 't';
  const till = key === 't' || key === 'T';
  const step = forward ? nextCharacter : previousCharacter;
  let at = from;
  // Repeated, “till” goes on beyond the character that it stands at.
  if (again && till) at = step(text, at);
  for (;;) {
    at = step(text, at);
    if (forward ? at >= line.to : at < line.from) return null;
    if (text.startsWith(character, at)) break;
    if (at === 0) return null;
  }
  if (!till) return at;
  return forward ? previousCharacter(text, at) : nextCharacter(text, at);
}

const pairs = '()[]{}';

/** The bracket that belongs to the first one at or after the cursor in its line. */
function matching(text: string, from: number): number | null {
  const { to } = lineAt(text, from);
  let start = from;
  while (start < to && !pairs.includes(text[start] as string)) start++;
  const index = start < to ? pairs.indexOf(text[start] as string) : -1;
  if (index < 0) return null;
  const forward = index % 2 === 0;
  const other = pairs[index + (forward ? 1 : -1)];
  let depth = 0;
  for (let at = start; at >= 0 && at < text.length; at += forward ? 1 : -1) {
    if (text[at] === text[start]) depth++;
    if (text[at] === other) depth--;
    if (depth === 0) return at;
  }
  return null;
}

function linesAway(text: string, from: number, lines: number): number | null {
  const column = from - lineAt(text, from).from;
  let at = from;
  for (let n = 0; n < Math.abs(lines); n++) {
    const line = lineAt(text, at);
    if (lines > 0 ? line.to === text.length : line.from === 0) return null;
    at = lines > 0 ? line.to + 1 : line.from - 1;
  }
  const line = lineAt(text, at);
  return Math.min(line.from + column, line.to);
}

function lineNumbered(text: string, number: number): number {
  let at = 0;
  for (let n = 1; n < number; n++) {
    const { to } = lineAt(text, at);
    if (to === text.length) break;
    at = to + 1;
  }
  return at;
}

export function firstNonBlank(text: string, at: number): number {
  const { from, to } = lineAt(text, at);
  const blanks = /^[ \t]*/.exec(text.slice(from, to))?.[0].length ?? 0;
  return Math.min(from + blanks, to);
}

function repeatedly(times: number, step: (at: number) => number, from: number): number {
  let at = from;
  for (let n = 0; n < times; n++) at = step(at);
  return at;
}

/** Where `key` leads from `from`; null where it leads nowhere, or is no motion. `count` is null when none was typed. */
export function motion(
  text: string,
  from: number,
  key: string,
  count: number | null,
  find: Find | null,
): Target | null {
  const times = count ?? 1;
  const repeated = (step: (at: number) => number | null): number | null => {
    let at: number | null = from;
    for (let n = 0; n < times && at !== null; n++) at = step(at);
    return at;
  };
  const line = lineAt(text, from);
  const to = (at: number | null, more: Omit<Target, 'to'> = {}): Target | null =>
    at === null ? null : { to: at, ...more };
  const big = key === key.toUpperCase();
  switch (key) {
    case 'h':
      return to(Math.max(line.from, repeated(at => previousCharacter(text, at)) ?? from));
    case 'l':
    case ' ':
      return to(Math.min(line.to, repeated(at => nextCharacter(text, at)) ?? from));
    case 'w':
    case 'W':
      return to(repeated(at => nextWord(text, at, big)));
    case 'e':
    case 'E':
      return to(
        repeated(at => endOfWord(text, at, big)),
        { inclusive: true },
      );
    case 'b':
    case 'B':
      return to(repeated(at => wordBefore(text, at, big)));
    case '0':
      return to(line.from);
    case '^':
      return to(firstNonBlank(text, from));
    case '$':
      return to(lineAt(text, linesAway(text, from, times - 1) ?? from).to);
    case 'j':
      return to(linesAway(text, from, times), { linewise: true });
    case 'k':
      return to(linesAway(text, from, -times), { linewise: true });
    case 'gg':
      return to(firstNonBlank(text, lineNumbered(text, times)), { linewise: true });
    case 'G':
      return to(firstNonBlank(text, lineNumbered(text, count ?? Number.MAX_SAFE_INTEGER)), { linewise: true });
    case 'ge':
    case 'gE':
      return to(
        repeated(at => endBefore(text, at, key === 'gE')),
        { inclusive: true },
      );
    case '{':
    case '}':
      return to(repeated(at => paragraph(text, at, key === '}')));
    case '|': {
      const column = repeatedly(times - 1, at => nextCharacter(text, at), line.from);
      return to(Math.min(line.to, column));
    }
    case '_':
    case '+':
    case '-': {
      const away = linesAway(text, from, key === '_' ? times - 1 : key === '+' ? times : -times);
      return to(away === null ? null : firstNonBlank(text, away), { linewise: true });
    }
    case '%':
      return to(matching(text, from), { inclusive: true });
    case ';':
    case ',': {
      if (!find) return null;
      const turned = { f: 'F', F: 'f', t: 'T', T: 't' } as const;
      const which = key === ';' ? find : { ...find, key: turned[find.key] };
      const forward = which.key === 'f' || which.key === 't';
      return to(
        repeated(at => found(text, at, which, true)),
        { inclusive: forward },
      );
    }
    default:
      return null;
  }
}

/** `f`, `F`, `t` and `T` with their character. */
export function findMotion(text: string, from: number, find: Find, times: number): Target | null {
  let at: number | null = from;
  for (let n = 0; n < times && at !== null; n++) at = found(text, at, find, n > 0);
  return at === null ? null : { to: at, inclusive: find.key === 'f' || find.key === 't' };
}

/** As `textObject`: so many words, or the bracket so many levels out. */
export function textObjects(
  text: string,
  at: number,
  name: string,
  count: number,
): { readonly from: number; readonly to: number } | null {
  const first = textObject(text, at, name);
  let object = first;
  for (let n = 1; n < count && object; n++) {
    if (/[wW]$/.test(name)) {
      const next: typeof first = object.to < lineAt(text, at).to ? textObject(text, object.to, name) : null;
      object = next && { from: object.from, to: next.to };
    } else if (/['"`]$/.test(name)) break;
    else {
      const open = object.from - (name.startsWith('a') ? 1 : 2);
      object = open < 0 ? null : textObject(text, open, name);
      if (object && object.to <= (first?.to ?? 0)) object = null;
    }
  }
  return object;
}

/** The part that `iw`, `a"` or `i(` names, as offsets; null where there is none. */
function textObject(text: string, at: number, name: string): { readonly from: number; readonly to: number } | null {
  const [around = '', what = ''] = name;
  const outer = around === 'a';
  if (what === 'w' || what === 'W') return wordObject(text, at, what === 'W', outer);
  if (`'"\``.includes(what)) {
    const line = lineAt(text, at);
    const before = text.lastIndexOf(what, at);
    const open = before >= line.from ? before : text.indexOf(what, at);
    const close = open < 0 ? -1 : text.indexOf(what, open + 1);
    if (open < line.from || close < 0 || close >= line.to) return null;
    return outer ? { from: open, to: close + 1 } : { from: open + 1, to: close };
  }
  const kind = '()b[]_{}B'.indexOf(what);
  if (kind < 0 || what === '_') return null;
  const [left, right] = ['()', '[]', '{}'][Math.floor(kind / 3)] as string;
  let depth = 0;
  for (let open = at; open >= 0; open--) {
    if (text[open] === right && open !== at) depth++;
    if (text[open] !== left) continue;
    if (depth > 0) depth--;
    else {
      const close = matching(text, open);
      if (close === null) return null;
      return outer ? { from: open, to: close + 1 } : { from: open + 1, to: close };
    }
  }
  return null;
}

function wordObject(text: string, at: number, big: boolean, outer: boolean): { from: number; to: number } {
  const line = lineAt(text, at);
  const kind = kindAt(text, at, big);
  let from = at;
  while (from > line.from && kindAt(text, previousCharacter(text, from), big) === kind) {
    from = previousCharacter(text, from);
  }
  let to = at;
  while (to < line.to && kindAt(text, to, big) === kind) to = nextCharacter(text, to);
  if (!outer) return { from, to };
  if (kind === 'blank' && to < line.to) return { from, to: wordObject(text, to, big, false).to };
  const before = to;
  while (to < line.to && kindAt(text, to, big) === 'blank') to = nextCharacter(text, to);
  while (to === before && from > line.from && kindAt(text, previousCharacter(text, from), big) === 'blank') {
    from = previousCharacter(text, from);
  }
  return { from, to };
}
