/**
 * How long what a dataset answered may be taken as it is. What lies in the past does not change any more; a report comes out up to
 * its deadline and is corrected for a while; lists and rates change when they change, and are looked at again after some days.
 */
import { type IsoDate, isDate, toDays } from '../market/date.ts';
import type { DatasetTask } from '../source/source.ts';
import type { Refreshed } from '../store/refreshed.ts';
import { paramsOf } from '../store/task-words.ts';

/** Days for which an answer about the present is fresh; a day where a dataset is not named. */
const days: Readonly<Record<string, number>> = {
  calendar: 7,
  'index-members': 7,
  industry: 7,
  dividends: 7,
  'deposit-rate': 7,
  'loan-rate': 7,
  'reserve-ratio': 7,
  'money-supply-month': 7,
  'money-supply-year': 7,
};

/** Last day on which the report of a quarter may come out; the year's in the year after (the exchanges' listing rules). */
const deadlines: Readonly<Record<string, string>> = { '1': '04-30', '2': '08-31', '3': '10-31', '4': '04-30' };
/** Reports are corrected for about half a year. */
const correctedDays = 180;
const correctedEvery = 30;

/** Whether the task's answer was asked for lately enough. */
export function isFresh(task: DatasetTask, refreshed: readonly Refreshed[], source: string, today: IsoDate): boolean {
  const params = paramsOf(task);
  const last = refreshed.find(one => one.source === source && paramsOf({ ...task, params: one.params }) === params);
  return last !== undefined && toDays(today) - toDays(last.day) < freshDays(task, last.day, today);
}

function freshDays({ dataset, params }: DatasetTask, asked: IsoDate, today: IsoDate): number {
  const { date, year, quarter } = params;
  if (date !== undefined && isDate(date)) return asked > date ? Number.POSITIVE_INFINITY : 1;
  if (year !== undefined && quarter !== undefined) {
    const due = `${quarter === '4' ? Number(year) + 1 : year}-${deadlines[quarter] ?? '12-31'}` as IsoDate;
    if (asked <= due) return 1;
    return toDays(asked) - toDays(due) > correctedDays ? Number.POSITIVE_INFINITY : correctedEvery;
  }
  if (year !== undefined && Number(year) < Number(today.slice(0, 4)) - 1) return Number.POSITIVE_INFINITY;
  return days[dataset] ?? 1;
}
