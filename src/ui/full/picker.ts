/**
 * The ledger to pick from: move, mark, mark a class, filter by typing, Enter asks for the marked again and each row tells how
 * that goes. Those that succeed leave the list. The requests are a job of the session: leaving the view does not end it.
 */
import { alignedLines } from '../../output/aligned.ts';
import { ago, count, counted } from '../../output/amounts.ts';
import { cellWidth } from '../../output/cells.ts';
import { glyphsOf } from '../../output/glyphs.ts';
import type { Line, Screen, Span } from '../../output/line.ts';
import { classWord } from '../../output/outcome-words.ts';
import { problemLines } from '../../output/problem-lines.ts';
import { shown } from '../../output/shown.ts';
import { indent, joined, lineWidth, span } from '../../output/spans.ts';
import { LedgerPicks, type Pick } from '../../shell/ledger-picks.ts';
import type { LedgerFailure } from '../../store/ledger.ts';
import { problemView } from '../cells.ts';
import type { InputEvent } from '../keys.ts';
import { AttemptHistory } from './attempt-history.ts';
import { headRow, type KeyHint, keyFoot } from './foot.ts';
import { leaves, moved, topFor } from './moving.ts';
import { queryAfter } from './query.ts';
import type { FullRows, FullView, ViewContext } from './view.ts';

export class FailurePicker implements FullView {
  private readonly picks: LedgerPicks;
  private readonly marked = new Set<string>();
  private filter = '';
  private filtering = false;
  /** The row with the pointer, by its key; its place when it was last seen. */
  private current: string | null = null;
  private at = 0;
  private top = 0;
  private page = 1;
  private history: AttemptHistory | null = null;
  private changed: () => void = () => undefined;

  constructor(failures: readonly LedgerFailure[], { session }: ViewContext) {
    this.picks = new LedgerPicks(failures, { engine: session.engine, jobs: session.jobs });
  }

  attach(changed: () => void): void {
    this.changed = changed;
    this.picks.attach(changed);
  }

  async close(): Promise<void> {
    this.picks.close();
  }

  rows(screen: Screen): FullRows {
    if (this.history) return this.history.rows(screen);
    const rows = this.visible();
    const head = this.head(rows, screen);
    const foot = [...this.trouble(screen), this.foot(screen)];
    this.page = Math.max(1, screen.rows - 1 - foot.length);
    this.top = topFor(this.at, this.top, rows.length, this.page);
    const body = this.body(rows, screen);
    const blank = Array.from({ length: Math.max(0, this.page - body.length) }, (): Line => []);
    const lines = [head, ...body, ...blank, ...foot];
    const cursor = this.filtering
      ? { row: 0, column: lineWidth(head.slice(0, 3)) }
      : { row: Math.min(1 + this.at - this.top, screen.rows - 1), column: 2 };
    return { lines, cursor };
  }

  input(event: InputEvent): 'stay' | 'leave' {
    if (this.history) {
      if (this.history.input(event) === 'leave') this.history = null;
      return 'stay';
    }
    return this.filtering ? this.inFilter(event) : this.inList(event);
  }

  leaves(): readonly Line[] {
    const left = this.picks.rows.filter(({ state }) => state?.kind !== 'settled').length;
    const { asked, settled } = this.picks;
    if (asked === 0) return [];
    const parts = [`${count(asked)} asked for again`, `${count(settled)} settled`, `${count(left)} left`];
    return [
      [
        indent,
        ...joined(
          parts.map(part => [span(part, 'dim')]),
          ', ',
        ),
      ],
    ];
  }

  private inList(event: InputEvent): 'stay' | 'leave' {
    if (event.type === 'text') return this.typed(event.text);
    if (event.type !== 'key') return 'stay';
    const rows = this.visible();
    if (this.move(event.key, rows)) return 'stay';
    switch (event.key) {
      case 'tab':
        this.markClass(rows);
        return 'stay';
      case 'enter':
      case 'C-j':
        void this.refetch(rows);
        return 'stay';
      case 'right':
        this.openHistory(rows);
        return 'stay';
      case 'backspace':
        this.filter = '';
        return 'stay';
      case 'escape':
        if (this.filter === '') return 'leave';
        this.setFilter('');
        return 'stay';
      default:
        return leaves(event.key) ? 'leave' : 'stay';
    }
  }

  /** Space marks, also several typed at once; `/` and every other character begin to filter. */
  private typed(text: string): 'stay' {
    const spaces = /^[ \u3000]+/.exec(text)?.[0] ?? '';
    for (const _ of spaces) this.mark(this.visible());
    const rest = text.slice(spaces.length);
    if (rest === '') return 'stay';
    this.filtering = true;
    this.setFilter(this.filter + (rest.startsWith('/') ? rest.slice(1) : rest));
    return 'stay';
  }

  private inFilter(event: InputEvent): 'stay' | 'leave' {
    const query = queryAfter(this.filter, event);
    if (query !== null) {
      this.setFilter(query);
      return 'stay';
    }
    if (event.type !== 'key') return 'stay';
    if (event.key === 'enter' || event.key === 'C-j') {
      this.filtering = false;
      return 'stay';
    }
    if (event.key === 'escape' || event.key === 'C-g') {
      this.filtering = false;
      this.setFilter('');
      return 'stay';
    }
    if (event.key === 'C-c') return 'leave';
    // Any other key does there what it does in the list.
    this.filtering = event.key === 'tab' || event.key === 'up' || event.key === 'down';
    return this.inList(event);
  }

  private setFilter(filter: string): void {
    this.filter = filter;
    this.settle(this.visible());
  }

  /** The rows that the filter leaves; every word of it must stand somewhere in the row. */
  private visible(): readonly Pick[] {
    const words = this.filter
      .toLowerCase()
      .split(/\s+/)
      .filter(word => word !== '');
    const rows =
      words.length === 0
        ? this.picks.rows
        : this.picks.rows.filter(({ failure }) => {
            const text = searched(failure);
            return words.every(word => text.includes(word));
          });
    this.settle(rows);
    return rows;
  }

  /** Keeps the pointer on its row while rows come and go above it. */
  private settle(rows: readonly Pick[]): void {
    const place = this.current === null ? -1 : rows.findIndex(({ key }) => key === this.current);
    this.at = place >= 0 ? place : Math.max(0, Math.min(this.at, rows.length - 1));
    this.current = rows[this.at]?.key ?? null;
  }

  private move(key: string, rows: readonly Pick[]): boolean {
    const to = moved(key, this.at, rows.length, this.page);
    if (to === null) return false;
    this.at = to;
    this.current = rows[to]?.key ?? null;
    return true;
  }

  private mark(rows: readonly Pick[]): void {
    const row = rows[this.at];
    if (!row) return;
    if (!this.marked.delete(row.key)) this.marked.add(row.key);
    this.move('down', rows);
  }

  /** All of the current row's class that are in sight; when all are marked already, none of them. */
  private markClass(rows: readonly Pick[]): void {
    const name = rows[this.at]?.failure.class;
    const alike = rows.filter(({ failure }) => failure.class === name);
    const all = alike.every(({ key }) => this.marked.has(key));
    for (const { key } of alike) {
      if (all) this.marked.delete(key);
      else this.marked.add(key);
    }
  }

  private async refetch(rows: readonly Pick[]): Promise<void> {
    const current = rows[this.at]?.key;
    const chosen = this.marked.size > 0 ? new Set(this.marked) : new Set(current === undefined ? [] : [current]);
    this.marked.clear();
    await this.picks.refetch(chosen);
  }

  private openHistory(rows: readonly Pick[]): void {
    const failure = rows[this.at]?.failure;
    if (!failure) return;
    this.history = new AttemptHistory(failure, () => this.picks.history(failure), this.changed);
  }

  private head(rows: readonly Pick[], screen: Screen): Line {
    const all = this.picks.rows;
    for (const key of this.marked) if (!all.some(row => row.key === key)) this.marked.delete(key);
    const hidden = [...this.marked].filter(key => !rows.some(row => row.key === key)).length;
    const counts = [
      rows.length === all.length ? `${count(all.length)} failed` : `${count(rows.length)} of ${count(all.length)}`,
      ...(this.marked.size > 0 ? [`${count(this.marked.size)} marked`] : []),
      ...(hidden > 0 ? [`${count(hidden)} not shown`] : []),
    ];
    const filter: Span[] =
      this.filtering || this.filter !== '' ? [span('  / ', 'accent'), span(shown(this.filter))] : [];
    const right = joined(
      counts.map(part => [span(part)]),
      glyphsOf(screen).dot,
    );
    return headRow([span('  failures', 'bold'), ...filter], right, screen);
  }

  private body(rows: readonly Pick[], screen: Screen): Line[] {
    if (rows.length === 0) {
      const { asked } = this.picks;
      const said = this.filter !== '' ? 'nothing like that failed' : asked > 0 ? 'nothing is left' : 'nothing failed';
      return [[indent, span(said, 'dim')]];
    }
    const now = this.picks.now();
    const told = new Set(rows.map(({ failure }) => aboutOf(failure))).size > 1;
    const cells = rows.map(row => cellsOf(row, now, told));
    // The widest cell of each column, shown or not: nothing jumps when the list is scrolled.
    const widest = (cells[0] ?? []).map((_, column) =>
      cells.reduce<Line>(
        (most, row) => (lineWidth(row[column] ?? []) > lineWidth(most) ? (row[column] ?? []) : most),
        [],
      ),
    );
    const { pointer } = glyphsOf(screen);
    const lead = ' '.repeat(2 + cellWidth(pointer) + 1 + 4);
    const shownRows = rows.slice(this.top, this.top + this.page);
    const lines = alignedLines(
      [{}, { worth: 3 }, { worth: 2 }, { worth: 4 }, { worth: 1 }, { least: 16 }, { worth: 0 }],
      [widest, ...cells.slice(this.top, this.top + this.page)],
      screen,
      span(lead),
    ).slice(1);
    return lines.map((line, index) => {
      const here = this.top + index === this.at;
      const marked = this.marked.has(shownRows[index]?.key ?? '');
      const marks = [
        span(here ? `  ${pointer} ` : ' '.repeat(3 + cellWidth(pointer)), 'accent'),
        span(marked ? '[x] ' : '[ ] ', marked ? 'accent' : 'dim'),
      ];
      return [...marks, ...line.slice(1)];
    });
  }

  private trouble(screen: Screen): readonly Line[] {
    const { problem } = this.picks;
    return problem ? problemLines(problemView(problem), screen).slice(0, Math.max(1, Math.floor(screen.rows / 3))) : [];
  }

  private foot(screen: Screen): Line {
    const arrow = screen.glyphs ? '→' : 'Right';
    const hints: KeyHint[] = this.filtering
      ? [
          ['Tab', 'marks the class'],
          ['Enter', 'keeps the filter'],
          ['Esc', 'drops it'],
        ]
      : [
          ['Space', 'marks'],
          ['Tab', 'marks the class', 2],
          ['/', 'filters', 1],
          ['Enter', 'refetches'],
          [arrow, 'history', 0],
          ['Esc', this.filter === '' ? 'leaves' : 'drops the filter'],
        ];
    return keyFoot(hints, screen);
  }
}

function aboutOf({ dataset, params }: LedgerFailure): string {
  const given = Object.entries(params).filter(([name]) => name !== 'code');
  return [dataset, ...given.map(([name, value]) => `${name} ${value}`)].join(' ');
}

function searched(failure: LedgerFailure): string {
  const { code, name, dataset, class: kind, message, said } = failure;
  return [code ?? dataset, name, aboutOf(failure), kind, classWord(kind), message, said]
    .filter(part => part !== null)
    .join('\n')
    .toLowerCase();
}

function cellsOf({ failure, state }: Pick, now: number, told: boolean): readonly Line[] {
  const { code, dataset, name, class: kind, attempts, message, lastAt } = failure;
  const roles = { asked: 'accent', settled: 'bold', failed: 'fail' } as const;
  return [
    [span(shown(code ?? dataset))],
    [span(shown(name ?? ''))],
    told ? [span(shown(aboutOf(failure)), 'dim')] : [],
    [span(classWord(kind), 'fail')],
    [span(counted(attempts, 'try', 'tries'), 'dim')],
    [state ? span(shown(state.says), roles[state.kind]) : span(shown(message))],
    [span(ago(now - lastAt), 'dim')],
  ];
}
