/**
 * The order of tasks: the longest first, so that none is started last and makes the others wait (Graham's LPT rule: the end
 * is at most 4/3 of the best possible one). The measure is the rows a task will bring, estimated from its range and period.
 */
import type { Period } from '../market/period.ts';
import type { Task } from '../source/source.ts';

/** Bars of one full session. */
const barsASession: Readonly<Record<Period, number>> = { d: 1, '5': 48, '15': 16, '30': 8, '60': 4 };
/** Sessions of a year / its days: about 243 of 365. */
const sessionsADay = 243 / 365;
/** A page of the newest client. */
const defaultPage = 2_000;

/** Rows that a task will bring, at least 1; a dataset's are unknown and taken for a page. */
export function estimatedRows(task: Task): number {
  if (task.kind === 'dataset') return defaultPage;
  const days = (Date.parse(task.to) - Date.parse(task.from)) / 86_400_000 + 1;
  return Math.max(1, Math.round(days * sessionsADay * barsASession[task.period]));
}

/** Messages that a task will need. */
export function estimatedMessages(task: Task, pageSize = defaultPage): number {
  const pages = Math.floor(estimatedRows(task) / pageSize) + 1;
  return task.kind === 'bars' && task.factors ? pages + 1 : pages;
}

/** Longest first; equals keep their order, so that a run's order is the same each time. */
export function longestFirst<T>(items: readonly T[], taskOf: (item: T) => Task): T[] {
  return items
    .map(item => ({ item, rows: estimatedRows(taskOf(item)) }))
    .sort((a, b) => b.rows - a.rows)
    .map(({ item }) => item);
}
