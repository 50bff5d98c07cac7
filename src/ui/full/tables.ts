/**
 * The tables of the file to look through: tables on the left, the columns of the chosen one with their types and comments beside them, and its
 * first rows on Enter. Where the window is narrow, one of the two at a time.
 */
import { count } from '../../output/amounts.ts';
import { cellWidth, cutCells, padEndCells, padStartCells } from '../../output/cells.ts';
import { glyphsOf } from '../../output/glyphs.ts';
import type { Line, Screen, Span } from '../../output/line.ts';
import { viewLines } from '../../output/lines.ts';
import { shown } from '../../output/shown.ts';
import { cutLine, indent, lineWidth, roomOf, span, wrapLine } from '../../output/spans.ts';
import type { TableRow } from '../../output/view.ts';
import { readTables } from '../../shell/read-tables.ts';
import { problemView } from '../cells.ts';
import type { InputEvent } from '../keys.ts';
import { headRow, type KeyHint, keyFoot } from './foot.ts';
import { leaves, moved, topFor } from './moving.ts';
import { queryAfter } from './query.ts';
import type { FullRows, FullView, ViewContext } from './view.ts';
import { ResultViewer } from './viewer.ts';

/** Cells from which both stand side by side. */
const wide = 64;

export class TablesBrowser implements FullView {
  private readonly context: ViewContext;
  private tables: readonly TableRow[] | null = null;
  private trouble: unknown = null;
  private filter = '';
  private wanted: string | null;
  private at = 0;
  private top = 0;
  /** The first column shown; null while the tables have the keys. */
  private column: number | null = null;
  private page = 1;
  private longest = 0;
  private opened: ResultViewer | null = null;
  private changed: () => void = () => undefined;
  private readonly ended = new AbortController();

  constructor(table: string | null, context: ViewContext) {
    this.wanted = table;
    this.context = context;
  }

  attach(changed: () => void): void {
    this.changed = changed;
    void this.readAll();
  }

  async close(): Promise<void> {
    this.ended.abort();
    await this.opened?.close();
  }

  rows(screen: Screen): FullRows {
    if (this.opened) return this.opened.rows(screen);
    const found = this.found();
    this.page = Math.max(1, screen.rows - 2);
    this.at = Math.max(0, Math.min(this.at, found.length - 1));
    this.top = topFor(this.at, this.top, found.length, this.page);
    const body = this.body(found, screen);
    const blank = Array.from({ length: Math.max(0, this.page - body.length) }, (): Line => []);
    const lines = [
      this.head(found, screen),
      ...body.slice(0, this.page),
      ...blank,
      keyFoot(this.hints(screen), screen),
    ];
    return { lines, cursor: { row: Math.min(1 + this.at - this.top, screen.rows - 1), column: 0 } };
  }

  input(event: InputEvent): 'stay' | 'leave' {
    if (this.opened) {
      if (this.opened.input(event) === 'leave') this.closeRows();
      return 'stay';
    }
    const filter = this.column === null ? queryAfter(this.filter, event) : null;
    if (filter !== null) {
      this.filter = filter.replace(/^[\s/]+/, '');
      this.at = 0;
      return 'stay';
    }
    if (event.type !== 'key') return 'stay';
    return this.column === null ? this.inTables(event.key) : this.inColumns(event.key, this.column);
  }

  private inTables(key: string): 'stay' | 'leave' {
    const to = moved(key, this.at, this.found().length, this.page);
    if (to !== null) this.at = to;
    else if (key === 'right' || key === 'tab') this.column = 0;
    else if (key === 'enter' || key === 'C-j') void this.openRows();
    else if (key === 'escape' && this.filter !== '') this.filter = '';
    else if (leaves(key)) return 'leave';
    return 'stay';
  }

  private inColumns(key: string, column: number): 'stay' | 'leave' {
    const to = moved(key, column, Math.max(1, this.longest - this.page + 1), this.page);
    if (to !== null) this.column = to;
    else if (key === 'left' || key === 'tab' || key === 'escape') this.column = null;
    else if (key === 'enter' || key === 'C-j') void this.openRows();
    else if (leaves(key)) return 'leave';
    return 'stay';
  }

  private async readAll(): Promise<void> {
    try {
      this.tables = await readTables(await this.context.session.engine.database(), this.ended.signal);
      const { wanted } = this;
      if (wanted !== null)
        this.at = Math.max(
          0,
          this.tables.findIndex(table => nameOf(table) === wanted),
        );
    } catch (thrown) {
      this.trouble = thrown;
    }
    this.changed();
  }

  private found(): readonly TableRow[] {
    const words = this.filter.toLowerCase().split(/\s+/);
    return (this.tables ?? []).filter(table => {
      const text = `${nameOf(table)}\n${table.comment ?? ''}\n${table.columns.map(({ name }) => name).join('\n')}`;
      return words.every(word => text.toLowerCase().includes(word));
    });
  }

  private async openRows(): Promise<void> {
    const table = this.found()[this.at];
    if (!table) return;
    const { session } = this.context;
    const sql = `from ${quoted(table.schema)}.${quoted(table.name)}`;
    try {
      const { names, types } = await session.read(`${sql} limit 0`, undefined, this.ended.signal);
      const result = { sql, values: {}, names, types, rows: null, table: null };
      const title = nameOf(table);
      this.opened = new ResultViewer({ kind: 'result', cell: null, title, result, shown: null }, this.context);
      this.opened.attach(this.changed);
    } catch (thrown) {
      this.trouble = thrown;
    }
    this.changed();
  }

  private closeRows(): void {
    void this.opened?.close();
    this.opened = null;
  }

  private head(found: readonly TableRow[], screen: Screen): Line {
    const all = this.tables?.length ?? 0;
    const filter: Span[] = this.filter === '' ? [] : [span('  / ', 'accent'), span(shown(this.filter))];
    const right =
      this.tables === null ? '' : found.length === all ? `${all} tables and views` : `${found.length} of ${all}`;
    return headRow([span('  tables', 'bold'), ...filter], [span(right, 'dim')], screen);
  }

  private body(found: readonly TableRow[], screen: Screen): readonly Line[] {
    if (this.trouble !== null) return viewLines(problemView(this.trouble), screen);
    if (this.tables === null) return [[indent, span('reading the tables', 'dim')]];
    if (found.length === 0) {
      return [
        [indent, span(this.filter === '' ? 'no tables yet' : 'no table is called so or has such a column', 'dim')],
      ];
    }
    const room = roomOf(screen);
    const table = found[this.at] as TableRow;
    if (room < wide) {
      if (this.column === null) return this.list(found, room, screen);
      return this.columns(table, room - 2, screen).map(line => [indent, ...line]);
    }
    const left = this.list(found, Math.min(34, Math.floor(room * 0.4)), screen);
    const cells = Math.max(...left.map(lineWidth));
    const right = this.columns(table, room - cells - 3, screen);
    const bar = span(screen.glyphs ? ' │ ' : ' | ', 'dim');
    return Array.from({ length: Math.max(left.length, Math.min(right.length, this.page)) }, (_, index): Line => {
      const line = left[index] ?? [];
      return [...line, span(' '.repeat(cells - lineWidth(line))), bar, ...(right[index] ?? [])];
    });
  }

  private list(found: readonly TableRow[], room: number, screen: Screen): Line[] {
    const { pointer, ellipsis } = glyphsOf(screen);
    const amounts = found.map(({ rows }) => (rows === null ? 'view' : count(rows)));
    const amountCells = Math.max(...amounts.map(cellWidth));
    const nameCells = Math.max(8, Math.min(room - 4 - amountCells, Math.max(...found.map(t => cellWidth(nameOf(t))))));
    return found.slice(this.top, this.top + this.page).map((table, index) => {
      const here = this.top + index === this.at;
      const name = padEndCells(cutCells(nameOf(table), nameCells, ellipsis), nameCells);
      const line: Line = [
        span(padEndCells(here ? pointer : '', 2), 'accent'),
        span(name, here ? 'bold' : 'plain'),
        span('  '),
        span(padStartCells(amounts[this.top + index] ?? '', amountCells), 'dim'),
      ];
      return cutLine(line, room, ellipsis);
    });
  }

  private columns(table: TableRow, room: number, screen: Screen): Line[] {
    const { ellipsis } = glyphsOf(screen);
    const nameCells = Math.min(
      Math.floor(room / 2),
      Math.max(...table.columns.map(({ name }) => cellWidth(shown(name)))),
    );
    const typeCells = Math.min(12, Math.max(...table.columns.map(({ type }) => cellWidth(shown(type)))));
    const lead = nameCells + typeCells + 4;
    const lines: Line[] = [
      [span(nameOf(table), 'bold')],
      ...(table.comment === null ? [] : wrapLine([span(shown(table.comment), 'dim')], room, 0)),
    ];
    for (const { name, type, comment } of table.columns) {
      const line: Span[] = [
        span(padEndCells(cutCells(shown(name), nameCells, ellipsis), nameCells)),
        span('  '),
        span(padEndCells(cutCells(shown(type.toLowerCase()), typeCells, ellipsis), typeCells), 'dim'),
      ];
      if (comment === null) lines.push(line);
      else if (room - lead < 16) lines.push(line, ...wrapLine([span('  '), span(shown(comment), 'dim')], room, 2));
      else lines.push(...wrapLine([...line, span('  '), span(shown(comment), 'dim')], room, lead));
    }
    this.longest = lines.length;
    return lines.slice(this.column ?? 0).map(line => cutLine(line, room, ellipsis));
  }

  private hints(screen: Screen): readonly KeyHint[] {
    const [left, right] = screen.glyphs ? ['←', '→'] : ['Left', 'Right'];
    if (this.column !== null) {
      return [
        ['Enter', 'shows the rows', 2],
        [left ?? '', 'tables', 1],
        ['Esc', 'back'],
      ];
    }
    return [
      ['Enter', 'shows the rows', 2],
      [right ?? '', 'columns', 1],
      ['typing', 'filters', 0],
      ['Esc', this.filter === '' ? 'leaves' : 'drops the filter'],
    ];
  }
}

function nameOf({ schema, name }: TableRow): string {
  return shown(schema === 'main' ? name : `${schema}.${name}`);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
