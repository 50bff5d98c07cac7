/**
 * One prompt's state, without a screen: the pinned connection, the cell numbers, what runs and what waits. The live shell,
 * `-c`, `-f` and standard input are front ends over it. Submissions run one after the other in their order; a cell stops
 * at its first problem, and the session goes on.
 */
import { asProblem, exitCodes, Problem } from '../market/problem.ts';
import type { Line, Screen } from '../output/line.ts';
import type { ProblemView, View } from '../output/view.ts';
import type { Lease, TransactionState } from '../store/connection.ts';
import type { Database } from '../store/database.ts';
import { limitOf } from '../store/pool/options.ts';
import type { Command, CommandResult, Registry } from './command.ts';
import { helpOf } from './command-help.ts';
import type { Engine } from './engine.ts';
import type { History } from './history.ts';
import type { Jobs } from './jobs.ts';
import { nearest } from './nearest.ts';
import type { Opening } from './opening.ts';
import { parseCommand } from './parse.ts';
import { isCommandOf } from './registry.ts';
import { statementProblem } from './statement-problem.ts';
import { promptLimits, type ResultSink, type StatementLimits, StatementRunner } from './statement-run.ts';
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
  /** Opens what a command asks for over the whole window. False: it cannot, and the command's view is shown. */
  readonly onOpen?: (opening: Opening) => Promise<boolean>;
}

export interface CellEnd {
  /** 0 all well; else the exit code of the statement or command that stopped the cell. */
  readonly exitCode: number;
  readonly ms: number;
  readonly cancelled: boolean;
  /** True after `quit`: the front end leaves. */
  readonly leave: boolean;
}

export interface Submission {
  /** The cell's number, counted from 1. */
  readonly cell: number;
  readonly text: string;
  readonly state: 'queued' | 'running' | 'ended';
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
  /** Sentence parts under the prompt, only what is true: `1 session behind`. */
  readonly notes: readonly string[];
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
  /** Running and waiting submissions, oldest first. */
  readonly submissions: readonly Submission[];
  /** Runs the text after everything submitted before it; returns at once. */
  submit(text: string, options: SubmitOptions): Submission;
  /** The same for a command whose words are known: a command of the command line. `line` is how it would be typed. */
  submitCommand(command: Command, words: readonly string[], line: string, options: SubmitOptions): Submission;
  /** What keeps the text from being complete; null when Enter runs it. */
  openness(text: string): Openness | null;
  status(): PromptStatus;
  /** Opens the file and reads what the greeting says; rejects with a Problem when the file cannot be opened. */
  greeting(screen: Screen): Promise<Greeting>;
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
}

export function openSession(parts: SessionParts): Session {
  return new PromptSession(parts);
}

type BodyEnd = Pick<CellEnd, 'exitCode' | 'leave'>;

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
  readonly #parts: SessionParts;
  readonly #listeners = new Set<() => void>();
  readonly #isCommand: (name: string, rest: string) => boolean;
  #cells: Cell[] = [];
  #next = 1;
  #tail: Promise<unknown> = Promise.resolve();
  #pinned: { readonly lease: Lease; readonly runner: StatementRunner } | null = null;
  #notes: readonly string[] = [];
  readonly #stops: (() => void)[] = [];
  #closed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.engine = parts.engine;
    this.registry = parts.registry;
    this.jobs = parts.jobs;
    this.history = parts.history;
    this.#isCommand = isCommandOf(parts.registry);
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
      notes: [...this.#poolNotes(), ...this.#notes],
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
    if (this.engine.opened) this.#hear(this.engine.opened);
    this.#changed();
    return { view: lines };
  }

  submit(text: string, options: SubmitOptions): Submission {
    if (this.#parts.interactive) this.history.add(text.trim());
    return this.#enqueue(text, options, cell => this.#runText(cell, options));
  }

  submitCommand(command: Command, words: readonly string[], line: string, options: SubmitOptions): Submission {
    return this.#enqueue(line, options, async cell => {
      const result = await this.#runCommand(cell, command, words, line, options);
      if (result.view) options.onView(result.view);
      return { exitCode: result.exitCode, leave: result.leave ?? false };
    });
  }

  #enqueue(text: string, options: SubmitOptions, body: (cell: Cell) => Promise<BodyEnd>): Submission {
    const before = this.#tail;
    const cell = new Cell(this.#next++, text, async self => {
      await before;
      return this.#runCell(self, options, body);
    });
    const abort = () => cell.cancel();
    if (options.signal?.aborted) abort();
    options.signal?.addEventListener('abort', abort, { once: true });
    this.#cells = [...this.#cells, cell];
    this.#tail = cell.done.then(() => {
      options.signal?.removeEventListener('abort', abort);
      this.#cells = this.#cells.filter(other => other !== cell);
      this.#changed();
    });
    this.#changed();
    return cell;
  }

  async #runCell(cell: Cell, options: SubmitOptions, body: (cell: Cell) => Promise<BodyEnd>): Promise<CellEnd> {
    const { signal } = cell.abort;
    const started = performance.now();
    cell.state = 'running';
    cell.startedAt = started;
    this.#changed();
    let end: BodyEnd;
    try {
      end = await body(cell);
    } catch (thrown) {
      const view = problemOf(thrown, cell, null, null);
      options.onView(view);
      end = { exitCode: view.problem.exitCode, leave: false };
    }
    cell.state = 'ended';
    const cancelled = signal.aborted && end.exitCode === exitCodes.interrupted;
    return { ...end, ms: performance.now() - started, cancelled };
  }

  /** The pieces of a text in their order, up to the first that fails. */
  async #runText(cell: Cell, options: SubmitOptions): Promise<BodyEnd> {
    const { signal } = cell.abort;
    const { pieces } = splitText(cell.text, this.#isCommand);
    for (const [index, piece] of pieces.entries()) {
      const which = pieces.length > 1 ? [`statement ${index + 1} of ${pieces.length}`] : [];
      const statement = [...(options.name === undefined ? [] : [options.name]), ...which].join(', ') || null;
      try {
        if (signal.aborted) throw new Problem('interrupted', 'cancelled before it began.');
        if (piece.kind === 'sql') {
          await this.#runSql(cell, piece, options);
          continue;
        }
        const command = this.registry.find(piece.name);
        if (!command) throw unknownCommand(piece, this.registry);
        const [, ...words] = wordsOf(piece.text);
        const result = await this.#runCommand(cell, command, words, piece.text, options);
        await shownOrOpened(result, options);
        if (result.leave || result.exitCode !== exitCodes.ok) {
          return { exitCode: result.exitCode, leave: result.leave ?? false };
        }
      } catch (thrown) {
        const view = problemOf(thrown, cell, piece, statement);
        options.onView(view);
        return { exitCode: view.problem.exitCode, leave: false };
      } finally {
        this.#changed();
      }
    }
    return { exitCode: exitCodes.ok, leave: false };
  }

  async #runSql(cell: Cell, piece: Piece, options: SubmitOptions): Promise<void> {
    const { runner, lease } = await this.#connection(options.onView, cell.abort.signal);
    cell.askPercent = () => lease.percent();
    try {
      const view = await runner.run(piece.text, {
        signal: cell.abort.signal,
        tag: `[${cell.cell}]`,
        limits: this.#parts.limits ?? promptLimits,
        lasting: this.#parts.interactive,
        ...(options.sink ? { sink: options.sink } : {}),
      });
      if (view) options.onView(view);
    } finally {
      cell.forgetPercent();
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

  async #runCommand(
    cell: Cell,
    command: Command,
    words: readonly string[],
    line: string,
    options: SubmitOptions,
  ): Promise<CommandResult> {
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

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const cell of this.#cells) cell.cancel();
    await this.#tail;
    // First the user's own transaction, for whose end a job may wait.
    await this.#unpin();
    await this.jobs.close();
    for (const stop of this.#stops.splice(0)) stop();
  }
}

/** For a first word that is neither a command's nor a statement's. */
export function unknownCommand(piece: { readonly name: string; readonly text: string }, registry: Registry): Problem {
  const [meant] = nearest(piece.name, [...registry.names], 1);
  const typed = piece.text.split(/\s/, 1)[0] ?? piece.name;
  return new Problem('usage', `there is no command ${typed}.`, {
    next: meant === undefined ? 'help  lists the commands; SQL ends in ;' : `did you mean ${meant} ?`,
  });
}

async function shownOrOpened({ open, view }: CommandResult, { onOpen, onView }: SubmitOptions): Promise<void> {
  if (open && onOpen && (await onOpen(open))) return;
  if (view) onView(view);
}

function problemOf(thrown: unknown, cell: Cell, piece: Piece | null, statement: string | null): ProblemView {
  const cancelled = cell.abort.signal.aborted && !(thrown instanceof Problem && thrown.kind === 'interrupted');
  if (cancelled || piece === null) {
    const problem = cancelled
      ? new Problem('interrupted', asProblem(thrown).message, { cause: thrown })
      : asProblem(thrown);
    return { kind: 'problem', problem, place: null, candidates: [], statement };
  }
  return statementProblem(thrown, { text: cell.text, start: piece.start, sql: piece.text, statement });
}
