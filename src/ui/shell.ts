/**
 * The live shell: keys go to the prompt's reducer, its effects to the session, views above the live part, everything else into the next
 * frame. It holds the little state that belongs to the screen; what a text means is the session's.
 */
import { basename } from 'node:path';
import { paint } from '../output/ansi.ts';
import { glyphsOf } from '../output/glyphs.ts';
import type { Line, Screen } from '../output/line.ts';
import { viewLines } from '../output/lines.ts';
import { shown } from '../output/shown.ts';
import { roomOf, span } from '../output/spans.ts';
import type { Completer } from '../shell/completion/completer.ts';
import { stored, type Touched, touchedBy } from '../shell/completion/touched.ts';
import type { Job, JobEvent } from '../shell/jobs.ts';
import { type Opening, resultOpening } from '../shell/opening.ts';
import { isCommandOf } from '../shell/registry.ts';
import type { CellEnd, Session } from '../shell/session.ts';
import { Cells, problemView } from './cells.ts';
import { askedAgain, type Question } from './completion.ts';
import { compose, promptLine, widthsOf } from './compose.ts';
import { editExternally } from './external-editor.ts';
import { FullHost } from './full/host.ts';
import { viewOf } from './full/open.ts';
import type { FullView } from './full/view.ts';
import { builtInKeywords, keywordsFrom, type Words } from './highlight.ts';
import { JobFacts } from './job-rows.ts';
import type { InputEvent } from './keys.ts';
import type { LiveLayout } from './live.tsx';
import type { AskedLook, Look } from './look.ts';
import { Painter, wrappingOf } from './painter.ts';
import { type Effect, emptyPrompt, type PromptState, pressed, suggested, withCompletions, withEdit } from './prompt.ts';
import { Scrollback } from './scrollback.ts';
import { fewestColumns } from './size.ts';
import type { Terminal, TerminalListener } from './terminal.ts';
import { viStart } from './vi.ts';

export interface ShellOptions {
  readonly session: Session;
  readonly asked: AskedLook;
  readonly environment: NodeJS.ProcessEnv;
}

/** Redraws for the clock and for jobs: 5 a second. Keys are drawn at once. */
const tickMs = 200;
const firstKeysMs = 5;
/** Names are read for completion when the prompt has been there for so long, if nothing was completed before. */
const warmAfterMs = 1500;
/** A second Ctrl-D within this time leaves. */
const warningCountsMs = 5000;
/** Jobs that lasted longer ring; `DUCKLINE_BELL_AFTER` in seconds. */
const longJobSeconds = 30;

export class Shell implements TerminalListener {
  private readonly terminal: Terminal;
  private readonly session: Session;
  private readonly options: ShellOptions;
  private readonly painter: Painter;
  private readonly scrollback: Scrollback;
  private readonly cells: Cells;
  private readonly facts: JobFacts;
  private readonly full: FullHost;
  /** What F3 opens in the place of the last result. */
  private offered: Opening | null = null;
  /** The lowest window in which the rows above the live part stay where they are. */
  private safeRows = 0;
  /** Null until Ink is loaded: the first prompt does not wait for it. */
  private layout: LiveLayout | null = null;
  private prompt: PromptState = emptyPrompt;
  private words: Words;
  /** Oldest first; read again for every new prompt. */
  private entries: readonly string[];
  /** What stands where the greeting will. */
  private head: readonly Line[];
  private notice: Line | null = null;
  private completer: Completer | null = null;
  private asking = false;
  /** The question that was answered last, and whether something has ended while the one before the engine is out. */
  private answered: Question | null = null;
  private outdated = false;
  private folded = false;
  private top = 0;
  private greeted = false;
  private titled = false;
  private drawing: NodeJS.Immediate | undefined;
  private ticking: NodeJS.Timeout | undefined;
  private leaving = false;
  /** Time until which Ctrl-D needs no further warning. */
  private warnedUntil = 0;
  private finish: (exitCode: number) => void = () => {};
  private readonly stops: (() => void)[] = [];

  constructor(terminal: Terminal, options: ShellOptions) {
    this.terminal = terminal;
    this.options = options;
    this.session = options.session;
    this.words = { keywords: builtInKeywords, isCommand: isCommandOf(options.session.registry) };
    if (this.session.engine.settings.keys.value === 'vi') this.prompt = { ...emptyPrompt, vi: viStart };
    this.entries = this.session.history.entries;
    this.painter = new Painter({
      write: text => terminal.write(text),
      size: () => terminal.size,
      wrapping: wrappingOf(options.environment),
      synchronized: true,
      lagMs: options.environment.TMUX ? 300 : 50,
      now: () => performance.now(),
    });
    const screen = (): Screen => this.screen();
    this.scrollback = new Scrollback({
      painter: this.painter,
      colours: () => this.look.colours,
      screen,
      onPrint: () => this.refresh(),
    });
    this.cells = new Cells({
      session: this.session,
      scrollback: this.scrollback,
      screen,
      words: () => this.words,
      onEnd: (end, text) => this.onCellEnd(end, text),
      onOpen: opening => this.openFull(opening),
      onOffer: opening => {
        this.offered = opening;
      },
    });
    this.full = new FullHost({
      write: text => terminal.write(text),
      alternate: on => terminal.alternate(on),
      suspend: () => terminal.suspend(),
      colours: () => this.look.colours,
      screen,
      onLeave: (view, problem) => this.leaveFull(view, problem),
    });
    this.facts = new JobFacts(this.session.engine);
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
    const typed = events.filter(event => event.type !== 'report');
    for (const event of events) if (event.type === 'report') this.options.asked.hear(event.text);
    if (typed.length > 0) this.untitle();
    const ours = this.full.open ? this.full.input(typed) : typed;
    for (const event of ours) {
      if (this.leaving) return;
      this.notice = null;
      // At an empty prompt what other shells have added meanwhile is there as well.
      if (this.prompt.buffer.text === '' && !this.prompt.walk && !this.prompt.search)
        this.entries = this.session.history.entries;
      const step = pressed(this.prompt, event, {
        entries: this.entries,
        openness: text => this.session.openness(text),
        prompt: promptLine(this.session.status(), this.screen()),
        cells: roomOf(this.screen()),
        now: performance.now(),
      });
      this.prompt = step.state;
      for (const effect of step.effects) this.act(effect);
    }
    this.refresh();
    this.ask();
  }

  /** Asks for completions once the keys that came together are drawn; one question at a time, the newest after it. */
  private ask(): void {
    if (this.asking || !this.prompt.completing.asked) return;
    this.asking = true;
    setImmediate(() => void this.complete());
  }

  /** Loaded at the first question: it reads values of the engine, which the first prompt does not wait for. */
  private async makeCompleter(): Promise<Completer> {
    const [{ createCompleter }, { completerParts }] = await Promise.all([
      import('../shell/completion/completer.ts'),
      import('../shell/completion/parts.ts'),
    ]);
    return createCompleter(
      completerParts(this.session, () => this.entries),
      () => this.namesChanged(),
    );
  }

  private async warm(): Promise<void> {
    if (this.leaving) return;
    this.completer ??= await this.makeCompleter();
    if (!this.leaving) await this.completer.warm();
  }

  private async complete(): Promise<void> {
    const question = this.prompt.completing.asked;
    if (question && !this.leaving) {
      this.completer ??= await this.makeCompleter();
      const found = await this.completer.complete(question.text, question.cursor, question.by === 'tab');
      this.prompt = withCompletions(this.prompt, question, found);
      this.answered = question;
      this.refresh();
    }
    this.asking = false;
    if (this.outdated) this.namesChanged();
    const { asked } = this.prompt.completing;
    if (asked && asked !== question && !this.leaving) this.ask();
  }

  private touched(touched: Touched): void {
    if (!touched.tables && !touched.functions && !touched.rows) return;
    this.completer?.changed(touched);
    this.namesChanged();
  }

  /** A list that is open or was missed is asked for again. */
  private namesChanged(): void {
    this.outdated = this.asking;
    if (this.asking) return;
    const asked = askedAgain(this.prompt.completing, this.prompt.buffer, this.answered);
    if (!asked) return;
    this.prompt = { ...this.prompt, completing: { ...this.prompt.completing, asked } };
    this.ask();
  }

  resize(): void {
    if (this.scrollback.lent) return;
    this.painter.resized();
    this.draw();
  }

  resumed(): void {
    if (this.full.open) {
      this.safeRows = 0;
      this.full.resumed();
      return;
    }
    this.scrollback.resume();
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
    if (this.full.open || !this.scrollback.lent) this.input([{ type: 'key', key: 'C-c' }]);
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
        this.scrollback.gap = false;
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
      case 'view-result':
        void this.openResult();
        return;
    }
  }

  private submit(text: string): void {
    // Whoever types on meanwhile keeps the prompt: keys meant for it must not reach a view.
    const { text: left } = this.prompt.buffer;
    this.cells.submit(text, () => this.prompt.buffer.text === left);
    this.entries = this.session.history.entries;
    this.top = 0;
  }

  private onCellEnd(end: CellEnd, text: string): void {
    this.touched(touchedBy(text, this.words.isCommand));
    if (!this.greeted && this.session.engine.opened) void this.greet();
    if (end.edit !== undefined && this.prompt.buffer.text.trim() === '')
      this.prompt = withEdit(this.prompt, { do: 'replace', text: end.edit });
    if (end.leave) this.end(end.exitCode);
    else this.refresh();
  }

  private readonly onJob = (event: JobEvent): void => {
    this.facts.learn(event);
    if (event.type === 'ended' || event.type === 'failed') {
      this.touched(stored);
      this.cells.jobEnded(event);
      if (this.lastedLong(event.job)) this.ring(event.job);
      this.refresh();
    } else {
      // Workers tell more than anybody can read; the tick draws it.
      this.tick();
    }
  };

  private cancelOrSay(): void {
    if (this.cells.cancel()) return;
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

  private async openResult(): Promise<void> {
    const record = this.session.records.findLast(({ result }) => result !== null);
    const opening = this.offered ?? (record ? resultOpening(record) : null);
    if (opening && (await this.openFull(opening))) return;
    this.notice = [span('nothing to open', 'dim')];
    this.refresh();
  }

  /** False: the window belongs to another view. */
  private async openFull(opening: Opening): Promise<boolean> {
    const taken = (): boolean => this.leaving || this.scrollback.lent;
    if (taken()) return false;
    const view = await viewOf(opening, { session: this.session, copy: text => this.copy(text) });
    if (taken()) {
      await view.close();
      return false;
    }
    this.safeRows = this.terminal.size.rows - this.painter.rows + 1;
    this.lend();
    // The stream tells only of a size that is another one; a window that was small for a moment has lost rows too.
    process.on('SIGWINCH', this.onWindow);
    this.full.show(view);
    return true;
  }

  private readonly onWindow = (): void => this.full.resize();

  private leaveFull(view: FullView, problem: unknown): void {
    process.off('SIGWINCH', this.onWindow);
    const closed = view.close().catch(() => undefined);
    const { rows } = this.terminal.size;
    // The terminal puts the cursor back where it was; rows that a lower window had pushed out came back under it since.
    if (this.full.lowestRows < this.safeRows && !this.options.environment.TMUX) this.terminal.write(`\x1b[${rows}B`);
    const screen = this.screen();
    const said = problem === null ? (view.leaves?.(screen) ?? []) : viewLines(problemView(problem), screen);
    this.scrollback.resume(said);
    void closed.then(this.refresh);
    this.draw();
  }

  private copy(text: string): void {
    this.terminal.write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`);
  }

  /** Ctrl-D: says first what leaving would end. */
  private leave(): void {
    const { running } = this.session.jobs;
    const now = performance.now();
    if ((running.length === 0 && !this.cells.busy) || now < this.warnedUntil) {
      this.end(0);
      return;
    }
    const what = running.length > 0 ? running.map(({ what }) => what).join(', ') : 'a statement';
    this.warnedUntil = now + warningCountsMs;
    this.notice = [
      span(`${shown(what)} still runs; `, 'warn'),
      span('Ctrl-D', 'accent'),
      span(' again ends it and leaves', 'dim'),
    ];
  }

  /** Takes the live part away, gives the terminal back, and hands over to the owner, who closes session and engine. */
  private end(exitCode: number): void {
    if (this.leaving) {
      this.finish(exitCode);
      return;
    }
    this.leaving = true;
    clearImmediate(this.drawing);
    clearInterval(this.ticking);
    for (const stop of this.stops.splice(0)) stop();
    this.untitle();
    const viewed = this.full.open ? this.closeFull() : null;
    this.scrollback.close(this.lastLines());
    this.layout?.close();
    // An answer that came later would be typed at whoever has the terminal next.
    void Promise.all([viewed, this.options.asked.answered]).then(() => {
      this.terminal.close();
      this.finish(exitCode);
    });
  }

  private closeFull(): Promise<void> {
    process.off('SIGWINCH', this.onWindow);
    const closed = this.full.close();
    this.scrollback.resume();
    return closed.catch(() => undefined);
  }

  /** What of the live part stays on the screen: a text that was not run, and what the user now waits for. */
  private lastLines(): readonly Line[] {
    const { text } = this.prompt.buffer;
    const lines = text.trim() === '' ? [] : this.cells.echoOf(text, this.session.status().nextCell);
    const { running } = this.session.jobs;
    if (running.length === 0) return lines;
    const what = running.map(job => job.what).join(', ');
    return [...lines, [span(`  ending ${shown(what)}; what is stored stays stored`, 'dim')]];
  }

  /** The greeting, or why the file cannot be opened; then each statement tries again. */
  private async greet(): Promise<void> {
    const { settled } = this.options.asked;
    let lines: readonly Line[];
    try {
      await Promise.all([settled, this.session.engine.database()]);
      lines = (await this.session.greeting(this.screen())).view;
      if (this.greeted) return;
      this.greeted = true;
      void this.learnKeywords();
      setTimeout(() => void this.warm(), warmAfterMs).unref();
    } catch (thrown) {
      await settled;
      lines = viewLines(problemView(thrown), this.screen());
    }
    if (this.leaving) return;
    this.head = [];
    this.scrollback.greet(lines);
    this.scrollback.gap = !this.cells.busy;
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

  /** Another program gets the terminal. */
  private lend(): void {
    clearImmediate(this.drawing);
    this.drawing = undefined;
    this.scrollback.lend();
  }

  private get look(): Look {
    return this.options.asked.look;
  }

  private screen(): Screen {
    return {
      ...this.terminal.size,
      glyphs: this.look.glyphs,
      colour: this.look.colours.theme !== 'none',
    };
  }

  /** Draws once, after everything that comes at the same time. */
  private readonly refresh = (): void => {
    if (this.drawing || this.leaving || this.scrollback.lent) return;
    this.drawing = setImmediate(() => {
      this.drawing = undefined;
      this.draw();
    });
  };

  private draw(): void {
    if (this.leaving || this.scrollback.lent) return;
    if (this.painter.stale) this.painter.resized();
    const screen = this.screen();
    const composed = compose({
      screen,
      status: this.session.status(),
      prompt: this.prompt,
      words: this.words,
      suggestion: suggested(this.prompt, this.entries),
      head: this.head,
      running: this.cells.running(),
      jobs: this.session.jobs.running.map(job =>
        this.facts.rows(job, screen, { waiting: this.session.jobs.waiting.length }),
      ),
      folded: this.folded,
      notice: this.tooNarrow(screen) ?? this.notice,
      top: this.top,
      gap: this.scrollback.gap || this.session.jobs.running.length > 0,
    });
    this.top = composed.top;
    const { gap, head, jobs, spaced, running, editor, below } = composed;
    const strings = (lines: readonly Line[]) => lines.map(line => paint(line, this.look.colours));
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
      rows: this.layout?.rowsOf(live) ?? strings(lines),
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
    const needed = this.cells.busy || this.session.jobs.running.length > 0;
    if (needed && !this.ticking) this.ticking = setInterval(this.refresh, tickMs);
    if (!needed) {
      clearInterval(this.ticking);
      this.ticking = undefined;
    }
  }

  private lastedLong({ progress: { startedAt } }: Job): boolean {
    const set = Number.parseFloat(this.options.environment.DUCKLINE_BELL_AFTER ?? '');
    const seconds = Number.isFinite(set) ? set : longJobSeconds;
    const now = this.session.engine.opened?.clock.now();
    return startedAt !== null && now !== undefined && now - startedAt > seconds * 1000;
  }

  /** A bell and the window title, for whoever looks elsewhere. */
  private ring(job: Job): void {
    const title = `duckline: ${job.what} ended`.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ');
    // The title that was there is kept once, however many jobs end before somebody looks.
    this.terminal.write(`\x07${this.titled ? '' : '\x1b[22;0t'}\x1b]0;${title}\x07`);
    this.titled = true;
  }

  private untitle(): void {
    if (this.titled) this.terminal.write('\x1b[23;0t');
    this.titled = false;
  }
}
