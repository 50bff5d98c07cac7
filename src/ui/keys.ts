/**
 * What the terminal sends, as keys. A pure state machine: bytes in at any cut, events out; no stream and no timer in it.
 *
 * 1. A bracketed paste is one event, whatever its size and however many pieces it came in. Nothing inside is a key.
 * 2. A character divided between two pieces is put together again.
 * 3. A lone Escape is known only by the silence after it: while `waiting` is not null the owner calls `settle` after that
 *    many milliseconds without input.
 * 4. A sequence that means nothing here is swallowed whole; its rest never arrives as text.
 * 5. Text that came without brackets is text and keys in their order; nothing is lost.
 *
 * A key's name is a chord: `C-` control, `M-` alt or meta, `S-` shift, in this order, before a character or a word:
 * `C-a`, `M-b`, `M-enter`, `S-tab`, `C-M-h`, `up`, `f5`, `C-space`.
 */
import { StringDecoder } from 'node:string_decoder';

export type InputEvent =
  | { readonly type: 'key'; readonly key: string }
  /** Printable characters typed one after the other. */
  | { readonly type: 'text'; readonly text: string }
  /** Line ends are `\n`; other control characters are as they came. */
  | { readonly type: 'paste'; readonly text: string }
  /** An answer of the terminal: the sequence without its introducer, `[24;80R`, `]11;rgb:0000/0000/0000`. */
  | { readonly type: 'report'; readonly text: string };

/** How long a sequence may pause before what came counts as complete, in ms. */
export const escapePauseMs = 40;
/** How long a paste may pause before what came is handed over, in ms. */
export const pastePauseMs = 5000;

const pasteStart = '\x1b[200~';
const pasteEnd = '\x1b[201~';
/** From this many characters in one piece, or with a line end in it, what stands around a tab was not typed. */
const pasteLike = 64;
/** A piece so long is a part of something longer. */
const fullPiece = 1000;

const finals: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'begin',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
};

const tildes: Readonly<Record<number, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
};

/** Application keypad, as `ESC O x`. */
const keypad: Readonly<Record<string, string>> = {
  ...finals,
  M: 'enter',
  I: 'tab',
  X: '=',
  j: '*',
  k: '+',
  l: ',',
  m: '-',
  n: '.',
  o: '/',
  ...Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [String.fromCharCode(0x70 + digit), String(digit)])),
};

/** Keys with a code point of their own in the `CSI … u` forms; the private ones are kitty's. */
const named: Readonly<Record<number, string>> = {
  8: 'backspace',
  9: 'tab',
  13: 'enter',
  27: 'escape',
  32: 'space',
  127: 'backspace',
  57414: 'enter',
  57415: '=',
  57417: 'left',
  57418: 'right',
  57419: 'up',
  57420: 'down',
  57421: 'pageup',
  57422: 'pagedown',
  57423: 'home',
  57424: 'end',
  57425: 'insert',
  57426: 'delete',
  57427: 'begin',
};
const kittyKeypad = '0123456789./*-+';

interface Modifiers {
  readonly shift: boolean;
  readonly alt: boolean;
  readonly control: boolean;
  /** Super, hyper: keys of the window system, never ours. */
  readonly foreign: boolean;
}

const none: Modifiers = { shift: false, alt: false, control: false, foreign: false };

function modifiersOf(parameter: number): Modifiers {
  const bits = Math.max(0, parameter - 1);
  return {
    shift: (bits & 1) > 0,
    alt: (bits & 2) > 0 || (bits & 32) > 0,
    control: (bits & 4) > 0,
    foreign: (bits & 24) > 0,
  };
}

function chord(name: string, { shift, alt, control, foreign }: Modifiers): InputEvent[] {
  if (foreign) return [];
  return [{ type: 'key', key: `${control ? 'C-' : ''}${alt ? 'M-' : ''}${shift ? 'S-' : ''}${name}` }];
}

/** A character with modifiers, as the `u` and `27;…~` forms give it. */
function character(point: number, modifiers: Modifiers, shifted: number | undefined): InputEvent[] {
  const name = named[point];
  if (name === 'space' && !modifiers.control && !modifiers.alt) return modifiers.foreign ? [] : text(' ');
  if (name) return chord(name, modifiers);
  if (point >= 57399 && point <= 57413) return character(kittyKeypad.charCodeAt(point - 57399), modifiers, undefined);
  if (point < 32 || point > 0x10ffff || (point >= 0xe000 && point <= 0xf8ff)) return [];
  const plain = String.fromCodePoint(point);
  if (modifiers.control || modifiers.alt) {
    if (modifiers.control) return chord(plain.toLowerCase(), modifiers);
    return chord(modifiers.shift ? upper(plain, shifted) : plain, { ...modifiers, shift: false });
  }
  if (modifiers.foreign) return [];
  return text(modifiers.shift ? upper(plain, shifted) : plain);
}

function upper(plain: string, shifted: number | undefined): string {
  return shifted ? String.fromCodePoint(shifted) : plain.toUpperCase();
}

function text(typed: string): InputEvent[] {
  return [{ type: 'text', text: typed }];
}

/** One control character typed alone. */
function control(code: number, alt: boolean): InputEvent[] {
  const modifiers = { ...none, alt };
  if (code === 0x00) return chord('space', { ...modifiers, control: true });
  if (code === 0x08) return chord('h', { ...modifiers, control: true });
  if (code === 0x09) return chord('tab', modifiers);
  if (code === 0x0a) return chord('j', { ...modifiers, control: true });
  if (code === 0x0d) return chord('enter', modifiers);
  if (code === 0x1b) return chord('escape', modifiers);
  if (code === 0x7f) return chord('backspace', modifiers);
  if (code < 0x20) return chord(String.fromCharCode(code + 0x40).toLowerCase(), { ...modifiers, control: true });
  return [];
}

/** A tab between characters that came with it: as a key it would be lost, since what follows leaves no time for completing. */
function isPasted(rest: string, piece: string): boolean {
  if (piece.includes('\x1b')) return false;
  const goesOn = rest.length === 1 ? piece.length >= fullPiece : /^\t+[^\x00-\x1f\x7f]/.test(rest);
  return goesOn && (piece.length >= pasteLike || /[\r\n]/.test(piece));
}

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

/** `1;5` as numbers, missing ones as 0; of `97:65` the first in `at`, the second in `shifted`. */
function parameters(body: string): { at: number[]; second: (number | undefined)[] } {
  const at: number[] = [];
  const second: (number | undefined)[] = [];
  for (const part of body.split(';')) {
    const [first = '', other = ''] = part.split(':');
    at.push(Number.parseInt(first, 10) || 0);
    second.push(other === '' ? undefined : Number.parseInt(other, 10) || undefined);
  }
  return { at, second };
}

/** What `ESC [ body final` means. `alt`: another ESC came before it; `asked`: the cursor's place was asked for. */
function csi(body: string, final: string, alt: boolean, asked: boolean): InputEvent[] {
  if (/[^0-9;:]/.test(body)) return /^[?>=<]/.test(body) && 'cuRynt'.includes(final) ? report(`[${body}${final}`) : [];
  const { at, second } = parameters(body);
  const [first = 0, modifier = 0, third = 0] = at;
  const modifiers = { ...modifiersOf(modifier), ...(alt ? { alt: true } : {}) };
  if (second[1] === 3) return [];
  if (final === 'u') return first === 0 ? [] : character(first, modifiers, second[0]);
  if (final === '~') {
    if (first === 27 && at.length >= 3) return character(third, modifiers, undefined);
    const name = tildes[first];
    return name ? chord(name, modifiers) : [];
  }
  // rxvt: the final character carries the modifier.
  if (final === '$' || final === '^' || final === '@') {
    const name = tildes[first];
    return name ? chord(name, { ...modifiers, shift: final !== '^', control: final !== '$' }) : [];
  }
  if (final === 'Z') return chord('tab', { ...modifiers, shift: true });
  // The same letter is F3 with modifiers (`1;2R` … `1;16R`) and the report of the cursor's place.
  if (final === 'R' && at.length === 2 && (asked || first !== 1 || modifier > 16)) return report(`[${body}${final}`);
  if (/[a-d]/.test(final) && body === '')
    return chord(finals[final.toUpperCase()] ?? '', { ...modifiers, shift: true });
  const name = finals[final];
  return name ? chord(name, modifiers) : [];
}

function report(sequence: string): InputEvent[] {
  return [{ type: 'report', text: sequence }];
}

export class KeyParser {
  private readonly decoder = new StringDecoder('utf8');
  /** A sequence that has begun and not ended. */
  private held = '';
  /** Pieces of an open paste; null outside one. */
  private paste: string[] | null = null;
  /** The last characters of the open paste, where its end mark may have begun. */
  private tail = '';
  /** The open paste paused too long and was handed over in part. */
  private late = false;
  private placeAsked = false;

  /** Milliseconds of silence after which `settle` is due; null when nothing is open. */
  get waiting(): number | null {
    if (this.paste) return this.late ? null : pastePauseMs;
    return this.held === '' ? null : escapePauseMs;
  }

  /** The terminal was asked for the cursor's place: what could be a key as well is the answer, once. */
  expectPlace(): void {
    this.placeAsked = true;
  }

  push(bytes: Uint8Array): InputEvent[] {
    return this.read(this.decoder.write(bytes as Buffer));
  }

  /** Takes what is open as complete. */
  settle(): InputEvent[] {
    if (this.paste) {
      this.late = true;
      return this.handOver(this.paste.splice(0).join(''));
    }
    const held = this.held;
    this.held = '';
    if (held === '') return [];
    if (held === '\x1b') return chord('escape', none);
    if (held === '\x1b\x1b') return chord('escape', { ...none, alt: true });
    const last = held.at(-1) ?? '';
    const introducer = held.replace(/^\x1b+/, '');
    // `ESC [`, `ESC O`, `ESC ]` … and then silence: the key with Alt.
    if (introducer.length === 1) return chord(last, { ...none, alt: true });
    return [];
  }

  private read(input: string): InputEvent[] {
    const events: InputEvent[] = [];
    let rest = this.held + input;
    this.held = '';
    while (rest !== '') {
      if (this.paste) {
        rest = this.readPaste(rest, events);
        continue;
      }
      const used = this.readOne(rest, input, events);
      if (used === 0) {
        this.held = rest;
        break;
      }
      rest = rest.slice(used);
    }
    return events;
  }

  private readPaste(input: string, events: InputEvent[]): string {
    const paste = this.paste as string[];
    if (this.late && input === '\x03') {
      this.paste = null;
      this.late = false;
      this.tail = '';
      events.push(...control(3, false));
      return '';
    }
    const joined = this.tail + input;
    const end = joined.indexOf(pasteEnd);
    if (end < 0) {
      // The mark itself may be divided: what could be its beginning stays apart.
      let keep = Math.min(pasteEnd.length - 1, joined.length);
      while (keep > 0 && !pasteEnd.startsWith(joined.slice(-keep))) keep--;
      paste.push(joined.slice(0, joined.length - keep));
      this.tail = keep > 0 ? joined.slice(-keep) : '';
      return '';
    }
    paste.push(joined.slice(0, end));
    this.paste = null;
    this.late = false;
    this.tail = '';
    events.push(...this.handOver(paste.join('')));
    return joined.slice(end + pasteEnd.length);
  }

  private handOver(pasted: string): InputEvent[] {
    return pasted === '' ? [] : [{ type: 'paste', text: pasted.replace(/\r\n?/g, '\n') }];
  }

  /** Reads one thing off the front; returns how many characters it took, 0 when it needs more of them. */
  private readOne(rest: string, piece: string, events: InputEvent[]): number {
    const code = rest.charCodeAt(0);
    if (code === 0x1b) return this.readEscape(rest, events);
    if (isControl(code)) {
      if (code === 0x09 && isPasted(rest, piece)) events.push(...text('\t'));
      else events.push(...control(code, false));
      return 1;
    }
    let end = 1;
    while (end < rest.length && !isControl(rest.charCodeAt(end))) end++;
    events.push(...text(rest.slice(0, end)));
    return end;
  }

  private readEscape(rest: string, events: InputEvent[]): number {
    if (rest.length === 1) return 0;
    let start = 1;
    let alt = false;
    if (rest[1] === '\x1b') {
      // Alt with a key that is a sequence itself; two Escapes and then a character are two keys.
      if (rest.length === 2) return 0;
      if (rest[2] !== '[' && rest[2] !== 'O') {
        events.push(...chord('escape', none));
        return 1;
      }
      start = 2;
      alt = true;
    }
    const introducer = rest[start] as string;
    if (introducer === '[') return this.readCsi(rest, start + 1, alt, events);
    if (introducer === 'O') return readSs3(rest, start + 1, alt, events);
    if (']PX^_'.includes(introducer)) return readString(rest, start, events);
    const point = rest.codePointAt(start) as number;
    if (isControl(point)) events.push(...control(point, true));
    else events.push(...chord(String.fromCodePoint(point), { ...none, alt: true }));
    return start + String.fromCodePoint(point).length;
  }

  private readCsi(rest: string, start: number, alt: boolean, events: InputEvent[]): number {
    let end = start;
    // The Linux console's F1 … F5: `ESC [ [ A`.
    if (rest[end] === '[') {
      if (end + 1 >= rest.length) return 0;
      const index = 'ABCDE'.indexOf(rest[end + 1] as string);
      if (index >= 0) events.push(...chord(`f${index + 1}`, { ...none, alt }));
      return end + 2;
    }
    while (end < rest.length) {
      const code = rest.charCodeAt(end);
      if (code >= 0x40 && code <= 0x7e) break;
      if (rest[end] === '$' && end > start) break;
      // Not part of any sequence: what came is dropped, and the character is read by itself.
      if (code < 0x20 || code > 0x7e) return end;
      end++;
    }
    if (end >= rest.length) return rest.length - start > 64 ? rest.length : 0;
    const final = rest[end] as string;
    const body = rest.slice(start, end);
    if (final === 'M' && body === '') return end + 4 <= rest.length ? end + 4 : 0;
    if (`\x1b[${body}${final}` === pasteStart) {
      this.paste = [];
      this.tail = '';
      return end + 1;
    }
    if (`\x1b[${body}${final}` !== pasteEnd) events.push(...csi(body, final, alt, this.placeAsked));
    if (final === 'R' || final === 'c') this.placeAsked = false;
    return end + 1;
  }
}

function readSs3(rest: string, start: number, alt: boolean, events: InputEvent[]): number {
  let end = start;
  while (end < rest.length && /[0-9;]/.test(rest[end] as string)) end++;
  if (end >= rest.length) return 0;
  const code = rest.charCodeAt(end);
  if (code < 0x20 || code > 0x7e) return end;
  const parts = rest.slice(start, end).split(';');
  const modifiers = { ...modifiersOf(Number.parseInt(parts.at(-1) ?? '', 10) || 0), ...(alt ? { alt: true } : {}) };
  const name = keypad[rest[end] as string];
  if (name) {
    const bare = name.length === 1 && !modifiers.control && !modifiers.alt;
    events.push(...(bare ? text(name) : chord(name, modifiers)));
  }
  return end + 1;
}

/** OSC, DCS, SOS, PM, APC: up to BEL or ST. Only answers to questions come this way. */
function readString(rest: string, start: number, events: InputEvent[]): number {
  const end = rest.slice(start).search(/\x07|\x1b\\|\x9c/);
  if (end < 0) {
    // A character that cannot stand in an answer: it was Alt with that key, and then something else.
    const wrong = rest.slice(start + 1).search(/[\x00-\x06\x0e-\x1a\x1c-\x1f]|\x1b[^\\]/);
    if (wrong < 0 && rest.length < 4096) return 0;
    events.push(...chord(rest[start] as string, { ...none, alt: true }));
    return start + 1;
  }
  if (rest[start] === ']') events.push(...report(rest.slice(start, start + end)));
  return start + end + (rest[start + end] === '\x1b' ? 2 : 1);
}
