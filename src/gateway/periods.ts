/** Weekly and monthly bars from daily ones, in the provider's columns. Prices keep the cells of the day they come from. */
import { splitNames, weeklyFields } from '../source/baostock/messages.ts';
import type { Row, Series } from './market.ts';

const columns = splitNames(weeklyFields);
const day = 86_400_000;

function periodOf(date: string, period: 'w' | 'm'): string | number {
  if (period === 'm') return date.slice(0, 7);
  const number = Date.parse(date) / day;
  return number - ((number + 3) % 7);
}

/**
 * A bar stands under the last session of its period. That of the running period is left out: `complete` tells whether the
 * period of a date holds no later session.
 */
export function joinDays(daily: Series, period: 'w' | 'm', complete: (date: string) => boolean): Series {
  const groups: { readonly from: number; to: number; readonly key: string | number }[] = [];
  for (let index = 0; index < daily.length; index++) {
    const key = periodOf(daily.dateAt(index), period);
    const group = groups.at(-1);
    if (group?.key === key) group.to = index;
    else groups.push({ from: index, to: index, key });
  }
  const last = groups.at(-1);
  if (last && !complete(daily.dateAt(last.to))) groups.pop();
  const at = (name: string) => daily.columns.indexOf(name);
  const [open, high, low, close, preclose, volume, amount, turn, status] = [
    at('open'),
    at('high'),
    at('low'),
    at('close'),
    at('preclose'),
    at('volume'),
    at('amount'),
    at('turn'),
    at('tradestatus'),
  ] as [number, number, number, number, number, number, number, number, number];
  const number = (row: Row, index: number) => Number(row[index] ?? 0);
  return {
    columns,
    length: groups.length,
    dateAt: index => daily.dateAt((groups[index] as { to: number }).to),
    row: index => {
      const { from, to } = groups[index] as { from: number; to: number };
      const rows: Row[] = [];
      for (let i = from; i <= to; i++) rows.push(daily.row(i));
      const traded = rows.filter(row => row[status] !== '0');
      const used = traded.length > 0 ? traded : rows;
      const best = (column: number, better: (a: number, b: number) => boolean) =>
        used.reduce((one, row) => (better(number(row, column), number(one, column)) ? row : one))[column] ?? '';
      const newest = rows.at(-1) as Row;
      const change = rows.reduce((product, row) => (product * number(row, close)) / number(row, preclose), 1) - 1;
      return [
        daily.dateAt(to),
        newest[at('code')] ?? '',
        used[0]?.[open] ?? '',
        best(high, (a, b) => a > b),
        best(low, (a, b) => a < b),
        newest[close] ?? '',
        String(traded.reduce((sum, row) => sum + number(row, volume), 0)),
        traded.reduce((sum, row) => sum + number(row, amount), 0).toFixed(4),
        newest[at('adjustflag')] ?? '',
        traded.length > 0 ? traded.reduce((sum, row) => sum + number(row, turn), 0).toFixed(6) : '',
        Number.isFinite(change) ? (change * 100).toFixed(6) : '',
      ];
    },
  };
}

/** Whether a week or month of a calendar is over at one of its sessions: no later session of it is known. */
export function periodIsOver(sessions: readonly string[], period: 'w' | 'm'): (date: string) => boolean {
  return date => {
    const next = sessions.find(session => session > date);
    return next === undefined || periodOf(next, period) !== periodOf(date, period);
  };
}
