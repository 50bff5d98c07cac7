/**
 * The live shell: keys go to the prompt's reducer, its effects to the session, views above the live part, everything else into the next
 * frame. It holds the little state that belongs to the screen; what a text means is the session's.
 */
import { basename } from 'node:path';
import type { Clock } from '../config/clock.ts';
import { asProblem } from '../market/problem.ts';
import { type Colours, paint } from '../output/ansi.ts';
import { glyphsOf } from '../output/glyphs.ts';
import type { Line, Screen } from '../output/line.ts';
import { viewLines } from '../output/lines.ts';
import { progressBlock } from '../output/progress-block.ts';
import { shown } from '../output/shown.ts';
import { cutLine, roomOf, span } from '../output/spans.ts';
import type { View } from '../output/view.ts';
import type { Job, JobEvent } from '../shell/jobs.ts';
import { isCommandOf } from '../shell/registry.ts';
import type { CellEnd, Session, Submission } from '../shell/session.ts';
import { compose, echoPrompt, type JobRows, type Running, widthsOf } from './compose.ts';
import { editExternally } from './external-editor.ts';
import { builtInKeywords, keywordsFrom, lexed, type Words } from './highlight.ts';
import type { InputEvent } from './keys.ts';
import { echoed } from './layout.ts';
import type { LiveLayout } from './live.tsx';
import { Painter, wrappingOf } from './painter.ts';
import { type Effect, emptyPrompt, type PromptState, pressed, suggested, withEdit } from './prompt.ts';
import { fewestColumns } from './size.ts';
import type { Terminal, TerminalListener } from './terminal.ts';

export interface ShellOptions {
  readonly session: Session;
  readonly colours: Colours;
  readonly glyphs: boolean;
  readonly environment: NodeJS.ProcessEnv;
}

/** Redraws for the clock and for jobs: 10 a second. Keys are drawn at once. */
const tickMs = 100;
const firstKeysMs = 5;
const namesPauseMs = 5000;
/** Jobs that lasted longer ring. */
const longJobSeconds = 30;

interface Cell {
  readonly submission: Submission;
  echoed: boolean;
  /** Something of another origin was printed since its last row. */
  parted: boolean;
}

export class Shell implements TerminalListener {
  private readonly terminal: Terminal;
  private readonly session: Session;
  private readonly options: ShellOptions;
  private readonly painter: Painter;
  /** Null until Ink is loaded: the first prompt does not wait for it. */
  private layout: LiveLayout | null = null;
  private prompt: PromptState = emptyPrompt;
  private words: Words;
  /** Oldest first; read again for every new prompt. */
  private entries: readonly string[];
  private cells: Cell[] = [];
  private head: readonly Line[];
  private notice: Line | null = null;
  private folded = false;
  private top = 0;
  /** An empty row belongs between what was printed last and what comes next. */
  private gap = false;
  /** The cell that was printed last: the end of its job follows it without an empty row. */
  private lastCell: number | null = null;
  private readonly jobCells = new Map<number, number>();
  private greeted = false;
  private clock: Clock | null = null;
  private names: Readonly<Record<string, string>> = {};
  private namesAgainAt = 0;
  private titled = false;
  /** Printed while another program has the terminal. */
  private held: string[] | null = null;
  private drawing: NodeJS.Immediate | undefined;
  private ticking: NodeJS.Timeout | undefined;
  private leaving = false;
  /** The user was told what leaving would end. */
  private warned = false;
  /** Rows that wait for the greeting to stand above them; null once it stands. */
  private early: string[] | null = [];
  private finish: (exitCode: number) => void = () => {};
  private readonly stops: (() => void)[] = [];

  constructor(terminal: Terminal, options: ShellOptions) {
    this.terminal = terminal;
    this.options = options;
    this.session = options.session;
    this.words = { keywords: builtInKeywords, isCommand: isCommandOf(options.session.registry) };
    this.entries = this.session.history.entries;
    this.painter = new Painter({
      write: text => terminal.write(text),
      size: () => terminal.size,
      wrapping: wrappingOf(options.environment),
      synchronized: true,
      lagMs: options.environment.TMUX ? 300 : 0,
      now: () => performance.now(),
    });
    const { version, file } = this.session.engine;
    this.head = [
      [
        span(`duckline ${version.replace(/^(\d+\.\d+)\.0$/, '$1')}`, 'bold'),
        span(`   ${shown(basename(file))}`, 'dim'),
      ],
      [],
    ];
  }

  /** Runs until the user leaves; resolves to the exit code. */
  run(): Promise<number> {
    return new Promise(resolve => {
      this.finish = resolve;
      this.stops.push(this.session.on(this.refresh), this.session.jobs.on(this.onJob));
      this.draw();
      this.terminal.listen(this);
      // What was typed already is echoed first; loading Ink and the engine takes the process for a tenth of a second each.
      setTimeout(() => {
        void this.greet();
        void this.loadLayout();
      }, firstKeysMs);
    });
  }

  private async loadLayout(): Promise<void> {
    const { LiveLayout } = await import('./live.tsx');
    if (!this.leaving) this.layout = new LiveLayout();
  }

  input(events: readonly InputEvent[]): void {
    for (const event of events) {
      if (this.leaving) {
        if (event.type === 'key' && event.key === 'C-c') this.end(130);
        continue;
      }
      this.notice = null;
      this.untitle();
      const step = pressed(this.prompt, event, {
        entries: this.entries,
        openness: text => this.session.openness(text),
        prompt: echoPrompt(this.session.status().nextCell, this.session.status(), this.screen()),
        cells: roomOf(this.screen()),
        now: performance.now(),
      });
      this.prompt = step.state;
      for (const effect of step.effects) this.act(effect);
    }
    this.refresh();
  }

  resize(): void {
    if (this.held) return;
    this.painter.resized();
    this.draw();
  }

  resumed(): void {
    this.held = this.releaseHeld();
    this.painter.resume();
    this.draw();
  }

  gone(): void {
    this.end(129);
  }

  /** The program is asked to end from outside. */
  stop(exitCode: number): void {
    this.end(exitCode);
  }

  /** SIGINT from outside counts as the key. */
  interrupt(): void {
    if (!this.held) this.input([{ type: 'key', key: 'C-c' }]);
  }

  private act(effect: Effect): void {
    switch (effect.do) {
      case 'submit':
        this.submit(effect.text);
        return;
      case 'command':
        this.submit(effect.line);
        return;
      case 'interrupt':
        this.cancelOrSay();
        return;
      case 'leave':
        this.leave();
        return;
      case 'clear-screen':
        this.gap = false;
        this.painter.clear();
        return;
      case 'suspend':
        this.lend();
        this.terminal.suspend();
        return;
      case 'external-editor':
        void this.editOutside();
        return;
      case 'fold-jobs':
        this.folded = !this.folded;
        if (this.session.jobs.running.length === 0)
          this.notice = [span('no job runs; F2 folds its block when one does', 'dim')];
        return;
      case 'complete':
        return;
    }
  }

  private submit(text: string): void {
    const submission = this.session.submit(text, { onView: view => this.onView(cell, view) });
    const cell: Cell = { submission, echoed: false, parted: false };
    this.cells.push(cell);
    if (this.cells[0] === cell) this.echo(cell);
    this.entries = this.session.history.entries;
    this.top = 0;
    void submission.done.then(end => this.onEnd(cell, end));
  }

  private onView(cell: Cell, view: View): void {
    this.echo(cell);
    if (view.kind === 'job' && view.job !== null) this.jobCells.set(view.job, cell.submission.cell);
    const screen = this.screen();
    const lines = viewLines(view, screen);
    if (lines.length === 0) return;
    if (cell.parted) this.print([[span(`  [${cell.submission.cell}]`, 'dim')]]);
    cell.parted = false;
    this.print(lines);
    this.lastCell = cell.submission.cell;
  }

  private onEnd(cell: Cell, end: CellEnd): void {
    this.echo(cell);
    this.cells = this.cells.filter(other => other !== cell);
    this.gap = true;
    const [next] = this.cells;
    if (next) this.echo(next);
    if (!this.greeted && this.session.engine.opened) void this.greet();
    if (end.leave) this.leaveNow(end.exitCode);
    this.refresh();
  }

  /** The text of a cell goes above when it begins to run, so that its answer stands under it. */
  private echo(cell: Cell): void {
    if (cell.echoed) return;
    cell.echoed = true;
    const { cell: number, text } = cell.submission;
    const screen = this.screen();
    const rows = echoed(text.replace(/\s+$/, ''), {
      prompt: echoPrompt(number, this.session.status(), screen),
      glyphs: glyphsOf(screen),
      cells: roomOf(screen),
      lexed: lexed(text, this.words),
    });
    this.separate();
    this.print(rows);
    this.lastCell = number;
  }

  private readonly onJob = (event: JobEvent): void => {
    if (event.type === 'progress' && event.event.type === 'worker') void this.learnNames(event.job);
    if (event.type === 'ended' || event.type === 'failed') {
      this.onJobEnd(event.job, event);
      this.refresh();
    } else {
      // Workers tell more than anybody can read; the tick draws it.
      this.tick();
    }
  };

  private onJobEnd(job: Job, event: Extract<JobEvent, { type: 'ended' | 'failed' }>): void {
    const screen = this.screen();
    const lines =
      event.type === 'ended'
        ? viewLines(event.view, screen)
        : viewLines({ kind: 'problem', problem: event.problem, place: null, candidates: [], statement: null }, screen);
    // Right after the command that began it the answer follows without an empty row.
    const cellOfJob = job.number === null ? undefined : this.jobCells.get(job.number);
    if (cellOfJob === undefined || cellOfJob !== this.lastCell) this.separate();
    for (const cell of this.cells) if (cell.echoed) cell.parted = true;
    this.print(lines);
    this.lastCell = null;
    this.gap = true;
    const seconds = event.type === 'ended' ? event.view.summary.seconds : 0;
    if (seconds > longJobSeconds) this.ring(job);
  }

  private cancelOrSay(): void {
    const running = this.cells.find(({ submission }) => submission.state === 'running') ?? this.cells[0];
    if (running) {
      running.submission.cancel();
      return;
    }
    const [job] = this.session.jobs.running;
    const { dot } = glyphsOf(this.screen());
    const cancels =
      job && job.number !== null
        ? [span(dot, 'dim'), span(`cancel ${job.number}`, 'accent'), span(' stops the job', 'dim')]
        : [];
    this.notice = [
      span('quit', 'accent'),
      span(' or ', 'dim'),
      span('Ctrl-D', 'accent'),
      span(' leaves', 'dim'),
      ...cancels,
    ];
  }

  /** Ctrl-D: says first what leaving would end. */
  private leave(): void {
    const { running } = this.session.jobs;
    if ((running.length > 0 || this.cells.length > 0) && !this.warned) {
      const what = running.length > 0 ? running.map(({ what }) => what).join(', ') : 'a statement';
      this.warned = true;
      setTimeout(() => {
        this.warned = false;
      }, 5000).unref();
      this.notice = [
        span(`${shown(what)} still runs; `, 'warn'),
        span('Ctrl-D', 'accent'),
        span(' again ends it and leaves', 'dim'),
      ];
      return;
    }
    this.leaveNow(0);
  }

  private leaveNow(exitCode: number): void {
    this.leaving = true;
    if (this.session.jobs.running.length > 0)
      this.notice = [span('ending the jobs; what is stored stays stored', 'dim')];
    this.refresh();
    this.end(exitCode);
  }

  /** Takes the live part away, gives the terminal back, and hands over to the owner, who closes session and engine. */
  private end(exitCode: number): void {
    this.leaving = true;
    clearImmediate(this.drawing);
    clearInterval(this.ticking);
    for (const stop of this.stops.splice(0)) stop();
    this.untitle();
    this.held = null;
    this.painter.pause(this.left());
    this.layout?.close();
    this.terminal.close();
    this.finish(exitCode);
  }

  /** What of the live part stays on the screen: a text that was not run must not vanish. */
  private left(): string[] {
    const { text } = this.prompt.buffer;
    if (text.trim() === '') return [];
    const screen = this.screen();
    const status = this.session.status();
    const rows = echoed(text, {
      prompt: echoPrompt(status.nextCell, status, screen),
      glyphs: glyphsOf(screen),
      cells: roomOf(screen),
      lexed: lexed(text, this.words),
    });
    return this.painted(rows);
  }

  private async greet(): Promise<void> {
    const screen = this.screen();
    let lines: readonly Line[];
    try {
      lines = (await this.session.greeting(screen)).view;
      if (this.greeted) return;
      this.greeted = true;
      this.clock = await this.session.engine.clock();
      void this.learnKeywords();
    } catch (thrown) {
      lines = viewLines(
        { kind: 'problem', problem: asProblem(thrown), place: null, candidates: [], statement: null },
        screen,
      );
    }
    if (this.leaving) return;
    const early = this.early ?? [];
    this.early = null;
    this.head = [];
    this.separate();
    this.print(lines);
    if (early.length > 0) this.put(['', ...early]);
    this.gap = this.cells.length === 0;
    this.refresh();
  }

  private async learnKeywords(): Promise<void> {
    const pool = this.session.engine.opened?.pool;
    if (!pool) return;
    try {
      const { rows } = await pool.query('select keyword_name, keyword_category from duckdb_keywords()');
      const keywords = keywordsFrom(
        rows.map(([name, category]) => ({ name: String(name), category: String(category) })),
      );
      this.words = { ...this.words, keywords };
    } catch {
      // The built-in list colours well enough.
    }
  }

  private async editOutside(): Promise<void> {
    this.lend();
    const end = await this.terminal.lend(() => editExternally(this.prompt.buffer.text, this.options.environment));
    if ('text' in end) this.prompt = withEdit(this.prompt, { do: 'replace', text: end.text });
    else this.notice = [span(shown(end.trouble), 'warn')];
    this.resumed();
  }

  /** Another program gets the terminal: what is printed meanwhile waits. */
  private lend(): void {
    clearImmediate(this.drawing);
    this.drawing = undefined;
    this.painter.pause();
    this.held = [];
  }

  private releaseHeld(): null {
    const held = this.held ?? [];
    this.held = null;
    if (held.length > 0) {
      this.painter.resume();
      this.painter.print(held);
    }
    return null;
  }

  private separate(): void {
    if (this.gap) this.print([[]]);
    this.gap = false;
  }

  private print(lines: readonly Line[]): void {
    const rows = this.painted(lines);
    if (this.early) this.early.push(...rows);
    else this.put(rows);
  }

  private put(rows: readonly string[]): void {
    if (this.held) this.held.push(...rows);
    else this.painter.print(rows);
  }

  private painted(lines: readonly Line[]): string[] {
    const screen = this.screen();
    const { ellipsis } = glyphsOf(screen);
    return lines.map(line => paint(cutLine(line, roomOf(screen), ellipsis), this.options.colours));
  }

  private screen(): Screen {
    return {
      ...this.terminal.size,
      glyphs: this.options.glyphs,
      colour: this.options.colours.theme !== 'none',
    };
  }

  /** Draws once, after everything that comes at the same time. */
  private readonly refresh = (): void => {
    if (this.drawing || this.held) return;
    this.drawing = setImmediate(() => {
      this.drawing = undefined;
      this.draw();
    });
  };

  private draw(): void {
    if (this.held) return;
    if (this.painter.stale) this.painter.resized();
    const screen = this.screen();
    const composed = compose({
      screen,
      status: this.session.status(),
      prompt: this.prompt,
      words: this.words,
      suggestion: suggested(this.prompt, this.entries),
      head: this.head,
      running: this.running(),
      jobs: this.jobRows(screen),
      folded: this.folded,
      notice: this.tooNarrow(screen) ?? this.notice,
      top: this.top,
      gap: this.gap,
    });
    this.top = composed.top;
    const { gap, head, jobs, spaced, running, editor, below } = composed;
    const strings = (lines: readonly Line[]) => lines.map(line => paint(line, this.options.colours));
    const live = {
      gap,
      head: strings(head),
      jobs: strings(jobs),
      spaced,
      running: strings(running),
      editor: strings(editor),
      below: strings(below),
    };
    const lines = [...(gap ? [[]] : []), ...head, ...jobs, ...(spaced ? [[]] : []), ...running, ...editor, ...below];
    const above = lines.length - editor.length - below.length;
    this.painter.paint({
      rows: this.layout?.rowsOf(live, screen.columns) ?? strings(lines),
      widths: widthsOf(lines),
      cursor: { row: above + composed.cursor.row, column: composed.cursor.column },
    });
    this.tick();
  }

  private tooNarrow({ columns }: Screen): Line | null {
    return columns < fewestColumns ? [span(`needs ${fewestColumns} columns`, 'warn')] : null;
  }

  /** The clock ticks only while something shows it. */
  private tick(): void {
    const needed = this.cells.length > 0 || this.session.jobs.running.length > 0;
    if (needed && !this.ticking) this.ticking = setInterval(this.refresh, tickMs);
    if (!needed) {
      clearInterval(this.ticking);
      this.ticking = undefined;
    }
  }

  private running(): Running[] {
    const now = performance.now();
    return this.cells.map(({ submission }) => ({
      cell: submission.cell,
      text: submission.text,
      elapsedMs: submission.startedAt === null ? null : now - submission.startedAt,
      percent: submission.percent,
    }));
  }

  private jobRows(screen: Screen): JobRows[] {
    return this.session.jobs.running.map(job => {
      const options = { now: this.clock?.now() ?? Date.now(), names: this.names };
      return {
        block: most => progressBlock(job.progress, screen, { ...options, maxRows: most, fold: 'F2 folds' }),
        folded: () => progressBlock(job.progress, screen, { ...options, folded: true })[0] ?? [],
      };
    });
  }

  /** Names of the codes that workers are at, read when a code is met whose name is not known; not more often than needed. */
  private async learnNames(job: Job): Promise<void> {
    const unknown = job.progress.workers.some(({ at }) => at !== null && !(at in this.names));
    const now = performance.now();
    if (!unknown || now < this.namesAgainAt) return;
    this.namesAgainAt = now + namesPauseMs;
    try {
      const read = await this.session.engine.opened?.pool.query(
        'select code, name from instruments where name is not null',
      );
      if (read) this.names = Object.fromEntries(read.rows.map(([code, name]) => [String(code), String(name)]));
    } catch {
      // Without the table the block shows codes alone.
    }
  }

  /** A bell and the window title, for whoever looks elsewhere. */
  private ring(job: Job): void {
    const title = `duckline: ${job.what} ended`.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ');
    this.terminal.write(`\x07\x1b[22;0t\x1b]0;${title}\x07`);
    this.titled = true;
  }

  private untitle(): void {
    if (this.titled) this.terminal.write('\x1b[23;0t');
    this.titled = false;
  }
}
