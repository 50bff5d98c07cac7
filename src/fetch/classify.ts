/**
 * What an answer without rows means. A provider answers an unknown code, a day that is not published and a year before the
 * listing alike: with success and nothing. So zero rows are a finding, judged by catalogue and calendar, and where
 * these say that there should be rows it is a failure, never a success.
 */
import type { Clock } from '../config/clock.ts';
import { type Calendar, published } from '../market/calendar.ts';
import type { Code } from '../market/code.ts';
import { earlier, type IsoDate, later } from '../market/date.ts';
import { tableOf } from '../market/period.ts';
import type { EmptyReason, Failure, Outcome } from '../source/outcome.ts';
import type { Answer, BarsTask, SourceName, Task } from '../source/source.ts';
import { emptyDataset } from './dataset-empty.ts';
import { judgeDay } from './day-bars.ts';

export interface Listing {
  readonly kind: string;
  readonly listed: IsoDate | null;
  readonly delisted: IsoDate | null;
}

export interface Market {
  /** Empty: no catalogue is stored, so that an unknown code cannot be told from a known one. */
  readonly listings: ReadonlyMap<Code, Listing>;
  readonly calendar: Calendar;
  /** Sessions of a range on which the code traded, by the stored daily bars; null where these do not know. */
  traded(code: Code, from: IsoDate, to: IsoDate): Promise<number | null>;
  /** Codes with a stored daily bar on a day; for judging a day of the whole market by the one before. */
  storedOn?(date: IsoDate): Promise<ReadonlySet<string>>;
}

/** Baostock has ETFs from 2026-01-05, indices from 2006-01-01, minutes from 2020-01-03 and none of indices (its documentation). */
const firstEtf = '2026-01-05' as IsoDate;
const firstIndex = '2006-01-01' as IsoDate;
const firstMinute = '2020-01-03' as IsoDate;

/** Sessions without a bar before the day on which a code leaves the exchange. */
const leavingSessions = 40;

export function rowsIn(answer: Answer, table: string): { readonly rows: number; readonly rejected: number } {
  const parts = answer.parts.filter(part => part.table === table);
  return {
    rows: parts.reduce((sum, { batch }) => sum + batch.rows, 0),
    rejected: parts.reduce((sum, { rejected }) => sum + rejected.length, 0),
  };
}

export async function classify(
  task: Task,
  answer: Answer,
  market: () => Promise<Market>,
  clock: Clock,
  source: SourceName,
  expected: ReadonlySet<Code> = new Set(),
): Promise<Outcome> {
  if (task.kind === 'dataset' && task.dataset === 'day-bars') {
    return judgeDay(task, answer, await market(), clock, expected);
  }
  if (task.kind === 'dataset') {
    const rows = answer.parts.reduce((sum, { batch }) => sum + batch.rows, 0);
    const rejected = answer.parts.reduce((sum, part) => sum + part.rejected.length, 0);
    return rows + rejected > 0 ? { class: 'ok', rows } : emptyDataset(task, await market(), clock);
  }
  const { rows, rejected } = rowsIn(answer, tableOf(task.period));
  if (rows + rejected > 0) return { class: 'ok', rows };
  return emptyBars(task, await market(), clock, source);
}

async function emptyBars(task: BarsTask, market: Market, clock: Clock, source: SourceName): Promise<Outcome> {
  const listing = market.listings.get(task.code);
  if (market.listings.size > 0 && !listing) return unknown(task.code);
  if (listing?.delisted && task.from > listing.delisted) return empty('after-delisting');
  if (listing?.listed && task.to < listing.listed) return empty('before-listing');
  const { calendar } = market;
  if (calendar.size === 0) return odd(task, 'and no calendar is stored to judge by');
  const from = listing?.listed ? later(task.from, listing.listed) : task.from;
  const to = listing?.delisted ? earlier(task.to, listing.delisted) : task.to;
  const last = published(calendar, task.period, clock);
  if (last === null || from > last) return empty('not-published');
  if (source === 'baostock' && notOffered(task, to, listing)) return empty('not-offered');
  const sessions = calendar.countBetween(from, earlier(to, last));
  if (sessions === 0) return empty('no-sessions');
  // A code leaves the exchange some time after its last bar.
  if (listing?.delisted && task.to >= listing.delisted && sessions <= leavingSessions) return empty('after-delisting');
  // The newest session may be late; it is asked for again.
  if (sessions === 1 && calendar.sessionOnOrBefore(to) === last) return empty('not-published');
  if (source === 'baostock' && task.period === 'd') return odd(task, `for ${sessions} sessions`);
  const traded = await market.traded(task.code, from, to);
  if (traded === null || traded === 0) return empty('suspended');
  return odd(task, `though it traded on ${traded} days of them`);
}

function notOffered({ period }: BarsTask, to: IsoDate, listing: Listing | undefined): boolean {
  if (period !== 'd') return listing?.kind === 'index' || to < firstMinute;
  return (listing?.kind === 'etf' && to < firstEtf) || (listing?.kind === 'index' && to < firstIndex);
}

function empty(reason: EmptyReason): Outcome {
  return { class: 'ok-empty', reason };
}

function unknown(code: string): Failure {
  return { class: 'unknown-code', message: `The provider's catalogue has no code ${code}.` };
}

function odd({ code, from, to }: BarsTask, why: string): Failure {
  return { class: 'bad-data', message: `The provider sent no bar of ${code} from ${from} to ${to}, ${why}.` };
}
