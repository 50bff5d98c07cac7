/**
 * The text being edited as rows of the window: wrapped to a width, coloured, with the prompt before the first row and a continuation
 * prompt before each further line. Rows are cells; a wide character is never divided. Control characters of a pasted text
 * are shown as escapes.
 */
import { cellWidth, cutCells, graphemes, padStartCells } from '../output/cells.ts';
import type { Glyphs } from '../output/glyphs.ts';
import type { Line, Role, Span } from '../output/line.ts';
import { shown } from '../output/shown.ts';
import { lineWidth, span } from '../output/spans.ts';
import type { Lexed, Token } from './highlight.ts';
import { lineAt } from './words.ts';

/** A piece of one line that stands on one row. */
interface Piece {
  readonly from: number;
  readonly to: number;
}

export interface TextLayout {
  readonly rows: readonly Line[];
  readonly cursor: { readonly row: number; readonly column: number };
  /** Rows of the whole text, and the first one shown, counted from 0. */
  readonly total: number;
  readonly top: number;
}

export interface LayoutOptions {
  readonly prompt: Line;
  readonly glyphs: Glyphs;
  /** Cells of a row, prompt included; the cursor may stand in the cell after the last. */
  readonly cells: number;
  /** Rows to show at most; at least 1. */
  readonly height: number;
  /** The first row shown last time: the text scrolls only as far as it must. */
  readonly top: number;
  readonly lexed: Lexed;
  /** Text after the cursor that is not there yet, shown dim, in brackets without colour; only at the end of the text. */
  readonly suggestion?: string;
  /** Default true. */
  readonly colour?: boolean;
}

const tab = '  ';

/** What stands on the screen for a character. */
function display(character: string): string {
  return character === '\t' ? tab : shown(character);
}

const plain = /^[\x20-\x7e]*$/;
const cache = new Map<string, readonly number[]>();

/** Offsets within the line at which its rows begin, for a row of `cells`. */
function rowStarts(line: string, cells: number): readonly number[] {
  if (plain.test(line)) {
    if (line.length <= cells) return [0];
    return Array.from({ length: Math.ceil(line.length / cells) }, (_, row) => row * cells);
  }
  const key = `${cells}:${line}`;
  const known = cache.get(key);
  if (known) return known;
  const starts = [0];
  let used = 0;
  let at = 0;
  for (const character of graphemes(line)) {
    const width = cellWidth(display(character));
    if (used + width > cells && used > 0) {
      starts.push(at);
      used = 0;
    }
    used += width;
    at += character.length;
  }
  if (cache.size > 20_000) cache.clear();
  if (line.length < 2000) cache.set(key, starts);
  return starts;
}

function cellsOf(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const character of graphemes(text)) width += cellWidth(display(character));
  return width;
}

/** Cells left for the text beside the prompt. */
function textCells(prompt: Line, cells: number): number {
  return Math.max(4, cells - lineWidth(prompt));
}

/** All rows of the text, as pieces; `line` is the number of the line that a piece belongs to. */
function pieces(text: string, cells: number): (Piece & { readonly line: number })[] {
  const all: (Piece & { readonly line: number })[] = [];
  let from = 0;
  for (const [number, line] of text.split('\n').entries()) {
    const starts = rowStarts(line, cells);
    for (const [index, start] of starts.entries()) {
      const end = starts[index + 1] ?? line.length;
      all.push({ from: from + start, to: from + end, line: number });
    }
    from += line.length + 1;
  }
  return all;
}

/** The row that the cursor stands on: at a wrap it is the next row's beginning, at a line's end the row's end. */
function rowOf(all: readonly Piece[], cursor: number): number {
  let low = 0;
  let high = all.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((all[middle] as Piece).from <= cursor) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function layOut(text: string, cursor: number, options: LayoutOptions): TextLayout {
  const { prompt, glyphs, lexed } = options;
  const room = textCells(prompt, options.cells);
  const all = pieces(text, room);
  const cursorRow = rowOf(all, cursor);
  const height = Math.max(1, Math.min(options.height, all.length));
  let top = Math.max(0, Math.min(options.top, all.length - height));
  if (cursorRow < top) top = cursorRow;
  if (cursorRow >= top + height) top = cursorRow - height + 1;
  const gutter = lineWidth(prompt);
  const rows: Span[][] = [];
  let tokenAt = firstToken(lexed.tokens, all[top]?.from ?? 0);
  for (const [index, piece] of all.slice(top, top + height).entries()) {
    while ((lexed.tokens[tokenAt]?.to ?? Number.POSITIVE_INFINITY) <= piece.from) tokenAt++;
    const begins = index + top === 0 || all[index + top - 1]?.line !== piece.line;
    const lead =
      index + top === 0
        ? prompt
        : begins
          ? continuation(lexed.open[piece.line] ?? null, glyphs, gutter)
          : blank(gutter);
    rows.push([...lead, ...coloured(text, piece, lexed.tokens, tokenAt)]);
  }
  const at = all[cursorRow] as Piece;
  const before = cellsOf(text.slice(at.from, cursor));
  if (options.suggestion && cursor === text.length) {
    rows[cursorRow - top]?.push(span(suggested(options.suggestion, room - before, options), 'dim'));
  }
  return { rows, cursor: { row: cursorRow - top, column: gutter + before }, total: all.length, top };
}

/** As much of a suggestion as the row has room for: → takes nothing that was not announced. */
function suggested(suggestion: string, free: number, { glyphs, colour = true }: LayoutOptions): string {
  const [first = '', ...others] = suggestion.split('\n');
  const whole = shown(first) + (others.length > 0 ? ` ${glyphs.ellipsis}` : '');
  const room = colour ? free : free - 2;
  if (room < cellWidth(glyphs.ellipsis)) return '';
  const fits = cutCells(whole, room, glyphs.ellipsis);
  return colour ? fits : `[${fits}]`;
}

/** The offset one row up or down in the same column, or null beyond the first or last row. `goal`: the column wished for. */
export function vertical(
  text: string,
  cursor: number,
  rows: number,
  { prompt, cells, goal }: { readonly prompt: Line; readonly cells: number; readonly goal: number | null },
): { readonly cursor: number; readonly goal: number } | null {
  const room = textCells(prompt, cells);
  const all = pieces(text, room);
  const row = rowOf(all, cursor);
  const target = all[row + rows];
  if (!target) return null;
  const column = goal ?? cellsOf(text.slice((all[row] as Piece).from, cursor));
  const wraps = all[row + rows + 1]?.from === target.to;
  let used = 0;
  let at = target.from;
  for (const character of graphemes(text.slice(target.from, target.to))) {
    const width = cellWidth(display(character));
    if (used + width > column) break;
    // The end of a wrapped row is the next row's beginning: stay before the last character.
    if (wraps && at + character.length === target.to) break;
    used += width;
    at += character.length;
  }
  return { cursor: at, goal: column };
}

function firstToken(tokens: readonly Token[], from: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle] as Token).to <= from) low = middle + 1;
    else high = middle;
  }
  return low;
}

const marks: Readonly<Record<string, string>> = {
  quote: "'",
  identifier: '"',
  dollar: '$',
  comment: '*',
  bracket: '(',
};

/** `    … `, `   '… `: as wide as the prompt, the mark before the dots. */
function continuation(open: Lexed['open'][number], glyphs: Glyphs, gutter: number): Line {
  const marked = `${open ? marks[open] : ''}${glyphs.more}`;
  const sign = marked.length < gutter ? marked : glyphs.more;
  return [span(`${padStartCells(sign, gutter - 1)} `, 'dim')];
}

function blank(gutter: number): Line {
  return [span(' '.repeat(gutter))];
}

function coloured(text: string, piece: Piece, tokens: readonly Token[], first: number): Span[] {
  const spans: Span[] = [];
  let at = piece.from;
  const put = (to: number, role?: Role): void => {
    if (to <= at) return;
    spans.push(span(escaped(text.slice(at, to)), role));
    at = to;
  };
  for (let index = first; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    if (token.from >= piece.to) break;
    put(Math.min(token.from, piece.to));
    put(Math.min(token.to, piece.to), token.role);
  }
  put(piece.to);
  return spans;
}

function escaped(text: string): string {
  return plain.test(text) ? text : shown(text.replaceAll('\t', tab));
}

/** The whole text as it goes into the scrollback: prompt and continuation prompts, every row. */
export function echoed(text: string, options: Omit<LayoutOptions, 'height' | 'top' | 'suggestion'>): readonly Line[] {
  return layOut(text, 0, { ...options, height: Number.MAX_SAFE_INTEGER, top: 0 }).rows;
}

/** True when the cursor stands in blanks at the beginning of its line: Tab indents there. */
export function inIndent(text: string, cursor: number): boolean {
  return /^[ \t]*$/.test(text.slice(lineAt(text, cursor).from, cursor));
}
