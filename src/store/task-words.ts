/** What a task is about, in the words of the bookkeeping. */
import type { IsoDate } from '../market/date.ts';
import { tableOf } from '../market/period.ts';
import type { Outcome } from '../source/outcome.ts';
import type { Task } from '../source/source.ts';

/** The table of bars that a task fills (`daily`, `min5` …), or the name of its dataset. */
export function datasetOf(task: Task): string {
  return task.kind === 'bars' ? tableOf(task.period) : task.dataset;
}

/** The one security that a task is about, if it is about one. */
export function codeOf(task: Task): string | null {
  return task.kind === 'bars' ? task.code : (task.params.code ?? null);
}

/** Parameters of a dataset task as JSON in the order of their names, so that equal ones are equal texts; `{}` for bars. */
export function paramsOf(task: Task): string {
  if (task.kind === 'bars') return '{}';
  return JSON.stringify(Object.fromEntries(Object.entries(task.params).sort(([a], [b]) => (a < b ? -1 : 1))));
}

export function rangeOf(task: Task): { readonly from: IsoDate | null; readonly to: IsoDate | null } {
  return task.kind === 'bars' ? { from: task.from, to: task.to } : { from: null, to: null };
}

export function endedWell(outcome: Outcome): boolean {
  return outcome.class === 'ok' || outcome.class === 'ok-empty';
}
