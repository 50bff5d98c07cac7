/**
 * One prompt's state, without a screen: the pinned connection, the cell numbers, what runs and what waits. The live shell,
 * `-c`, `-f` and standard input are front ends over it.
 */
import type { View } from '../output/view.ts';
import type { Registry } from './command.ts';
import type { Engine } from './engine.ts';
import type { History } from './history.ts';
import type { Jobs } from './jobs.ts';
import type { Openness } from './statements.ts';

export interface SubmitOptions {
  /** Views in order of their making; a problem is a view too. The last comes before `done` resolves. */
  readonly onView: (view: View) => void;
  /** Cancels this submission; the session stays intact. */
  readonly signal?: AbortSignal;
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
  /** Never rejects. */
  readonly done: Promise<CellEnd>;
  cancel(): void;
}

export interface PromptStatus {
  /** Number the next submission gets. */
  readonly nextCell: number;
  /** A transaction of the user is open; `aborted` after an error in it. */
  readonly transaction: 'none' | 'open' | 'aborted';
  readonly readOnly: boolean;
  /** Sentence parts under the prompt, only what is true: `1 session behind`. */
  readonly notes: readonly string[];
}

/** The line on top of a fresh shell, and what to type when the file is empty. */
export interface Greeting {
  readonly view: readonly import('../output/line.ts').Line[];
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
  /** What keeps the text from being complete; null when Enter runs it. */
  openness(text: string): Openness | null;
  status(): PromptStatus;
  /** Opens the file and reads what the greeting says; rejects with a Problem when the file cannot be opened. */
  greeting(screen: import('../output/line.ts').Screen): Promise<Greeting>;
  /** Told whenever status or submissions change. Returns the way to stop listening. */
  on(listener: () => void): () => void;
  /** Cancels what runs, ends the jobs, gives the connection back. The engine is closed by its owner. */
  close(): Promise<void>;
}
