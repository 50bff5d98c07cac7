/**
 * One prompt's state, without a screen: the pinned connection, the cell numbers, what runs and what waits. The live shell,
 * `-c`, `-f` and standard input are front ends over it. Submissions run one after the other in their order; a cell stops
 * at its first problem, and the session goes on.
 */
import { basename } from 'node:path';
import { tableOf } from '../market/period.ts';
import { asProblem, exitCodes, Problem } from '../market/problem.ts';
import { counted, lasted } from '../output/amounts.ts';
import type { CardView } from '../output/card-view.ts';
import type { Line, Screen } from '../output/line.ts';
import type { ProblemView, RunView, View } from '../output/view.ts';
import type { Bindings, ConnectionPool, Lease, QueryResult, TransactionState } from '../store/connection.ts';
import type { Database } from '../store/database.ts';
import { countDropped } from '../store/dropped-chunks.ts';
import { ownMark } from '../store/kept.ts';
import { limitOf } from '../store/pool/options.ts';
import { expandAlias } from './aliases.ts';
import type { Autosave } from './autosave.ts';
import type { CellAccess } from './cell-access.ts';
import { CellBook, type CellRun, type OpenedCell, type RowCopy } from './cell-book.ts';
import { isAside } from './cell-choice.ts';
import type { CellRecord } from './cell-record.ts';
import type { Command, CommandResult, OutputMode, Registry } from './command.ts';
import { helpOf } from './command-help.ts';
import type { Engine } from './engine.ts';
import type { History } from './history.ts';
import { JobEnds } from './job-ends.ts';
import type { Jobs } from './jobs.ts';
import { nearest } from './nearest.ts';
import { namedCellAt } from './notebook-file.ts';
import type { Opening } from './opening.ts';
import type { Param, Params } from './params.ts';
import { parseCommand } from './parse.ts';
import { isCommandOf } from './registry.ts';
import type { Wanted } from './spill.ts';
import { type SqlToken, sqlTokens } from './sql-tokens.ts';
import { statementWords } from './sql-words.ts';
import { statementProblem } from './statement-problem.ts';
import { namesKept, promptLimits, type ResultSink, type StatementLimits, StatementRunner } from './statement-run.ts';
import { type Openness, type Piece, splitText } from './statements.ts';
import { wordsOf } from './words.ts';

export interface SubmitOptions {
  /** Views in order of their making; a problem is a view too. The last comes before `done` resolves. */
  readonly onView: (view: View) => void;
  /** Cancels this submission; the session stays intact. */
  readonly signal?: AbortSignal;
  /** Takes results of statements instead of a view, piece by piece. */
  readonly sink?: ResultSink;
  /** Where the text is from, for its errors: `notes.sql`. */
  readonly name?: string;
  /** Values for `$names`, beside the session's and before them. */
  readonly params?: readonly Param[];
  /** Opens what a command asks for over the whole window. False: it cannot, and the command's view is shown. */
  readonly onOpen?: (opening: Opening) => Promise<boolean>;
  /** Told what can be opened of what was just shown. */
  readonly onOffer?: (opening: Opening) => void;
}

export interface CellEnd {
  /** 0 all well; else the exit code of the statement or command that stopped the cell. */
  readonly exitCode: number;
  readonly ms: number;
  readonly cancelled: boolean;
  /** True after `quit`: the front end leaves. */
  readonly leave: boolean;
  /** A text for the editor, where the cell asked for one. */
  readonly edit?: string;
}

export interface Submission {
  /** The cell's number, counted from 1. */
  readonly cell: number;
  readonly text: string;
  readonly state: 'queued' | 'running' | 'ended';
  /** It was cancelled, and what it does takes a moment to stop. */
  readonly stopping: boolean;
  /** Clock of the process (ms, `performance.now()`) at which it began to run; null while it waits. */
  readonly startedAt: number | null;
  /** 0..100 where the engine knows, else null. */
  readonly percent: number | null;
  /** What a command shows until it ends, instead of the row that says that it runs. */
  readonly live: View | null;
  /** Never rejects. */
  readonly done: Promise<CellEnd>;
  cancel(): void;
}

export interface PromptStatus {
  /** Number the next submission gets. */
  readonly nextCell: number;
  /** A transaction of the user is open; `aborted` after an error in it. */
  readonly transaction: TransactionState;
  readonly readOnly: boolean;
  /** Sentence parts under the prompt, only what is true: `data to 2026-11-19, 1 session behind`. */
  readonly notes: readonly string[];
  /** Which file they are of, by its last name. */
  readonly file: string;
}

/** The lines on top of a fresh shell, and what to type when the file is empty. */
export interface Greeting {
  readonly view: readonly Line[];
}

export interface Session {
  readonly engine: Engine;
  readonly registry: Registry;
  readonly jobs: Jobs;
  readonly history: History;
  /** How results are written; `mode` sets it. */
  readonly mode: OutputMode;
  /** Running and waiting submissions, oldest first. */
  readonly submissions: readonly Submission[];
  /** Cells that have ended, and those that were opened from a file, by their numbers. */
  readonly records: readonly CellRecord[];
  /** Runs the text after everything submitted before it; returns at once. */
  submit(text: string, options: SubmitOptions): Submission;
  /** The same for a command whose words are known: a command of the command line. `line` is how it would be typed. */
  submitCommand(command: Command, words: readonly string[], line: string, options: SubmitOptions): Submission;
  /**
   * Reads as a statement at the prompt would: on its own connection between two statements where that holds something (a
   * transaction, temporary tables, settings), else on one beside it, at once.
   */
  read(sql: string, values: Bindings | undefined, signal: AbortSignal): Promise<QueryResult>;
  /**
   * Copies what a query gives now into the shell's own file, so that it stays as it is while a run writes what it was read from. Null where
   * the prompt's own connection would have to read it, or none is to spare.
   */
  copy(sql: string, values: Bindings | undefined, signal: AbortSignal): Promise<RowCopy | null>;
  /** What keeps the text from being complete; null when Enter runs it. */
  openness(text: string): Openness | null;
  status(): PromptStatus;
  /** Opens the file and reads what the greeting says; rejects with a Problem when the file cannot be opened. */
  greeting(screen: Screen): Promise<Greeting>;
  /**
   * Rows of a look into the engine's own catalogue, between two submissions and as the next one would see it: with temporary
   * tables and an open transaction. While a submission runs, as any connection sees it. Rejects while no file is open.
   */
  peek(sql: string): Promise<readonly (readonly unknown[])[]>;
  /** Told whenever status or submissions change. Returns the way to stop listening. */
  on(listener: () => void): () => void;
  /** Cancels what runs, ends the jobs, gives the connection back. The engine is closed by its owner. */
  close(): Promise<void>;
}

export interface SessionParts {
  readonly engine: Engine;
  readonly registry: Registry;
  readonly jobs: Jobs;
  readonly history: History;
  /** True at a live prompt. */
  readonly interactive: boolean;
  /** Writes a line of data at once, for commands that serve. */
  readonly print: (text: string) => void;
  readonly json?: boolean;
  /** True where the front end draws `Submission.live`. */
  readonly redraws?: boolean;
  readonly limits?: StatementLimits;
  /** Whether results are kept as `_` and `_3`. Default: at a live prompt. */
  readonly keeps?: boolean;
  /** Keeps the texts where a killed shell leaves them. */
  readonly autosave?: Autosave;
  /** Values for `$names` that hold from the start. */
  readonly params?: readonly Param[];
  /** Run before the first cell; its problems are told in the greeting, and stop nothing. */
  readonly rc?: { readonly text: string; readonly name: string };
}

export function openSession(parts: SessionParts): Session {
  return new PromptSession(parts);
}

type BodyEnd = Pick<CellEnd, 'exitCode' | 'leave' | 'edit'>;

class Cell implements Submission {
  readonly cell: number;
  readonly text: string;
  /** Asks how far the running statement is. */
  askPercent: () => number | null = () => null;
  #percent: number | null = null;
  live: View | null = null;
  readonly done: Promise<CellEnd>;
  readonly abort = new AbortController();
  state: 'queued' | 'running' | 'ended' = 'queued';
  startedAt: number | null = null;
  /** Its rows being written away. */
  settling: Promise<void> = Promise.resolve();

  constructor(cell: number, text: string, run: (cell: Cell) => Promise<CellEnd>) {
    this.cell = cell;
    this.text = text;
    this.done = run(this);
  }

  /** The last answer holds while rows are fetched. */
  get percent(): number | null {
    this.#percent = this.askPercent() ?? this.#percent;
    return this.#percent;
  }

  get stopping(): boolean {
    return this.state === 'running' && this.abort.signal.aborted;
  }

  forgetPercent(): void {
    this.askPercent = () => null;
    this.#percent = null;
  }

  cancel(): void {
    this.abort.abort(new Problem('interrupted', 'cancelled'));
  }
}

class PromptSession implements Session {
  readonly engine: Engine;
  readonly registry: Registry;
  readonly jobs: Jobs;
  readonly history: History;
  readonly mode: OutputMode;
  readonly #parts: SessionParts;
  readonly #listeners = new Set<() => void>();
  readonly #isCommand: (name: string, rest: string) => boolean;
  readonly #book = new CellBook();
  /** What the greeting says of a shell that was killed. */
  #killed: readonly Line[] | null = null;
  readonly #rerunning = new Set<number>();
  #rcEnded: Promise<void> = Promise.resolve();
  readonly #rcProblems: View[] = [];
  #cells: Cell[] = [];
  #next = 1;
  #tail: Promise<unknown> = Promise.resolve();
  #pinned: { readonly lease: Lease; readonly runner: StatementRunner } | null = null;
  #notes: readonly string[] = [];
  readonly #stops: (() => void)[] = [];
  readonly #stopJobs: () => void;
  #closing = false;
  #closed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.engine = parts.engine;
    this.registry = parts.registry;
    this.jobs = parts.jobs;
    this.history = parts.history;
    const { value, origin } = parts.engine.settings.format;
    this.mode = { format: parts.json && origin !== 'flag' ? null : value };
    if (parts.rc) this.#tail = this.#runRc(parts.rc);
    this.#isCommand = isCommandOf(parts.registry);
    for (const param of parts.params ?? []) this.#book.params.set(param);
    this.#stopJobs = this.jobs.on(event => {
      if (event.type !== 'ended' && event.type !== 'failed') return;
      void this.#readNotes();
      if (event.type === 'ended' && event.view.summary.rows > 0) void this.#filled(event.view);
    });
  }

  /** How far behind the file is now; without an answer what was known stays. */
  async #readNotes(): Promise<void> {
    const database = this.engine.opened;
    if (!this.#parts.interactive || !database || this.#closing) return;
    try {
      const { standingNotes } = await import('./greeting.ts');
      this.#notes = await standingNotes(database);
      this.#changed();
    } catch {
      // The file was closed meanwhile.
    }
  }

  /** A run has stored rows: what read their tables is stale. */
  async #filled({ dataset, summary }: RunView): Promise<void> {
    const { changedBy } = await import('./tables-read.ts');
    this.#book.changed(dataset ? changedBy(dataset.table, false) : changedBy(tableOf(summary.period), true));
    this.#changed();
  }

  /** The same after a command that is no job. */
  async #stored(tables: readonly string[]): Promise<void> {
    const { changedBy } = await import('./tables-read.ts');
    this.#book.changed(tables.flatMap(table => changedBy(table, true)));
    void this.#readNotes();
  }

  get records(): readonly CellRecord[] {
    return this.#book.records;
  }

  get submissions(): readonly Submission[] {
    return this.#cells;
  }

  openness(text: string): Openness | null {
    return splitText(text, this.#isCommand).open;
  }

  status(): PromptStatus {
    return {
      nextCell: this.#next,
      transaction: this.#pinned?.lease.transactionState() ?? 'none',
      readOnly: this.engine.readOnly,
      file: this.engine.file === ':memory:' ? 'in memory only' : basename(this.engine.file),
      notes: [...this.#poolNotes(), ...this.#notes, ...this.#staleNote()],
    };
  }

  /** Who waits for the user's transaction, and that the file was let go. */
  #poolNotes(): string[] {
    const status = this.engine.opened?.pool.status();
    if (!status) return [];
    const held = this.#pinned?.runner.lane.held ?? null;
    const waiting = status.lanes.find(({ lane }) => lane === 'write')?.waiting ?? 0;
    return [
      ...(held !== null && waiting > 0 ? [`a job waits for the transaction of ${held}: commit or rollback`] : []),
      ...(status.state === 'suspended' ? ['file released until the next statement'] : []),
    ];
  }

  #staleNote(): string[] {
    const { stale } = this.#book;
    if (stale.length === 0) return [];
    if (stale.length > 6) return [`${stale.length} cells are stale`];
    return [stale.length === 1 ? `cell ${stale[0]} is stale` : `cells ${stale.join(' ')} are stale`];
  }

  async peek(sql: string): Promise<readonly (readonly unknown[])[]> {
    const pool = this.engine.opened?.pool;
    if (!pool || this.#closed || pool.status().state === 'suspended') throw new Problem('failed', 'no file is open.');
    const lease = this.#pinned?.lease;
    if (!lease || this.#cells.length > 0 || lease.lost() !== null || lease.transactionState() === 'aborted') {
      return (await pool.query(sql, undefined, { tag: 'completion' })).rows;
    }
    const reading = this.#tail.then(() => lease.query(sql));
    this.#tail = reading.catch(() => undefined);
    return (await reading).rows;
  }

  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  async greeting(screen: Screen): Promise<Greeting> {
    const { greetingLines } = await import('./greeting.ts');
    const { lines, notes } = await greetingLines(this.engine, screen);
    this.#notes = notes;
    this.#killed ??= this.#parts.autosave ? await killedLines(this.engine, screen) : [];
    if (this.engine.opened) this.#hear(this.engine.opened);
    this.#changed();
    await this.#rcEnded;
    const { viewLines } = await import('../output/lines.ts');
    return { view: [...lines, ...this.#killed, ...this.#rcProblems.flatMap(view => viewLines(view, screen))] };
  }

  submit(text: string, options: SubmitOptions): Submission {
    if (this.#parts.interactive) this.history.add(text.trim());
    const params = options.params && this.#book.params.with(options.params);
    return this.#enqueue(text, options, (cell, run, told) =>
      this.#runText({ cell, run, options: told, ...(params ? { params } : {}) }),
    );
  }

  submitCommand(command: Command, words: readonly string[], line: string, options: SubmitOptions): Submission {
    return this.#enqueue(line, options, async (cell, run, told) => {
      const result = await this.#runCommand({ cell, run, options: told }, command, words, line);
      await shownOrOpened(result, told);
      return endOf(result);
    });
  }

  async read(sql: string, values: Bindings | undefined, signal: AbortSignal): Promise<QueryResult> {
    const lease = this.#pinned?.lease;
    const tokens = sqlTokens(sql);
    const ready = async (from?: Lease): Promise<void> => {
      if (this.#keeps && namesKept(tokens)) await this.#book.ready(wantedBy(tokens, from), signal);
    };
    if (!lease || !this.#readsItself()) {
      await ready();
      return (await this.engine.database()).pool.query(sql, values, { tag: 'viewer', signal });
    }
    const reading = this.#tail.then(async () => {
      signal.throwIfAborted();
      await ready(lease);
      return lease.query(sql, values, { signal });
    });
    this.#tail = reading.catch(() => undefined);
    return reading;
  }

  async copy(sql: string, values: Bindings | undefined, signal: AbortSignal): Promise<RowCopy | null> {
    const pool = this.#keepingPool();
    if (!pool || this.#readsItself()) return null;
    return this.#book.copy(pool, sql, values, signal);
  }

  /** The prompt's own connection sees what others do not. */
  #readsItself(): boolean {
    const lease = this.#pinned?.lease;
    if (!lease || lease.lost() !== null) return false;
    return lease.transactionState() !== 'none' || lease.holds().length > 0;
  }

  #enqueue(text: string, options: SubmitOptions, body: Body): Submission {
    const before = this.#tail;
    const cell = new Cell(this.#next++, text, async self => {
      await before;
      return this.#runCell(self, options, body);
    });
    const abort = () => cell.cancel();
    if (options.signal?.aborted) abort();
    options.signal?.addEventListener('abort', abort, { once: true });
    this.#cells = [...this.#cells, cell];
    this.#tail = cell.done.then(async () => {
      options.signal?.removeEventListener('abort', abort);
      this.#cells = this.#cells.filter(other => other !== cell);
      this.#changed();
      await cell.settling;
    });
    this.#changed();
    return cell;
  }

  async #runCell(cell: Cell, options: SubmitOptions, body: Body): Promise<CellEnd> {
    const { signal } = cell.abort;
    const started = performance.now();
    const { run, told } = this.#begin(cell.cell, cell.text, options);
    cell.state = 'running';
    cell.startedAt = started;
    this.#changed();
    let end: BodyEnd;
    try {
      end = await body(cell, run, told);
    } catch (thrown) {
      const view = problemOf(thrown, { cell, run }, null, null);
      told.onView(view);
      end = { exitCode: view.problem.exitCode, leave: false };
    }
    cell.state = 'ended';
    const cancelled = signal.aborted && end.exitCode === exitCodes.interrupted;
    const ms = performance.now() - started;
    cell.settling = this.#end(run, { exitCode: end.exitCode, ms });
    return { ...end, ms, cancelled };
  }

  /** A cell begins: what it shows is remembered beside being shown. */
  #begin(number: number, text: string, options: SubmitOptions): { run: CellRun; told: SubmitOptions } {
    const run = this.#book.begin(number, text, this.engine.opened?.clock.now() ?? Date.now());
    const onView = (view: View): void => {
      run.show(view);
      options.onView(view);
    };
    return { run, told: { ...options, onView } };
  }

  /** Enters the cell at once; its rows are written away after that, before the next cell begins. */
  async #end(run: CellRun, ending: { readonly exitCode: number; readonly ms: number }): Promise<void> {
    this.#book.end(run, ending);
    this.#autosave();
    const rows = run.held?.rows ?? 0;
    await this.#book.settle(run, this.#keepingPool());
    if (run.result) countDropped(rows, run.result.types.length);
    this.#changed();
  }

  #autosave(): void {
    const { records, params, title } = this.#book;
    const cells = records
      .filter(record => !isAside(record) || record.text.startsWith('let '))
      .map(({ text, title, name, attributes }) => ({ text, title, name, attributes }));
    if (cells.length > 0) {
      void this.#parts.autosave?.save({ file: this.engine.file, title, params: params.all, cells });
    }
  }

  /** The pool that has a connection to spare for keeping rows; null where there is none. */
  #keepingPool(): ConnectionPool | null {
    const pool = this.engine.opened?.pool ?? null;
    if (!pool || this.#closed || !this.#keeps) return null;
    const { checkedOut, waiting } = pool.status();
    return waiting > 0 || checkedOut >= limitOf(pool.options) ? null : pool;
  }

  get #keeps(): boolean {
    return this.#parts.keeps ?? this.#parts.interactive;
  }

  #runRc({ text, name }: { readonly text: string; readonly name: string }): Promise<void> {
    const onView = (view: View): void => {
      if (view.kind === 'problem') this.#rcProblems.push(view);
    };
    const options: SubmitOptions = { onView, name };
    const cell = new Cell(0, text, async self => {
      const run = this.#book.begin(0, text, Date.now());
      await Promise.resolve();
      const end = await this.#runText({ cell: self, run, options });
      return { ...end, ms: 0, cancelled: false };
    });
    this.#rcEnded = cell.done.then(
      () => undefined,
      thrown => void this.#rcProblems.push(problemOf(thrown, { cell, run: this.#book.begin(0, text, 0) }, null, name)),
    );
    return this.#rcEnded;
  }

  /** The pieces of a text in their order, up to the first that fails. */
  async #runText(running: Running): Promise<BodyEnd> {
    const { cell, run, options, params = this.#book.params } = running;
    const { signal } = cell.abort;
    const { pieces } = splitText(run.text, this.#isCommand);
    let edit: string | undefined;
    for (const [index, piece] of pieces.entries()) {
      const which = pieces.length > 1 ? [`statement ${index + 1} of ${pieces.length}`] : [];
      const statement = [...(options.name === undefined ? [] : [options.name]), ...which].join(', ') || null;
      try {
        if (signal.aborted) throw new Problem('interrupted', 'cancelled before it began.');
        if (piece.kind === 'sql') {
          await this.#runSql(running, piece, which[0]);
          if (options.name !== undefined) await this.#keepNamed(run, piece, pieces[index + 1]);
          continue;
        }
        const command = this.registry.find(piece.name);
        if (!command) {
          const meant = expandAlias(this.engine.environment, piece.name, piece.text);
          if (meant !== null) {
            if (run.aliases.has(piece.name)) throw new Problem('usage', `the alias ${piece.name} means itself.`);
            const inner = this.#book.begin(run.cell, meant, run.at);
            for (const name of [...run.aliases, piece.name]) inner.aliases.add(name);
            const end = await this.#runText({ ...running, run: inner });
            run.adopt(inner);
            edit = end.edit ?? edit;
            if (end.leave || end.exitCode !== exitCodes.ok) return end;
            continue;
          }
          const card = await this.#cardMeant(piece.text, signal);
          if (!card) throw unknownCommand(piece, this.registry);
          options.onView(card);
          continue;
        }
        const [, ...typed] = wordsOf(piece.text);
        const words = command.name === 'let' ? typed : params.filled(typed);
        const jobs = running.waits ? new JobEnds(this.jobs) : null;
        const result = await this.#runCommand(running, command, words, piece.text);
        if (result.changed?.length) await this.#stored(result.changed);
        await shownOrOpened(result, options);
        edit = result.edit ?? edit;
        if (result.leave || result.exitCode !== exitCodes.ok) return endOf(result);
        const late = jobs ? await jobs.after(result, signal) : exitCodes.ok;
        if (late !== exitCodes.ok) return { exitCode: late, leave: false };
      } catch (thrown) {
        const view = problemOf(thrown, running, piece, statement);
        options.onView(view);
        return { exitCode: view.problem.exitCode, leave: false };
      } finally {
        this.#changed();
      }
    }
    return { exitCode: exitCodes.ok, leave: false, ...(edit === undefined ? {} : { edit }) };
  }

  async #runSql(
    { cell, run, options, params = this.#book.params }: Running,
    piece: Piece,
    statement: string | undefined,
  ): Promise<void> {
    const { runner, lease } = await this.#connection(options.onView, cell.abort.signal);
    const began = performance.now();
    cell.askPercent = () => lease.percent();
    const tokens = sqlTokens(piece.text);
    run.note(tokens);
    const pool = this.#keepingPool();
    if (pool && run.held && namesKept(tokens)) {
      this.#book.end(run, { exitCode: 0, ms: 0 });
      await this.#book.keep(run, pool);
    }
    if (this.#keeps && namesKept(tokens)) {
      this.#book.refuseView(tokens);
      await this.#book.ready(wantedBy(tokens, lease), cell.abort.signal);
    }
    const before = run.kept;
    try {
      const view = await runner.run(piece.text, {
        signal: cell.abort.signal,
        tag: `[${cell.cell}]`,
        limits: this.#parts.limits ?? promptLimits,
        lasting: this.#parts.interactive,
        params,
        kept: this.#book.keeps,
        ...(this.#keeps ? { hold: run.hold } : {}),
        ...(options.sink ? { sink: options.sink } : {}),
      });
      const { format } = this.mode;
      const placed = view && statement !== undefined && this.#parts.interactive ? { ...view, statement } : view;
      if (placed) options.onView(placed.kind === 'result' && format !== null ? { ...placed, format } : placed);
    } catch (thrown) {
      run.kept = before;
      if (cell.abort.signal.aborted && thrown instanceof Problem && thrown.kind === 'interrupted') {
        throw new Problem('interrupted', `cancelled after ${lasted((performance.now() - began) / 1000)}`, {
          cause: thrown,
          ...(thrown.next === undefined ? {} : { next: thrown.next }),
        });
      }
      throw this.#keeps ? this.#book.explained(thrown, lease.transactionState() !== 'none') : thrown;
    } finally {
      cell.forgetPercent();
      await this.#lendBack();
    }
  }

  /** After the last statement of a named cell of a file. */
  async #keepNamed(run: CellRun, piece: Piece, next: Piece | undefined): Promise<void> {
    const named = namedCellAt(run.text, piece.start);
    if (!named || (next && namedCellAt(run.text, next.start)?.from === named.from)) return;
    await this.#keepAs(run, named.name);
  }

  async #keepAs(run: CellRun, name: string): Promise<void> {
    const pool = this.#keepingPool();
    if (pool) await this.#book.keepNamed(run, name, pool);
  }

  async #onConnection<T>({ cell, options }: Running, sql: string, work: (lease: Lease) => Promise<T>): Promise<T> {
    const { runner, lease } = await this.#connection(options.onView, cell.abort.signal);
    const tokens = sqlTokens(sql);
    if (this.#keeps && namesKept(tokens)) await this.#book.ready(wantedBy(tokens, lease), cell.abort.signal);
    try {
      return await runner.lend(tokens, this.#book.keeps, () => work(lease));
    } catch (thrown) {
      const explained = this.#keeps ? this.#book.explained(thrown, lease.transactionState() !== 'none') : thrown;
      const { problem, candidates } = statementProblem(explained, { text: sql, start: 0, sql, statement: null });
      if (problem.next !== undefined || candidates.length === 0) throw problem;
      throw new Problem(problem.kind, problem.message, { cause: problem, next: `did you mean ${candidates[0]} ?` });
    } finally {
      await this.#lendBack();
    }
  }

  /** Where there is one connection for all, the prompt keeps it only while something would be lost with it. */
  async #lendBack(): Promise<void> {
    const pool = this.engine.opened?.pool;
    if (this.#pinned && pool && limitOf(pool.options) === 1 && this.#pinned.lease.holds().length === 0)
      await this.#unpin();
  }

  /** The prompt's own connection; a new one, with a word about what is lost, when the old one was closed under it. */
  async #connection(onView: (view: View) => void, signal: AbortSignal) {
    const lost = this.#pinned?.lease.lost() ?? null;
    if (this.#pinned && lost === null) return this.#pinned;
    const database = await this.#database(signal);
    if (this.#pinned) {
      await this.#unpin();
      onView({
        kind: 'note',
        level: 'warn',
        sentence: `the prompt has a new connection: ${lost}; temporary tables, variables and settings are gone.`,
      });
    }
    this.#hear(database);
    const lease = await database.pool.acquire({ lane: 'interactive', tag: 'prompt', signal });
    if (this.#parts.interactive) await lease.execute(`${ownMark}set enable_progress_bar = true`).catch(() => undefined);
    const figures = async (connection: number, sql: string) =>
      (await import('./pool-figures.ts')).poolRowFor(this.engine, this.jobs, connection, sql);
    this.#pinned = { lease, runner: new StatementRunner(database.pool, lease, figures) };
    return this.#pinned;
  }

  /** The pool tells when the file was closed or opened, and when the engine failed: a right to write is given back then. */
  #hear({ pool }: Database): void {
    if (this.#stops.length > 0) return;
    const reopened = (): void => {
      this.#pinned?.runner.lane.leave();
      this.#changed();
    };
    this.#stops.push(
      pool.on('suspend', () => this.#changed()),
      pool.on('resume', () => this.#changed()),
      pool.on('reopen', reopened),
    );
  }

  async #database(signal: AbortSignal): Promise<Database> {
    const database = await this.engine.database();
    if (signal.aborted) throw new Problem('interrupted', 'cancelled while the file was being opened.');
    return database;
  }

  async #unpin(): Promise<void> {
    const pinned = this.#pinned;
    this.#pinned = null;
    if (!pinned) return;
    pinned.runner.lane.give();
    try {
      await pinned.lease.release();
    } catch {
      await pinned.lease.invalidate().catch(() => undefined);
    }
  }

  /** A code, name or pinyin alone; null for any other text. */
  async #cardMeant(text: string, signal: AbortSignal): Promise<CardView | null> {
    if (!/^[\p{L}\p{N}.*]{2,20}$/u.test(text)) return null;
    const { cardMeant } = await import('./card.ts');
    return cardMeant(text, { engine: this.engine, signal });
  }

  async #runCommand(
    running: Running,
    command: Command,
    words: readonly string[],
    line: string,
  ): Promise<CommandResult> {
    const { cell, options } = running;
    if (this.#parts.interactive && command.atPrompt === false) {
      throw new Problem('usage', `${command.name} runs from outside the shell.`, { next: `duckline ${line}` });
    }
    const parsed = await parseCommand(command, words);
    if (parsed.kind === 'help') return { view: helpOf(command), exitCode: exitCodes.ok };
    const held = this.#pinned?.runner.lane.held ?? null;
    if (command.writes && held !== null && !this.#parts.interactive) {
      throw new Problem(
        'refused',
        `the open transaction of ${held} holds the write lane, so ${command.name} could store nothing.`,
        {
          next: 'commit or rollback before it',
        },
      );
    }
    const json = parsed.json || (this.#parts.json ?? false);
    return command.run(parsed.options, {
      engine: this.engine,
      registry: this.registry,
      jobs: this.jobs,
      cells: this.#access(running),
      mode: this.mode,
      onConnection: (sql, work) => this.#onConnection(running, sql, work),
      signal: cell.abort.signal,
      interactive: this.#parts.interactive,
      json,
      opens: options.onOpen !== undefined && !json,
      line,
      emit: options.onView,
      print: this.#parts.print,
      ...(this.#parts.redraws
        ? {
            live: (view: View) => {
              cell.live = view;
              this.#changed();
            },
          }
        : {}),
    });
  }

  /** What a command may do with the cells; what it shows goes where the command's own views go. */
  #access(running: Running): CellAccess {
    const book = this.#book;
    const again = async (
      next: CellRun,
      options: SubmitOptions,
      given: Pick<Running, 'params' | 'waits'> = {},
    ): Promise<number> => {
      const { exitCode } = await this.#runText({
        cell: running.cell,
        run: next,
        options,
        ...given,
      });
      return exitCode;
    };
    return {
      get records() {
        return book.records;
      },
      params: running.params ?? book.params,
      get title() {
        return book.title;
      },
      set title(title) {
        book.title = title;
      },
      rerun: async number => {
        const record = book.find(number);
        if (!record) throw new Problem('usage', `there is no cell ${number}.`, { next: 'cells  lists them' });
        if (this.#rerunning.has(number)) throw new Problem('usage', `cell ${number} runs itself again.`);
        this.#rerunning.add(number);
        try {
          const { run, told } = this.#begin(number, record.text, running.options);
          const started = performance.now();
          const exitCode = await again(run, told);
          await this.#end(run, { exitCode, ms: performance.now() - started });
          return exitCode;
        } finally {
          this.#rerunning.delete(number);
        }
      },
      name: (number, name) => book.name(number, name),
      ready: number => book.ready(new Set([`_${number}`]), running.cell.abort.signal),
      open: cells => cells.map(cell => this.#open(cell)),
      runText: async (text, { name, as, params, onView }) => {
        const { cell, at } = running.run;
        const inner = book.begin(cell, text, at);
        inner.adopt(running.run);
        const { sink: _, ...told } = running.options;
        const options = onView ? { ...told, name, onView } : { ...running.options, name };
        const exitCode = await again(inner, options, { waits: true, ...(params ? { params } : {}) });
        if (as != null && exitCode === exitCodes.ok) await this.#keepAs(inner, as);
        running.run.adopt(inner);
        return exitCode;
      },
    };
  }

  #open(cell: OpenedCell): number {
    const number = this.#next++;
    this.#book.open(number, cell);
    return number;
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    for (const cell of this.#cells) cell.cancel();
    await this.#tail;
    this.#closed = true;
    this.#stopJobs();
    await this.#book.close();
    // First the user's own transaction, for whose end a job may wait.
    await this.#unpin();
    await this.jobs.close();
    for (const stop of this.#stops.splice(0)) stop();
  }
}

/** For a first word that is neither a command's nor a statement's. */
export function unknownCommand(piece: { readonly name: string; readonly text: string }, registry: Registry): Problem {
  const [meant] = nearest(piece.name, [...registry.names, ...statementWords], 1);
  if (piece.name.startsWith('_')) {
    return new Problem('usage', `${piece.name} is a result, and SQL reads it.`, { next: `from ${piece.name};` });
  }
  const typed = piece.text.split(/\s/, 1)[0] ?? piece.name;
  return new Problem('usage', `there is no command ${typed}.`, {
    next: meant === undefined ? 'help  lists the commands; SQL ends in ;' : `did you mean ${meant} ?`,
  });
}

async function killedLines({ environment }: Engine, screen: Screen): Promise<readonly Line[]> {
  const [{ killedShell }, { viewLines }] = await Promise.all([import('./autosave.ts'), import('../output/lines.ts')]);
  const shell = killedShell(environment);
  if (!shell) return [];
  const sentence = `the last shell was killed; its ${counted(shell.cells.length, 'cell')} can be brought back:`;
  return viewLines({ kind: 'note', level: 'warn', sentence, next: 'open --last' }, screen);
}

async function shownOrOpened(result: CommandResult, { onOpen, onOffer, onView }: SubmitOptions): Promise<void> {
  const { open, later, view } = result;
  if (open && onOpen && (await onOpen(open))) return;
  if (view) onView(view);
  if (later) onOffer?.(later);
}

/** A text on its way: the submission that it belongs to, and the cell that it is entered as. */
interface Running {
  readonly cell: Cell;
  readonly run: CellRun;
  readonly options: SubmitOptions;
  readonly params?: Params;
  /** Of a file: a job that it begins has ended before the next statement. */
  readonly waits?: boolean;
}

/** The kept results that a statement names; in an open transaction any, for its first look is its last at what is new. */
function wantedBy(tokens: readonly SqlToken[], lease?: Lease): Wanted {
  if (lease && lease.transactionState() !== 'none') return 'all';
  return new Set(tokens.filter(({ text }) => text.startsWith('_')).map(({ text }) => text));
}

type Body = (cell: Cell, run: CellRun, options: SubmitOptions) => Promise<BodyEnd>;

function endOf({ exitCode, leave = false, edit }: CommandResult): BodyEnd {
  return { exitCode, leave, ...(edit === undefined ? {} : { edit }) };
}

function problemOf(
  thrown: unknown,
  { cell, run }: Pick<Running, 'cell' | 'run'>,
  piece: Piece | null,
  statement: string | null,
): ProblemView {
  const cancelled = cell.abort.signal.aborted && !(thrown instanceof Problem && thrown.kind === 'interrupted');
  if (cancelled || piece === null) {
    const problem = cancelled
      ? new Problem('interrupted', asProblem(thrown).message, { cause: thrown })
      : asProblem(thrown);
    return { kind: 'problem', problem, place: null, candidates: [], statement };
  }
  return statementProblem(thrown, { text: run.text, start: piece.start, sql: piece.text, statement });
}
