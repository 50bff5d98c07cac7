/** Building and measuring lines. Every function keeps roles; none lets a line grow beyond the cells it is given. */
import { cellWidth, cutCells, graphemes } from './cells.ts';
import type { Line, Role, Screen, Span } from './line.ts';

export function span(text: string, role?: Role): Span {
  return role === undefined ? { text } : { text, role };
}

export const indent = span('  ');

/** Cells that a line may take: the last column stays empty. */
export function roomOf(screen: Screen): number {
  return Math.max(1, screen.columns - 1);
}

export function lineText(line: Line): string {
  return line.map(({ text }) => text).join('');
}

export function lineWidth(line: Line): number {
  return line.reduce((width, { text }) => width + cellWidth(text), 0);
}

/** The line itself where it fits, else its beginning and the ellipsis. */
export function cutLine(line: Line, cells: number, ellipsis: string): Line {
  if (lineWidth(line) <= cells) return line;
  const kept: Span[] = [];
  let room = cells;
  for (const [index, part] of line.entries()) {
    const width = cellWidth(part.text);
    const rest = line.slice(index + 1);
    if (width < room || (width === room && rest.every(({ text }) => text === ''))) {
      kept.push(part);
      room -= width;
      continue;
    }
    kept.push({ ...part, text: cutCells(`${part.text}${rest.length > 0 ? ' ' : ''}`, room, ellipsis) });
    break;
  }
  return kept;
}

/** Parts with the separator between them; empty parts are left out. */
export function joined(parts: readonly Line[], separator: string): Line {
  const line: Span[] = [];
  for (const part of parts) {
    if (part.length === 0) continue;
    if (line.length > 0) line.push(span(separator, 'dim'));
    line.push(...part);
  }
  return line;
}

/**
 * A sentence on as many rows as it needs, each at most `cells` wide, the rows after the first moved in by `hang` cells.
 * Breaks at blanks; a word wider than a row is divided between characters.
 */
export function wrapLine(line: Line, cells: number, hang: number): Line[] {
  if (!Number.isFinite(cells) || lineWidth(line) <= cells) return [line];
  const inset = Math.min(hang, Math.max(0, cells - 8));
  const rows: Span[][] = [[]];
  let used = 0;
  const breakRow = (): void => {
    rows.push(inset > 0 ? [span(' '.repeat(inset))] : []);
    used = inset;
  };
  const put = (text: string, role: Role | undefined): void => {
    rows.at(-1)?.push(span(text, role));
    used += cellWidth(text);
  };
  for (const { text, role } of line) {
    for (const piece of text.match(/ +|[^ ]+/g) ?? []) {
      const width = cellWidth(piece);
      if (used + width <= cells) {
        put(piece, role);
      } else if (piece.startsWith(' ')) {
        breakRow();
      } else if (width <= cells - inset && !isWide(piece)) {
        breakRow();
        put(piece, role);
      } else {
        for (const character of graphemes(piece)) {
          if (used + cellWidth(character) > cells) breakRow();
          put(character, role);
        }
      }
    }
  }
  return rows.filter(row => lineText(row).trim() !== '').map(merged);
}

function isWide(text: string): boolean {
  return cellWidth(text) > text.length;
}

function merged(line: readonly Span[]): Line {
  const result: Span[] = [];
  for (const part of line) {
    const last = result.at(-1);
    if (last && last.role === part.role) result[result.length - 1] = { ...last, text: last.text + part.text };
    else result.push(part);
  }
  return result;
}
