/**
 * Where characters and words begin and end. A character is a grapheme: combining marks, joiners and surrogate pairs are never
 * divided. A word is a run of letters, digits and `_`; a run of Han characters is divided where a dictionary divides it.
 */
import { boundaryBefore } from '../output/cells.ts';

const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });
const words = new Intl.Segmenter('zh', { granularity: 'word' });
const wordRun = /[\p{L}\p{N}\p{M}_]+/gu;
const hanRun = /\p{Script=Han}[\p{Script=Han}\p{M}]*/gu;
/** No character is longer, in UTF-16 units. */
const longest = 256;
const ascii = /^[\x20-\x7e]*$/;

/** The line that `at` stands in: offsets of its first character and of its end, without the line feed. */
export function lineAt(text: string, at: number): { readonly from: number; readonly to: number } {
  const from = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
  const end = text.indexOf('\n', at);
  return { from, to: end < 0 ? text.length : end };
}

/** Offset of the next character's end; the text's length at the end. */
export function nextCharacter(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const { to } = lineAt(text, at);
  if (at === to) return at + 1;
  const following = text.slice(at, at + 2);
  if (ascii.test(following)) return at + 1;
  const line = text.slice(at, Math.min(to, at + longest));
  for (const { segment } of characters.segment(line)) return at + segment.length;
  return at + 1;
}

/** Offset of the character before; 0 at the beginning. */
export function previousCharacter(text: string, at: number): number {
  if (at <= 0) return 0;
  const { from } = lineAt(text, at);
  if (at === from) return at - 1;
  if (ascii.test(text.slice(Math.max(from, at - 2), at))) return at - 1;
  const start = Math.max(from, boundaryBefore(text, at - 1));
  let last = start;
  for (const { index } of characters.segment(text.slice(start, at))) last = start + index;
  return last;
}

/** The nearest place at or before `at` that is between two characters. */
export function snapped(text: string, at: number): number {
  const place = Math.max(0, Math.min(at, text.length));
  const { from, to } = lineAt(text, place);
  if (place === from || place === to) return place;
  if (ascii.test(text.slice(place - 1, place + 1))) return place;
  const start = Math.max(from, boundaryBefore(text, place));
  let last = start;
  for (const { index } of characters.segment(text.slice(start, Math.min(to, place + longest)))) {
    if (start + index > place) break;
    last = start + index;
  }
  return last;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Words of a piece of text, in order. */
export function wordsIn(text: string): Span[] {
  const spans: Span[] = [];
  for (const run of text.matchAll(wordRun)) {
    let from = run.index;
    const end = run.index + run[0].length;
    for (const han of run[0].matchAll(hanRun)) {
      const start = run.index + han.index;
      if (start > from) spans.push({ from, to: start });
      for (const { index, segment } of words.segment(han[0])) {
        spans.push({ from: start + index, to: start + index + segment.length });
      }
      from = start + han[0].length;
    }
    if (from < end) spans.push({ from, to: end });
  }
  return spans;
}

/** How far around the cursor words are looked for: far beyond any word, so that a huge text stays fast. */
const reach = 2000;

/** Offset of the end of the word at or after `at`. */
export function wordEnd(text: string, at: number): number {
  for (let from = at; from < text.length; from += reach) {
    const found = wordsIn(text.slice(from, from + 2 * reach)).find(({ to }) => from + to > at);
    if (found && found.from < reach) return whole(text, from + found.to);
  }
  return text.length;
}

/** The end of the character that `at` stands in. */
function whole(text: string, at: number): number {
  const start = snapped(text, at);
  return start === at ? at : nextCharacter(text, start);
}

/** Offset of the beginning of the word before `at`. */
export function wordStart(text: string, at: number): number {
  for (let to = at; to > 0; to -= reach) {
    const base = Math.max(0, to - 2 * reach);
    const found = wordsIn(text.slice(base, to)).at(-1);
    if (found) return snapped(text, base + found.from);
  }
  return 0;
}

/** Offset of the beginning of the run without blanks before `at`. */
export function blankWordStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && /\s/.test(text[start - 1] as string)) start--;
  while (start > 0 && !/\s/.test(text[start - 1] as string)) start--;
  return start;
}
