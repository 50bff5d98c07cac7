/**
 * Rows of a result in a window that scrolls both ways: the head and the first column stay, the others move past them. Pure; the
 * texts of a column are made once for the rows at hand.
 */
import type { DuckDBType } from '@duckdb/node-api';
import { cellWidth, cutCells, padEndCells, padStartCells } from '../../output/cells.ts';
import { glyphsOf } from '../../output/glyphs.ts';
import type { Line, Role, Screen, Span } from '../../output/line.ts';
import { type Cell, columnCells } from '../../output/result-cells.ts';
import { shown } from '../../output/shown.ts';
import { roomOf, span } from '../../output/spans.ts';
import { isNumeric } from '../../output/value.ts';
import type { PageRows, Sorting } from '../../shell/result-pages.ts';

const gap = 2;
const widest = 40;
const clip = 200;

/** Which columns stand beside the held one. */
export interface Columns {
  readonly from: number;
  readonly to: number;
}

export class Grid {
  private readonly names: readonly string[];
  private readonly types: readonly DuckDBType[];
  private readonly cells = new Map<number, readonly Cell[]>();
  /** They only grow, so that nothing jumps while one scrolls. */
  private readonly widths: number[];
  private page: PageRows;

  constructor(names: readonly string[], types: readonly DuckDBType[], page: PageRows) {
    this.names = names.map(shown);
    this.types = types;
    this.page = page;
    this.widths = this.names.map(name => Math.min(widest, Math.max(1, cellWidth(name))));
  }

  show(page: PageRows): void {
    this.page = page;
    this.cells.clear();
  }

  /** The columns beside the first one that fit from `left` on; at least one where there is any. */
  fitting(left: number, screen: Screen): Columns {
    let room = roomOf(screen) - this.lead(screen);
    let to = left;
    while (to < this.names.length) {
      const needs = this.width(to) + (to > left ? gap : 0);
      if (needs > room && to > left) break;
      room -= needs;
      to++;
    }
    return { from: left, to };
  }

  head(columns: Columns, current: number, sorting: Sorting | null, screen: Screen): Line {
    if (sorting) {
      const needs = Math.min(widest, cellWidth(this.names[sorting.column] ?? '') + 1);
      this.widths[sorting.column] = Math.max(this.widths[sorting.column] ?? 1, needs);
    }
    const name = (column: number): Cell => {
      const text = this.names[column] ?? '';
      const arrow = screen.glyphs ? ['↑', '↓'] : ['^', 'v'];
      const sign = sorting?.column === column ? `${arrow[sorting.descending ? 1 : 0]}` : '';
      return { text: sign + text, role: column === current ? 'selected' : 'bold' };
    };
    const more = columns.to < this.names.length ? [span(screen.glyphs ? ' ›' : ' >', 'dim')] : [];
    return [...this.row('  ', columns, name, screen), ...more];
  }

  body(at: number, columns: Columns, current: { row: number; column: number }, needle: string, screen: Screen): Line {
    const { pointer } = glyphsOf(screen);
    const here = at === current.row;
    const cell = (column: number): Cell => {
      const { text, role } = this.column(column)[at - this.page.from] ?? { text: '' };
      if (here && column === current.column) return { text: text === '' ? ' ' : text, role: 'selected' };
      return needle !== '' && text.toLowerCase().includes(needle) ? { text, role: 'accent' } : withRole(text, role);
    };
    return this.row(here ? padEndCells(pointer, 2) : '  ', columns, cell, screen);
  }

  private row(lead: string, { from, to }: Columns, cell: (column: number) => Cell, screen: Screen): Line {
    const line: Span[] = [span(lead, 'accent')];
    line.push(...this.drawn(0, cell(0), this.heldWidth(screen), screen));
    if (this.names.length > 1) line.push(span(` ${screen.glyphs ? '│' : '|'} `, 'dim'));
    let room = roomOf(screen) - this.lead(screen);
    for (let column = from; column < to; column++) {
      if (column > from) line.push(span(' '.repeat(gap)));
      const width = Math.min(this.width(column), Math.max(1, room));
      line.push(...this.drawn(column, cell(column), width, screen));
      room -= width + gap;
    }
    return line;
  }

  private drawn(column: number, { text, role }: Cell, width: number, screen: Screen): Span[] {
    const cut = cutCells(text, width, glyphsOf(screen).ellipsis);
    const right = isNumeric(this.types[column] as DuckDBType);
    const pad = right ? padStartCells('', width - cellWidth(cut)) : padEndCells('', width - cellWidth(cut));
    return right ? [span(pad), span(cut, role)] : [span(cut, role), span(pad)];
  }

  private column(column: number): readonly Cell[] {
    const known = this.cells.get(column);
    if (known) return known;
    const values = this.page.rows.map(row => row[column] ?? null);
    const cells = columnCells(values, this.types[column] as DuckDBType, this.names[column] ?? '', clip);
    this.cells.set(column, cells);
    const most = cells.reduce((width, { text }) => Math.max(width, Math.min(widest, cellWidth(text))), 0);
    this.widths[column] = Math.max(this.widths[column] ?? 1, most);
    return cells;
  }

  private width(column: number): number {
    this.column(column);
    return this.widths[column] ?? 1;
  }

  private heldWidth(screen: Screen): number {
    return Math.min(this.width(0), Math.max(8, Math.floor(roomOf(screen) * 0.4)));
  }

  /** Cells before the columns that move, and for the sign that there are more. */
  private lead(screen: Screen): number {
    return 4 + this.heldWidth(screen) + (this.names.length > 1 ? 3 : 0);
  }
}

function withRole(text: string, role: Role | undefined): Cell {
  return role === undefined ? { text } : { text, role };
}
