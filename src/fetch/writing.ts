/**
 * The way from the crew into the database: tasks that ended wait in a bounded line and are committed in batches, while the
 * next ones are fetched. Where much comes in, the rows of one commit are staged while the one before is being stored. What is counted here is what was committed. After a commit that failed nothing more is written.
 */
import type { Outcome } from '../source/outcome.ts';
import type { CommitRequest, Committed, EndedTask } from '../store/batch.ts';
import type { CommitOptions } from '../store/writer.ts';

export interface WritingOptions {
  readonly commit: (request: CommitRequest, how: Pick<CommitOptions, 'staged' | 'signal'>) => Promise<Committed>;
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
/** One is being stored while the rows of the next are staged. */
const mostRunning = 2;
/**
 * A crash costs what was not committed: this share of a run's tasks at the most, or what came in this time, ms, where that
 * is more. Fetching waits then, unless there are so many rows that writing them cannot be faster.
 */
const fullShare = 0.03;
const fullTasks = 6;
const fullMs = 1_200;
const fewRows = 10_000;
/** Rows in no table yet beyond which fetching waits, and below which it goes on. */
const fullRows = 700_000;
const lowRows = 550_000;

export type Unstored = Pick<CommitRequest, 'ended' | 'requests' | 'logins'>;

const nothing: Unstored = { ended: [], requests: new Map(), logins: 0 };

export class Writing {
  readonly #options: WritingOptions;
  #line: EndedTask[] = [];
  #lineRows = 0;
  /** Rows and tasks that are in no table yet: in the line and in commits that run. */
  #rows = 0;
  #tasks = 0;
  #fullTasks = Number.POSITIVE_INFINITY;
  #full = false;
  #timer: NodeJS.Timeout | null = null;
  /** When the oldest task came (`performance.now()`): of the line, and of the oldest commit that runs. */
  #lineSince = 0;
  /** Commits that run, oldest first: one is being stored, and the next is staged meanwhile. */
  readonly #running: { readonly since: number; readonly done: Promise<void> }[] = [];
  /** The commit that is being staged: no other begins. */
  #staging: symbol | null = null;
  #draining = false;
  /** Aborted by a commit that failed: the next one, which waits for its turn, gives up. */
  readonly #giveUp = new AbortController();
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
    const rows = rowsOf(ended);
    this.#line.push(ended);
    this.#lineRows += rows;
    this.#rows += rows;
    this.#tasks++;
    if (!this.#full && this.#isFull()) this.#setFull(true);
    this.#plan();
  }

  /** Commits all that waits, and what was counted beside it. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#plan();
    while ((this.#line.length > 0 || this.#running.length > 0) && !this.#failure) {
      await (this.#running[0]?.done ?? this.#begin());
    }
    await Promise.all(this.#running.map(({ done }) => done));
    this.#draining = false;
    if (!this.#failure) await this.#begin();
  }

  #plan(): void {
    if (this.#failure || this.#staging !== null || this.#line.length === 0) return;
    if (this.#lineRows >= collectRows || this.#draining || (this.#full && this.#running.length === 0)) {
      if (this.#running.length < mostRunning) void this.#begin();
      return;
    }
    if (this.#running.length > 0) return;
    this.#timer ??= setTimeout(
      () => void this.#begin(),
      Math.min(mostMs, Math.max(collectMs, collectTimes * this.#lastMs)),
    );
  }

  #isFull(): boolean {
    if (this.#rows >= fullRows) return true;
    if (this.#tasks < this.#fullTasks || this.#rows > fewRows) return false;
    return performance.now() - (this.#running[0]?.since ?? this.#lineSince) > fullMs;
  }

  #begin(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const staging = Symbol();
    this.#staging = staging;
    const staged = () => {
      if (this.#staging === staging) this.#staging = null;
      this.#plan();
    };
    const running = {
      since: this.#lineSince,
      done: this.#write(staged).finally(() => {
        this.#running.splice(this.#running.indexOf(running), 1);
        staged();
      }),
    };
    this.#running.push(running);
    return running.done;
  }

  async #write(staged: () => void): Promise<void> {
    const ended = this.#line;
    const rows = this.#lineRows;
    this.#line = [];
    this.#lineRows = 0;
    const { run, source, takeCounts, committed, failed } = this.#options;
    const { requests, logins } = takeCounts();
    if (ended.length === 0 && requests.size === 0 && logins === 0) return;
    const begun = performance.now();
    try {
      const done = await this.#options.commit(
        { run, source, ended, requests, logins },
        { staged, signal: this.#giveUp.signal },
      );
      this.#lastAt = performance.now();
      this.#lastMs = this.#lastAt - begun;
      committed(ended, done);
    } catch (error) {
      const first = this.#failure === null;
      this.#failure = {
        error: this.#failure?.error ?? error,
        unstored: joined(this.#failure?.unstored ?? nothing, { ended, requests, logins }),
      };
      if (!first) return;
      this.#giveUp.abort();
      failed(error);
      return;
    }
    this.#rows -= rows;
    this.#tasks -= ended.length;
    if (this.#full && this.#rows <= lowRows && !this.#isFull()) this.#setFull(false);
  }

  #setFull(full: boolean): void {
    this.#full = full;
    this.#options.full(full);
  }
}

function joined(one: Unstored, other: Unstored): Unstored {
  const requests = new Map(one.requests);
  for (const [key, count] of other.requests) requests.set(key, (requests.get(key) ?? 0) + count);
  return { ended: [...one.ended, ...other.ended], requests, logins: one.logins + other.logins };
}

function rowsOf({ parts }: EndedTask): number {
  return parts.reduce((sum, { batch }) => sum + batch.rows, 0);
}

/** How an outcome counts. */
export function countOf(outcome: Outcome): 'ok' | 'empty' | 'failed' {
  if (outcome.class === 'ok') return 'ok';
  return outcome.class === 'ok-empty' ? 'empty' : 'failed';
}
