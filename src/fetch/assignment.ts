/** A task on its way through a crew: what was tried so far. */
import type { Task } from '../source/source.ts';
import type { Attempt } from '../store/batch.ts';

export interface Assignment {
  readonly task: Task;
  /** What a person calls it: the code, or the name of the dataset. */
  readonly at: string;
  readonly attempts: Attempt[];
  /** Workers that died with it in their hands. */
  kills: number;
  /** Clock time (ms) at which the present try began. */
  startedAt: number;
  /** The same on the process' own clock, `performance.now()`. */
  sinceMs: number;
}
