/**
 * Submitted texts on their way through the screen: each is repeated above the live part when it begins to run, its answers follow, an
 * empty row ends it. The end of a job stands where it comes: right under the command that began it, or between two cells.
 */

import { asProblem } from '../market/problem.ts';
import { glyphsOf } from '../output/glyphs.ts';
import type { Line, Screen } from '../output/line.ts';
import { viewLines } from '../output/lines.ts';
import { roomOf, span } from '../output/spans.ts';
import type { ProblemView, View } from '../output/view.ts';
import type { JobEvent } from '../shell/jobs.ts';
import type { Opening } from '../shell/opening.ts';
import type { CellEnd, Session, Submission } from '../shell/session.ts';
import { echoPrompt, type Running } from './compose.ts';
import { lexed, type Words } from './highlight.ts';
import { echoed } from './layout.ts';
import type { Scrollback } from './scrollback.ts';

interface Cell {
  readonly submission: Submission;
  echoed: boolean;
  /** Something of another origin was printed since its last row. */
  parted: boolean;
}

export interface CellsOptions {
  readonly session: Session;
  readonly scrollback: Scrollback;
  readonly screen: () => Screen;
  readonly words: () => Words;
  readonly onEnd: (end: CellEnd, text: string) => void;
  readonly onOpen: (opening: Opening) => Promise<boolean>;
  /** What F3 opens from now on; null: the last result. */
  readonly onOffer: (opening: Opening | null) => void;
}

export class Cells {
  private readonly options: CellsOptions;
  private cells: Cell[] = [];
  /** The cell printed last: what its job leaves follows it without an empty row. */
  private newest: number | null = null;
  /** Which cell began a job, by the job's number. */
  private readonly jobs = new Map<number, number>();

  constructor(options: CellsOptions) {
    this.options = options;
  }

  get busy(): boolean {
    return this.cells.length > 0;
  }

  /** `mayOpen`: whether the window may be taken when the text asks for it. */
  submit(text: string, mayOpen: () => boolean): void {
    const { session, onEnd, onOffer } = this.options;
    const submission = session.submit(text, {
      onView: view => this.show(cell, view),
      onOpen: async opening => mayOpen() && (await this.options.onOpen(opening)),
      onOffer,
    });
    const cell: Cell = { submission, echoed: false, parted: false };
    this.cells.push(cell);
    if (this.cells[0] === cell) this.echo(cell);
    void submission.done.then(end => {
      this.end(cell);
      onEnd(end, text);
    });
  }

  /** Cancels what runs; false when nothing does. */
  cancel(): boolean {
    const running = this.cells.find(({ submission }) => submission.state === 'running') ?? this.cells[0];
    running?.submission.cancel();
    return running !== undefined;
  }

  running(): Running[] {
    const now = performance.now();
    return this.cells.map(({ submission: { cell, text, startedAt, percent, live, stopping } }) => ({
      cell,
      text,
      elapsedMs: startedAt === null ? null : now - startedAt,
      percent,
      ...(stopping ? { stopping } : {}),
      ...(live === null ? {} : { live: viewLines(live, this.options.screen()) }),
    }));
  }

  /** A text as it stands in the scrollback. */
  echoOf(text: string, number: number): readonly Line[] {
    const { session, words } = this.options;
    const screen = this.options.screen();
    return echoed(text, {
      prompt: echoPrompt(number, session.status(), screen),
      glyphs: glyphsOf(screen),
      cells: roomOf(screen),
      lexed: lexed(text, words()),
    });
  }

  jobEnded(event: Extract<JobEvent, { type: 'ended' | 'failed' }>): void {
    const { scrollback, screen } = this.options;
    const view = event.type === 'ended' ? event.view : problemView(event.problem);
    const began = event.job.number === null ? undefined : this.jobs.get(event.job.number);
    if (began === undefined || began !== this.newest) scrollback.separate();
    for (const cell of this.cells) if (cell.echoed) cell.parted = true;
    scrollback.print(viewLines(view, screen()));
    scrollback.gap = true;
    this.newest = null;
  }

  private show(cell: Cell, view: View): void {
    const { scrollback, screen } = this.options;
    const { cell: number } = cell.submission;
    this.echo(cell);
    if (view.kind === 'job' && view.job !== null) this.jobs.set(view.job, number);
    if (view.kind === 'result') this.options.onOffer(null);
    const lines = viewLines(view, screen(), { opens: 'F3 opens it whole' });
    if (lines.length === 0) return;
    if (cell.parted) {
      scrollback.separate();
      scrollback.print([[span(`  [${number}]`, 'dim')]]);
    }
    cell.parted = false;
    scrollback.print(lines);
    this.newest = number;
  }

  private end(cell: Cell): void {
    this.echo(cell);
    this.cells = this.cells.filter(other => other !== cell);
    this.options.scrollback.gap = true;
    const [next] = this.cells;
    if (next) this.echo(next);
  }

  private echo(cell: Cell): void {
    if (cell.echoed) return;
    cell.echoed = true;
    const { scrollback } = this.options;
    const { cell: number, text } = cell.submission;
    scrollback.separate();
    scrollback.print(this.echoOf(text.replace(/\s+$/, ''), number));
    this.newest = number;
  }
}

export function problemView(thrown: unknown): ProblemView {
  return { kind: 'problem', problem: asProblem(thrown), place: null, candidates: [], statement: null };
}
