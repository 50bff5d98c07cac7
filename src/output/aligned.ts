/**
 * Rows of narration in aligned columns, for lists of the program's own (runs, failures, tables, help). Where the screen is too
 * narrow, columns that may be cut are cut, then those of least worth are left out, then the rows are cut.
 */
import { cellWidth } from './cells.ts';
import { glyphsOf } from './glyphs.ts';
import type { Line, Screen, Span } from './line.ts';
import { cutLine, indent, lineWidth, roomOf, span } from './spans.ts';

export interface ColumnSpec {
  /** Shown dim above the column; the head row is left out where no column has a name. */
  readonly name?: string;
  readonly right?: boolean;
  /** Columns of the least worth go first; default: never left out. */
  readonly worth?: number;
  /** Cells down to which its texts may be cut before any column is left out; default: they are not cut. */
  readonly least?: number;
}

/** A cell is a line of spans; an empty one is a blank cell. */
export function alignedLines(
  specs: readonly ColumnSpec[],
  rows: readonly (readonly Line[])[],
  screen: Screen,
  lead: Span = indent,
): Line[] {
  const named = specs.some(({ name }) => name !== undefined);
  const head = specs.map(({ name }) => [span(name ?? '', 'dim')]);
  const all = named ? [head, ...rows] : rows;
  const widths = specs.map((_, index) => Math.max(0, ...all.map(row => lineWidth(row[index] ?? []))));
  const kept = new Set([...specs.keys()].filter(index => (widths[index] ?? 0) > 0));
  const total = (): number =>
    [...kept].reduce((sum, index) => sum + (widths[index] ?? 0) + 2, cellWidth(lead.text) - 2);
  for (const [index, { least: fewest }] of specs.entries()) {
    if (fewest === undefined) continue;
    const width = widths[index] ?? 0;
    widths[index] = Math.max(Math.min(width, fewest), width - Math.max(0, total() - roomOf(screen)));
  }
  while (total() > roomOf(screen)) {
    const least = [...kept].reduce<number | null>((found, index) => {
      const worth = specs[index]?.worth;
      return worth !== undefined && (found === null || worth < (specs[found]?.worth ?? 0)) ? index : found;
    }, null);
    if (least === null) break;
    kept.delete(least);
  }
  const { ellipsis } = glyphsOf(screen);
  return all.map(row => {
    const line: Span[] = [lead];
    let blanks = 0;
    for (const index of kept) {
      const cell = cutLine(row[index] ?? [], widths[index] ?? 0, ellipsis);
      const pad = (widths[index] ?? 0) - lineWidth(cell);
      if (specs[index]?.right) blanks += pad;
      if (cell.some(({ text }) => text !== '')) {
        if (blanks > 0) line.push(span(' '.repeat(blanks)));
        line.push(...cell);
        blanks = 0;
      }
      blanks += (specs[index]?.right ? 0 : pad) + 2;
    }
    return cutLine(line, roomOf(screen), ellipsis);
  });
}
