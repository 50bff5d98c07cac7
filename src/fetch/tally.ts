/**
 * What a run counts of its tasks, moved only by what was committed: planned = ok + empty + failed + left at any time. Before it is planned
 * nothing counts, since catalogue and calendar are no tasks of the plan.
 */
import type { Code } from '../market/code.ts';
import type { Outcome } from '../source/outcome.ts';
import type { Committed, EndedTask } from '../store/batch.ts';
import { codeOf, datasetOf } from '../store/task-words.ts';
import type { Counts, RunEvent } from './events.ts';
import { noCounts } from './progress.ts';
import { countOf } from './writing.ts';

export class Tally {
  #counts: Counts = noCounts;
  #planned = false;
  readonly #outcomes = new Map<Code, Outcome>();

  get planned(): boolean {
    return this.#planned;
  }

  /** Messages and logins are the policy's to count. */
  get counts(): Counts {
    return this.#counts;
  }

  get outcomes(): ReadonlyMap<Code, Outcome> {
    return this.#outcomes;
  }

  plan(planned: number): void {
    this.#planned = true;
    this.#counts = { ...this.#counts, planned, left: planned };
  }

  /** Counts a commit; how each of its tasks ended, for who listens. */
  add(ended: readonly EndedTask[], committed: Committed): RunEvent[] {
    const counts = { ...this.#counts };
    for (const { task, outcome } of ended) {
      counts[countOf(outcome)] += 1;
      counts.left -= 1;
      if (task.kind === 'bars') this.#note(task.code, outcome);
    }
    counts.rows += committed.rows;
    counts.quarantined += committed.quarantined;
    this.#counts = counts;
    return ended.map(({ task, outcome, attempts }) => ({
      type: 'task',
      at: codeOf(task) ?? datasetOf(task),
      outcome,
      attempts: attempts.length,
      rows: committed.rowsOf.get(task.id) ?? 0,
    }));
  }

  /** So many tasks ended and could not be stored. */
  lose(tasks: number): void {
    const { failed, left } = this.#counts;
    this.#counts = { ...this.#counts, failed: failed + tasks, left: left - tasks };
  }

  /** Of several tasks of one code the failure counts. */
  #note(code: Code, outcome: Outcome): void {
    const before = this.#outcomes.get(code);
    if (!before || countOf(before) !== 'failed') this.#outcomes.set(code, outcome);
  }
}
