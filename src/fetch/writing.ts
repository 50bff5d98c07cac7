/**
 * The way from the crew into the database: tasks that ended wait in a bounded line and are committed in batches, while the
 * next ones are fetched. What is counted here is what was committed. After a commit that failed nothing more is written.
 */
import type { Outcome } from '../source/outcome.ts';
import type { CommitRequest, Committed, EndedTask } from '../store/batch.ts';

export interface WritingOptions {
  readonly commit: (request: CommitRequest) => Promise<Committed>;
  readonly run: number;
  readonly source: string;
  /** Messages by key since the last commit, and logins; taken for a commit. */
  readonly takeCounts: () => { readonly requests: ReadonlyMap<string, number>; readonly logins: number };
  /** True while the line is full: no new task should begin. */
  readonly full: (full: boolean) => void;
  readonly committed: (ended: readonly EndedTask[], committed: Committed) => void;
  /** The first commit that failed. */
  readonly failed: (error: unknown) => void;
}

/**
 * A commit holds what came in this time, ms, or as many rows; whichever is first. Where commits take long the time is
 * so many times the length of the last one, so that writing never takes the processor from fetching; but never so long that
 * a crash would cost much. Rows beyond a row group of the engine (122,880) are written to their place at once, without its log.
 */
const collectMs = 200;
const collectTimes = 4;
const mostMs = 1_000;
const collectRows = 250_000;
/**
 * A crash costs what was not committed: this share of a run's tasks at the most, or what came in this time, ms, where that
 * is more. Fetching waits then, unless there are so many rows that writing them cannot be faster.
 */
const fullShare = 0.03;
const fullTasks = 6;
const fullMs = 1_200;
const fewRows = 10_000;
/** Rows in the line beyond which fetching waits, and below which it goes on. */
const fullRows = 400_000;
const lowRows = 250_000;

export type Unstored = Pick<CommitRequest, 'ended' | 'requests' | 'logins'>;

const nothing: Unstored = { ended: [], requests: new Map(), logins: 0 };

export class Writing {
  readonly #options: WritingOptions;
  #line: EndedTask[] = [];
  #rows = 0;
  /** Tasks in the line and in the commit that runs. */
  #tasks = 0;
  #fullTasks = Number.POSITIVE_INFINITY;
  #full = false;
  #timer: NodeJS.Timeout | null = null;
  /** When the oldest task came (`performance.now()`) of those in the line, and of those in the commit. */
  #lineSince = 0;
  #runningSince = 0;
  #running: Promise<void> | null = null;
  #lastAt = 0;
  #lastMs = 0;
  #failure: { readonly error: unknown; readonly unstored: Unstored } | null = null;

  constructor(options: WritingOptions) {
    this.#options = options;
  }

  /** Time (`performance.now()`) of the end of the last commit. */
  get lastAt(): number {
    return this.#lastAt;
  }

  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /** What ended and is in no table, and the messages that no commit counted; after a commit that failed. */
  get unstored(): Unstored {
    const { ended, requests, logins } = this.#failure?.unstored ?? nothing;
    return { ended: [...ended, ...this.#line], requests, logins };
  }

  /** How many tasks are to come. */
  expect(tasks: number): void {
    this.#fullTasks = Math.max(fullTasks, Math.floor(tasks * fullShare));
  }

  add(ended: EndedTask): void {
    if (this.#line.length === 0) this.#lineSince = performance.now();
    this.#line.push(ended);
    this.#rows += rowsOf(ended);
    this.#tasks++;
    if (!this.#full && this.#isFull()) this.#setFull(true);
    this.#plan();
  }

  /** Commits all that waits, and what was counted beside it. */
  async drain(): Promise<void> {
    while ((this.#line.length > 0 || this.#running) && !this.#failure) await (this.#running ?? this.#begin());
    await this.#running;
    if (!this.#failure) await this.#begin();
  }

  #plan(): void {
    if (this.#running || this.#failure) return;
    if (this.#rows >= collectRows || this.#full) {
      void this.#begin();
      return;
    }
    this.#timer ??= setTimeout(
      () => void this.#begin(),
      Math.min(mostMs, Math.max(collectMs, collectTimes * this.#lastMs)),
    );
  }

  #isFull(): boolean {
    if (this.#rows >= fullRows) return true;
    if (this.#tasks < this.#fullTasks || this.#rows > fewRows) return false;
    return performance.now() - (this.#running ? this.#runningSince : this.#lineSince) > fullMs;
  }

  #begin(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#running = this.#write().finally(() => {
      this.#running = null;
      if (this.#line.length > 0) this.#plan();
    });
    return this.#running;
  }

  async #write(): Promise<void> {
    const ended = this.#line;
    this.#line = [];
    this.#runningSince = this.#lineSince;
    const { run, source, takeCounts, committed, failed } = this.#options;
    const { requests, logins } = takeCounts();
    if (ended.length === 0 && requests.size === 0 && logins === 0) return;
    const rows = ended.reduce((sum, task) => sum + rowsOf(task), 0);
    const begun = performance.now();
    try {
      const done = await this.#options.commit({ run, source, ended, requests, logins });
      this.#lastAt = performance.now();
      this.#lastMs = this.#lastAt - begun;
      committed(ended, done);
    } catch (error) {
      this.#failure = { error, unstored: { ended, requests, logins } };
      failed(error);
      return;
    }
    this.#rows -= rows;
    this.#tasks -= ended.length;
    this.#runningSince = this.#lineSince;
    if (this.#full && this.#rows <= lowRows && !this.#isFull()) this.#setFull(false);
  }

  #setFull(full: boolean): void {
    this.#full = full;
    this.#options.full(full);
  }
}

function rowsOf({ parts }: EndedTask): number {
  return parts.reduce((sum, { batch }) => sum + batch.rows, 0);
}

/** How an outcome counts. */
export function countOf(outcome: Outcome): 'ok' | 'empty' | 'failed' {
  if (outcome.class === 'ok') return 'ok';
  return outcome.class === 'ok-empty' ? 'empty' : 'failed';
}
