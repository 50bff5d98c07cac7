/**
 * Text measured in terminal cells. The rules: a grapheme (with its combining marks and joiners) is never divided; wide
 * characters take two cells; characters of ambiguous width take one. Input holds no control characters (see `shown.ts`).
 */
import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const plainAscii = /^[\x20-\x7e]*$/;
/** ASCII, ideographs, their punctuation and full-width forms: one unit is one character, wide where it is not ASCII. */
const simple = /^[\x20-\x7e\u3001-\u3029\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff60]*$/;
const widths = new Map<string, number>();
/** UTF-16 units that are segmented and measured in one piece. */
const longest = 2000;

/** Cells that the text takes. */
export function cellWidth(text: string): number {
  if (plainAscii.test(text)) return text.length;
  if (simple.test(text)) return simpleWidth(text);
  if (text.length > longest) {
    let sum = 0;
    for (const character of characters(text)) sum += cellWidth(character);
    return sum;
  }
  const known = widths.get(text);
  if (known !== undefined) return known;
  const width = stringWidth(text, { ambiguousIsNarrow: true });
  if (text.length < 64) {
    if (widths.size > 10_000) widths.clear();
    widths.set(text, width);
  }
  return width;
}

function simpleWidth(text: string): number {
  let width = text.length;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7e) width++;
  return width;
}

export function graphemes(text: string): string[] {
  if (simple.test(text)) return [...text];
  return [...characters(text)];
}

/**
 * The characters of a text, one after the other. A long one goes to the segmenter in pieces that begin between two characters: in one
 * piece each step costs it the more the longer the text is, 15 s for 100,000 ideographs.
 */
function* characters(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = from + longest;
    let held = '';
    for (const { segment } of segmenter.segment(text.slice(from, end))) {
      if (held !== '') {
        yield held;
        from += held.length;
      }
      held = segment;
    }
    // The last one may go on behind the piece.
    if (end < text.length && held.length < longest) continue;
    yield held;
    from += held.length;
  }
}

/**
 * A place at or before `at` that is surely between two characters, as near as it is easily found: at the beginning of the text, or
 * between two characters that join with nothing.
 */
export function boundaryBefore(text: string, at: number): number {
  const least = Math.max(0, at - longest);
  for (let place = at; place > least; place--) {
    if (simple.test(text.slice(place - 1, place + 1)) && place < text.length) return place;
  }
  return least;
}

/** The longest beginning of the text that fits in `cells`, never half a character. */
export function takeCells(text: string, cells: number): string {
  if (cells <= 0) return '';
  if (plainAscii.test(text)) return text.slice(0, cells);
  let taken = '';
  let width = 0;
  for (const character of characters(text)) {
    const next = width + cellWidth(character);
    if (next > cells) break;
    width = next;
    taken += character;
  }
  return taken;
}

/** The longest end of the text that fits in `cells`. */
export function takeLastCells(text: string, cells: number): string {
  const parts = graphemes(text);
  let width = 0;
  let from = parts.length;
  while (from > 0) {
    const next = width + cellWidth(parts[from - 1] as string);
    if (next > cells) break;
    width = next;
    from--;
  }
  return parts.slice(from).join('');
}

/** The text itself where it fits, else its beginning and the ellipsis, together at most `cells` wide. */
export function cutCells(text: string, cells: number, ellipsis: string): string {
  if (cellWidth(text) <= cells) return text;
  const room = cells - cellWidth(ellipsis);
  return room < 0 ? takeCells(text, cells) : takeCells(text, room) + ellipsis;
}

export function padEndCells(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - cellWidth(text)));
}

export function padStartCells(text: string, cells: number): string {
  return ' '.repeat(Math.max(0, cells - cellWidth(text))) + text;
}
