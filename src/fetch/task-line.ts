/**
 * The tasks of a crew that have no fate yet: those that can be handed out now, longest first, and those that wait for their next
 * try. Promises: a task is handed out once at a time, and ends once; what comes back goes to the head.
 */
import type { Failure } from '../source/outcome.ts';
import type { Task } from '../source/source.ts';
import { codeOf, datasetOf } from '../store/task-words.ts';
import type { Assignment } from './assignment.ts';
import { longestFirst } from './order.ts';

interface Delayed {
  readonly assignment: Assignment;
  /** `performance.now()` */
  readonly dueAt: number;
}

export class TaskLine {
  /** Without a fate, wherever they are now. */
  readonly #open: Set<Assignment>;
  readonly #ready: Assignment[];
  #delayed: Delayed[] = [];

  constructor(tasks: readonly Task[] = []) {
    this.#ready = longestFirst(tasks, task => task).map(
      (task): Assignment => ({
        task,
        at: codeOf(task) ?? datasetOf(task),
        attempts: [],
        kills: 0,
        startedAt: 0,
        sinceMs: 0,
      }),
    );
    this.#open = new Set(this.#ready);
  }

  /** Tasks without a fate. */
  get open(): number {
    return this.#open.size;
  }

  /** Tasks that can be handed out now. */
  get ready(): number {
    return this.#ready.length;
  }

  has(assignment: Assignment): boolean {
    return this.#open.has(assignment);
  }

  peek(): Assignment | undefined {
    return this.#ready[0];
  }

  take(): Assignment | undefined {
    return this.#ready.shift();
  }

  /** Back to the head of the line. */
  putBack(assignment: Assignment): void {
    if (this.#open.has(assignment)) this.#ready.unshift(assignment);
  }

  /** @param dueAt `performance.now()` of its next try */
  delay(assignment: Assignment, dueAt: number): void {
    this.#delayed.push({ assignment, dueAt });
  }

  /** Puts what is due at the head of the line. */
  wake(now: number): void {
    const due = this.#delayed.filter(({ dueAt }) => dueAt <= now);
    if (due.length === 0) return;
    this.#delayed = this.#delayed.filter(({ dueAt }) => dueAt > now);
    this.#ready.unshift(...due.map(({ assignment }) => assignment));
  }

  /** The next of those that wait for a try. */
  get nextDue(): Delayed | undefined {
    return this.#delayed.reduce<Delayed | undefined>(
      (first, delayed) => (first && first.dueAt <= delayed.dueAt ? first : delayed),
      undefined,
    );
  }

  /** False: it had its fate already. */
  end(assignment: Assignment): boolean {
    return this.#open.delete(assignment);
  }

  /** What was tried and has no fate, each with its last failure. */
  tried(): readonly (readonly [Assignment, Failure])[] {
    return [...this.#open].flatMap(assignment => {
      const last = assignment.attempts.at(-1)?.outcome;
      return last && last.class !== 'ok' && last.class !== 'ok-empty' ? [[assignment, last] as const] : [];
    });
  }
}
