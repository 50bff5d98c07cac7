/**
 * What it means that a dataset came without rows: nothing happened, or the day is closed, or nothing can be known yet, or
 * the provider never has it of such a security.
 */
import type { Clock } from '../config/clock.ts';
import { published } from '../market/calendar.ts';
import type { Code } from '../market/code.ts';
import { type IsoDate, isDate } from '../market/date.ts';
import type { EmptyReason, Outcome } from '../source/outcome.ts';
import type { DatasetTask } from '../source/source.ts';
import type { Listing, Market } from './classify.ts';

/** Minute of the day in Shanghai from which a session's factors are out: 18:00 (Baostock's documentation). */
const factorMinute = 18 * 60;

/** The provider has these of companies alone. */
const ofCompanies: ReadonlySet<string> = new Set([
  'industry',
  'dividends',
  'profit',
  'operation',
  'growth',
  'dupont',
  'balance',
  'cash-flow',
  'express',
  'forecast',
]);

/** Last day on which the report of a quarter may come out, by the exchanges' listing rules; the year's in the year after. */
const deadlines: Readonly<Record<string, string>> = { '1': '04-30', '2': '08-31', '3': '10-31', '4': '04-30' };

export function emptyDataset(task: DatasetTask, market: Market, clock: Clock): Outcome {
  const { code } = task.params;
  const listing = market.listings.get(code as Code);
  if (code && market.listings.size > 0 && !listing) {
    return { class: 'unknown-code', message: `The provider's catalogue has no code ${code}.` };
  }
  const reason = reasonOf(task, listing, market, clock);
  if (reason === 'no-events' && isNeverEmpty(task)) {
    const { date } = task.params;
    return {
      class: 'bad-data',
      message: `The provider's ${task.dataset} list${date ? ` of ${date}` : ''} came empty, though there are such stocks on every session since ${firstSt}: it lacks that list, or has none so old.`,
    };
  }
  return { class: 'ok-empty', reason };
}

/** First session with stocks under special treatment: the regulator's rule of 1998-03-16, 沈阳物资 (000511) the first since 1998-04-28. */
const firstSt = '1998-04-28';

/** Lists of the market that hold somebody on every session. */
function isNeverEmpty({ dataset, params: { date } }: DatasetTask): boolean {
  return dataset === 'st' && (date === undefined || date >= firstSt);
}

function reasonOf(
  { dataset, params }: DatasetTask,
  listing: Listing | undefined,
  market: Market,
  clock: Clock,
): EmptyReason {
  if (listing && listing.kind !== 'stock' && ofCompanies.has(dataset)) return 'not-offered';
  const { date, year, quarter } = params;
  if (date && isDate(date) && market.calendar.knows(date)) return onDay(dataset, date, market, clock);
  if (year && quarter) {
    const due = `${quarter === '4' ? Number(year) + 1 : year}-${deadlines[quarter]}` as IsoDate;
    if (listing?.delisted && due > listing.delisted) return 'after-delisting';
    if (clock.today() <= due) return 'not-published';
  }
  if (year && listing?.delisted && `${year}-01-01` > listing.delisted) return 'after-delisting';
  if (year && listing?.listed && `${year}-12-31` < listing.listed) return 'before-listing';
  return 'no-events';
}

function onDay(dataset: string, date: IsoDate, { calendar }: Market, clock: Clock): EmptyReason {
  if (!calendar.isOpen(date)) return 'no-sessions';
  if (dataset === 'factors') {
    const out = date < clock.today() || (date === clock.today() && clock.minuteOfDay() >= factorMinute);
    return out ? 'no-events' : 'not-published';
  }
  const last = published(calendar, 'd', clock);
  return last === null || date >= last ? 'not-published' : 'no-events';
}
