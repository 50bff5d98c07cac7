/**
 * A result whole, over the whole window: page, home and end, columns past a held one, search, a row by its number, sorted by a column,
 * a cell or a row copied, a row as a form. The rows are read from the engine, some hundreds around what is seen; what is being
 * read leaves what is there on the screen, and so does what cannot be read.
 */
import type { DuckDBType } from '@duckdb/node-api';
import { asProblem } from '../../market/problem.ts';
import { count, counted, lasted } from '../../output/amounts.ts';
import { cutCells } from '../../output/cells.ts';
import { glyphsOf } from '../../output/glyphs.ts';
import type { Line, Role, Screen } from '../../output/line.ts';
import { shown } from '../../output/shown.ts';
import { indent, joined, lineWidth, roomOf, span } from '../../output/spans.ts';
import { valueText } from '../../output/value.ts';
import type { Opening } from '../../shell/opening.ts';
import { type PageRows, ResultPages, type Sorting } from '../../shell/result-pages.ts';
import type { InputEvent } from '../keys.ts';
import { headRow, type KeyHint, keyFoot } from './foot.ts';
import { Grid } from './grid.ts';
import { leaves, moved, topFor } from './moving.ts';
import { queryAfter } from './query.ts';
import { recordLines } from './record.ts';
import { SteadyRows } from './steady.ts';
import type { FullRows, FullView, ViewContext } from './view.ts';

/** Rows read at once, and how many of them above what is seen. */
const pieceRows = 600;
const aboveRows = 200;
/** With fewer rows than this left on a side the next piece is read ahead. */
const aheadRows = 100;
const tickMs = 200;
/** What takes longer is told. */
const patienceMs = 300;
/** Terminals take about this much at once. */
const mostCopied = 70_000;

interface Typing {
  readonly for: 'find' | 'row';
  readonly text: string;
}

export class ResultViewer implements FullView {
  private readonly pages: ResultPages;
  private readonly grid: Grid;
  private readonly title: string;
  private readonly copyText: (text: string) => void;
  private readonly steady: SteadyRows;
  private readonly stopHearing: () => void;
  private page: PageRows;
  private total: number | null;
  private sortedAnyway = false;
  private onlySample = false;
  private sorting: Sorting | null = null;
  private row = 0;
  private top = 0;
  private column = 0;
  private left = 1;
  private height = 1;
  /** The row to go to when the rows are counted. */
  private toEnd = false;
  private counting = false;
  private typing: Typing | null = null;
  private needle = '';
  private record: { top: number } | null = null;
  private said: { readonly text: string; readonly role: Role } | null = null;
  private busy: { readonly what: string; readonly since: number; readonly abort: AbortController } | null = null;
  private ahead: AbortController | null = null;
  private ticking: NodeJS.Timeout | undefined;
  private changed: () => void = () => undefined;

  constructor(
    { cell, title, result, shown: seen }: Extract<Opening, { kind: 'result' }>,
    { session, copy }: ViewContext,
  ) {
    this.pages = new ResultPages(result, seen, (sql, values, signal) => session.read(sql, values, signal));
    this.page = this.pages.sample;
    this.grid = new Grid(result.names, result.types, this.page);
    const text = shown(title ?? result.sql.replace(/\s+/g, ' ').trim());
    this.title = cell === null ? text : `[${cell}] ${text}`;
    this.copyText = copy;
    this.steady = new SteadyRows(session, result, cell);
    // What was counted when it ran is another number where its tables have changed.
    this.total = this.steady.changed ? null : result.rows;
    this.stopHearing = session.jobs.on(({ type }) => {
      if (type === 'started') void this.hold();
      if (type !== 'progress') this.changed();
    });
  }

  attach(changed: () => void): void {
    this.changed = changed;
    void this.begin();
  }

  async close(): Promise<void> {
    this.stopHearing();
    clearInterval(this.ticking);
    this.busy?.abort.abort();
    this.ahead?.abort();
    this.steady.close();
    await this.pages.close();
  }

  rows(screen: Screen): FullRows {
    if (this.record) return this.form(screen, this.record);
    this.height = Math.max(1, screen.rows - 3);
    this.top = topFor(this.row, this.top, this.total ?? Number.MAX_SAFE_INTEGER, this.height);
    const top = this.has(this.top)
      ? this.top
      : Math.max(this.page.from, Math.min(this.top, this.lastRow - this.height + 1));
    let columns = this.grid.fitting(this.left, screen);
    if (this.column > 0 && this.column < this.left) this.left = this.column;
    while (this.column >= columns.to && this.left < this.column) columns = this.grid.fitting(++this.left, screen);
    columns = this.grid.fitting(this.left, screen);
    const current = { row: this.row, column: this.column };
    const last = Math.min(top + this.height - 1, this.lastRow);
    const body = Array.from({ length: Math.max(0, last - top + 1) }, (_, index) =>
      this.grid.body(top + index, columns, current, this.needle, screen),
    );
    if (body.length === 0) body.push([indent, span(this.busy ? '' : 'no rows', 'dim')]);
    const blank = Array.from({ length: Math.max(0, this.height - body.length) }, (): Line => []);
    const lines = [
      this.head(screen),
      this.grid.head(columns, this.column, this.sorting, screen),
      ...body,
      ...blank,
      this.foot(columns, screen),
    ];
    const at = this.row - top;
    const cursor = this.typing ? null : { row: at >= 0 && at < this.height ? 2 + at : screen.rows - 1, column: 0 };
    return cursor ? { lines, cursor } : { lines };
  }

  input(event: InputEvent): 'stay' | 'leave' {
    this.said = null;
    if (this.typing) return this.inTyping(this.typing, event);
    if (event.type === 'text') return this.letters(event.text);
    if (event.type !== 'key') return 'stay';
    if (leaves(event.key)) return this.back(event.key);
    return this.record ? this.inRecord(event.key) : this.inTable(event.key);
  }

  /** Escape goes one step back: out of the form, out of what is being read, out of the view. */
  private back(key: string): 'stay' | 'leave' {
    const told = this.busy !== null && performance.now() - this.busy.since > patienceMs;
    if (told && (key === 'C-c' || key === 'escape')) {
      this.stop();
      this.say('stopped reading');
      return 'stay';
    }
    if (!this.record) return 'leave';
    this.record = null;
    return 'stay';
  }

  private inTable(key: string): 'stay' | 'leave' {
    if (key === 'end' || key === 'C-end' || key === 'M->' || key === 'C-e') {
      this.end();
      return 'stay';
    }
    const to = moved(key, this.row, this.total ?? Number.MAX_SAFE_INTEGER, this.height);
    if (to !== null) this.go(to);
    else if (key === 'right') this.column = Math.min(this.column + 1, this.pages.names.length - 1);
    else if (key === 'left') this.column = Math.max(0, this.column - 1);
    else if (key === 'C-right' || key === 'M-right') this.column = this.pages.names.length - 1;
    else if (key === 'C-left' || key === 'M-left') this.column = 0;
    else if (key === 'tab') this.sort();
    else if (key === 'enter' || key === 'C-j') this.openRecord();
    return 'stay';
  }

  /** Letters typed at once; what follows a `/` or `:` is its text. */
  private letters(text: string): 'stay' | 'leave' {
    for (const [index, character] of [...text].entries()) {
      if (this.letter(character) === 'leave') return 'leave';
      if (!this.typing) continue;
      this.typing = { ...this.typing, text: [...text].slice(index + 1).join('') };
      break;
    }
    return 'stay';
  }

  private letter(character: string): 'stay' | 'leave' {
    switch (character) {
      case '/':
      case '／':
        this.typing = { for: 'find', text: '' };
        break;
      case ':':
      case '：':
        this.typing = { for: 'row', text: '' };
        break;
      case 'n':
        this.find('down');
        break;
      case 'N':
        this.find('up');
        break;
      case 's':
        this.sort();
        break;
      case 'y':
      case ' ':
        this.copyCell();
        break;
      case 'Y':
        this.copyRow();
        break;
      case 'q':
        return 'leave';
    }
    return 'stay';
  }

  private inRecord(key: string): 'stay' {
    const to = moved(key, this.column, this.pages.names.length, Math.max(2, this.height));
    if (to !== null) this.column = to;
    else if (key === 'left') this.go(Math.max(0, this.row - 1));
    else if (key === 'right') this.go(Math.min(this.row + 1, (this.total ?? Number.MAX_SAFE_INTEGER) - 1));
    else if (key === 'enter') this.record = null;
    return 'stay';
  }

  private inTyping(typing: Typing, event: InputEvent): 'stay' {
    const text = queryAfter(typing.text, event);
    if (text !== null) {
      this.typing = { ...typing, text };
      return 'stay';
    }
    if (event.type !== 'key') return 'stay';
    if (event.key === 'enter' || event.key === 'C-j') {
      this.typing = null;
      if (typing.for === 'row') this.jump(typing.text);
      else {
        this.needle = typing.text.toLowerCase();
        this.find('down');
      }
    } else if (leaves(event.key)) this.typing = null;
    return 'stay';
  }

  // ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  private async begin(): Promise<void> {
    const order = await this.pages.order().catch(() => null);
    this.onlySample = order === null;
    this.sortedAnyway = order === 'columns';
    if (this.onlySample) this.total = this.page.rows.length;
    else {
      // What was shown may be all there is.
      if (this.page.rows.length !== this.total) this.read('reading');
      await this.steady.learn();
      void this.countRows().then(() => this.hold());
    }
    this.changed();
  }

  /** While a run writes them, the rows are held as they are. */
  private async hold(): Promise<void> {
    const held = this.onlySample ? null : await this.steady.hold(this.pages, this.total);
    if (!held) return;
    this.total = await this.pages.count(new AbortController().signal).catch(() => null);
    held();
    this.read('reading');
    this.changed();
  }

  private async countRows(): Promise<void> {
    if (this.total !== null || this.counting) return;
    this.counting = true;
    try {
      this.total = await this.pages.count(new AbortController().signal);
      if (this.toEnd) {
        this.said = null;
        this.go(this.total - 1);
      }
      if (this.row >= this.total) this.go(Math.max(0, this.total - 1));
    } catch (thrown) {
      // Without a count there are still rows.
      if (this.toEnd) this.said = { text: `cannot read: ${asProblem(thrown).message}`, role: 'fail' };
    } finally {
      this.counting = false;
      this.toEnd = false;
      this.changed();
    }
  }

  private get lastRow(): number {
    return this.page.from + this.page.rows.length - 1;
  }

  /** Whether all that a window from this row on shows is at hand. */
  private has(top: number): boolean {
    const last = Math.min(top + this.height - 1, (this.total ?? Number.MAX_SAFE_INTEGER) - 1);
    return top >= this.page.from && last <= this.lastRow;
  }

  private go(row: number): void {
    this.row = Math.max(0, Math.min(row, (this.total ?? Number.MAX_SAFE_INTEGER) - 1));
    this.top = topFor(this.row, this.top, this.total ?? Number.MAX_SAFE_INTEGER, this.height);
    if (this.onlySample) return;
    if (!this.has(this.top)) this.read('reading');
    else this.readAhead();
  }

  private end(): void {
    if (this.total !== null) this.go(this.total - 1);
    else {
      this.toEnd = true;
      this.say('counting the rows');
      void this.countRows();
    }
  }

  /** Reads the rows around those that are wanted now; an older reading is given up. */
  private read(what: string): void {
    const from = Math.max(0, this.top - aboveRows);
    const sorting = this.sorting;
    this.work(`${what} row ${count(this.row + 1)}`, async signal => {
      const page = await this.pages.rows(from, pieceRows, sorting, signal, this.total);
      // Read to its end just as it was given up.
      if (signal.aborted) return;
      if (page.rows.length === 0 && from > 0) {
        // The table became shorter since the rows were counted.
        this.total = null;
        await this.countRows();
        return;
      }
      this.take(page);
    });
  }

  private take(page: PageRows): void {
    this.page = page;
    this.grid.show(page);
    if (page.rows.length < pieceRows) this.total = page.from + page.rows.length;
    if (this.row > this.lastRow) this.row = Math.max(0, this.lastRow);
  }

  private readAhead(): void {
    const { from } = this.page;
    const nearTop = from > 0 && this.top - from < aheadRows;
    const nearEnd =
      this.lastRow - (this.top + this.height) < aheadRows && this.lastRow + 1 < (this.total ?? Number.MAX_SAFE_INTEGER);
    if (this.busy || this.ahead || !(nearTop || nearEnd)) return;
    const abort = new AbortController();
    this.ahead = abort;
    const sorting = this.sorting;
    this.pages
      .rows(Math.max(0, this.top - aboveRows), pieceRows, sorting, abort.signal, this.total)
      .then(page => {
        // What was read ahead counts only while nothing else is wanted.
        if (this.busy || abort.signal.aborted || this.sorting !== sorting) return;
        if (page.from <= this.top && page.from + page.rows.length > this.top) this.take(page);
        this.changed();
      })
      .catch(() => undefined)
      .finally(() => {
        this.ahead = null;
      });
  }

  /** One thing at a time: the newest wish. */
  private work(what: string, task: (signal: AbortSignal) => Promise<void>): void {
    this.busy?.abort.abort();
    this.ahead?.abort();
    const abort = new AbortController();
    const mine = { what, since: performance.now(), abort };
    this.busy = mine;
    this.ticking ??= setInterval(() => this.changed(), tickMs);
    task(abort.signal)
      .catch(thrown => {
        if (abort.signal.aborted) return;
        this.said = { text: `cannot read: ${asProblem(thrown).message}`, role: 'fail' };
        this.stay();
      })
      .finally(() => {
        if (this.busy === mine) this.rest();
        this.changed();
      });
  }

  private stop(): void {
    if (!this.busy) return;
    this.busy.abort.abort();
    this.rest();
    this.stay();
  }

  /** Back to the rows that are there. */
  private stay(): void {
    this.row = Math.max(this.page.from, Math.min(this.row, Math.max(0, this.lastRow)));
  }

  private rest(): void {
    this.busy = null;
    clearInterval(this.ticking);
    this.ticking = undefined;
  }

  // ── What keys do ──────────────────────────────────────────────────────────────────────────────────────────────────────

  private jump(text: string): void {
    const wanted = Number(text.replace(/[,_\s]/g, ''));
    if (!Number.isInteger(wanted) || wanted < 1) {
      this.say(`${text} is no row: they count from 1`, 'warn');
      return;
    }
    if (this.total !== null && wanted > this.total) this.say(`there are ${counted(this.total, 'row')}`, 'warn');
    this.go(wanted - 1);
  }

  private find(direction: 'down' | 'up'): void {
    const { needle, row, sorting } = this;
    if (needle === '') return;
    this.work(`looking for ${shown(needle)}`, async signal => {
      const found = await this.pages.find(needle, row, direction, sorting, signal);
      if (signal.aborted) return;
      if (found === null) {
        const other = direction === 'down' ? 'below; N looks above' : 'above; n looks below';
        this.say(`no ${shown(needle)} ${other}`, 'warn');
        return;
      }
      this.rest();
      this.go(found);
    });
  }

  /** Up, then down, then as it was. */
  private sort(): void {
    if (this.onlySample) {
      this.say('only these rows are there, so they are not sorted', 'warn');
      return;
    }
    const { column, sorting } = this;
    if (sorting?.column !== column) this.sorting = { column, descending: false };
    else this.sorting = sorting.descending ? null : { column, descending: true };
    this.row = 0;
    this.top = 0;
    this.ahead?.abort();
    this.read('sorting,');
  }

  private openRecord(): void {
    if (this.page.rows[this.row - this.page.from]) this.record = { top: 0 };
  }

  private copyCell(): void {
    const value = this.page.rows[this.row - this.page.from]?.[this.column] ?? null;
    const text = valueText(value, this.pages.types[this.column] as DuckDBType, mostCopied) ?? '';
    this.copy(text, text === '' ? 'an empty text' : cutCells(shown(text), 30, '...'));
  }

  private copyRow(): void {
    const row = this.page.rows[this.row - this.page.from];
    if (!row) return;
    const texts = row.map(
      (value, column) => valueText(value, this.pages.types[column] as DuckDBType, mostCopied) ?? '',
    );
    this.copy(texts.map(text => text.replace(/[\t\n\r]/g, ' ')).join('\t'), `row ${count(this.row + 1)}`);
  }

  private copy(text: string, what: string): void {
    if (text.length > mostCopied) {
      this.say(`more than ${count(mostCopied)} characters are more than a terminal takes`, 'warn');
      return;
    }
    this.copyText(text);
    this.say(`copied ${what}`);
  }

  private say(text: string, role: Role = 'plain'): void {
    this.said = { text, role };
  }

  // ── Drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  private head(screen: Screen): Line {
    const { dot, ellipsis } = glyphsOf(screen);
    const rows = this.total === null ? 'counting rows' : counted(this.total, 'row');
    const parts = [rows, counted(this.pages.names.length, 'column')];
    if (this.onlySample) parts[0] = `the first ${rows}`;
    if (this.sortedAnyway && !this.sorting) parts.push('in the order of its columns');
    const why = this.steady.told();
    const told: Line[] = why === null ? [] : [why];
    const right = joined([...told, ...parts.map((part): Line => [span(part, 'dim')])], dot);
    const room = roomOf(screen) - lineWidth(right) - 4;
    const title = cutCells(this.title, room >= 12 ? room : roomOf(screen) - 2, ellipsis);
    return headRow([indent, span(title, 'bold')], right, screen);
  }

  private foot({ from, to }: { readonly from: number; readonly to: number }, screen: Screen): Line {
    const { dot } = glyphsOf(screen);
    if (this.typing) {
      const ask = this.typing.for === 'find' ? '/ ' : ': row ';
      return [indent, span(ask, 'accent'), span(shown(this.typing.text))];
    }
    const waited = this.busy ? performance.now() - this.busy.since : 0;
    if (this.busy && waited > patienceMs) {
      const { what } = this.busy;
      return headRow(
        [indent, span(`${what} ${lasted(waited / 1000)}`)],
        [span('Esc', 'accent'), span(' stops', 'dim')],
        screen,
      );
    }
    if (this.said) return [indent, span(this.said.text, this.said.role)];
    const names = this.pages.names;
    const parts: Line[] = [
      [span(`row ${count(this.total === 0 ? 0 : this.row + 1)}`)],
      [span(shown(names[this.column] ?? ''))],
      ...(names.length > to - from + 1 ? [[span(`columns ${from + 1}-${to} of ${names.length}`)]] : []),
    ];
    // The way out is told in the narrowest window.
    while (parts.length > 1 && lineWidth(joined(parts, dot)) + 12 > roomOf(screen)) parts.pop();
    const place = joined(parts, dot);
    const keys = keyFoot(tableHints, { ...screen, columns: Math.max(12, screen.columns - lineWidth(place) - 2) });
    return headRow([indent, ...place], keys.slice(1), screen);
  }

  private form(screen: Screen, record: { top: number }): FullRows {
    const height = Math.max(1, screen.rows - 2);
    const row = this.page.rows[this.row - this.page.from] ?? [];
    const { lines, starts } = recordLines(
      { names: this.pages.names, types: this.pages.types, row },
      this.column,
      screen,
    );
    record.top = topFor(starts[this.column] ?? 0, record.top, lines.length, height);
    const body = lines.slice(record.top, record.top + height);
    const blank = Array.from({ length: height - body.length }, (): Line => []);
    const { dot } = glyphsOf(screen);
    const of = this.total === null ? '' : ` of ${count(this.total)}`;
    const place = joined([[span(`row ${count(this.row + 1)}${of}`, 'bold')], [span(this.title, 'dim')]], dot);
    const foot = this.said ? [indent, span(this.said.text, this.said.role)] : keyFoot(formHints(screen), screen);
    const cursor = { row: 1 + (starts[this.column] ?? 0) - record.top, column: 0 };
    return { lines: [[indent, ...place], ...body, ...blank, foot], cursor };
  }
}

const tableHints: readonly KeyHint[] = [
  ['/', 'find', 3],
  [':', 'row', 1],
  ['s', 'sort', 2],
  ['y', 'copy', 1],
  ['Enter', 'record', 4],
  ['Esc', 'back'],
];

function formHints(screen: Screen): readonly KeyHint[] {
  return [
    ['Space', 'copies', 2],
    [screen.glyphs ? '← →' : 'Left Right', 'other rows', 1],
    ['Esc', 'back'],
  ];
}
