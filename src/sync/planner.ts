/**
 * What has to be asked for: (calendar ∩ listing ∩ published ∩ offered) less what is covered, interior holes included. A
 * covered range whose stored rows are not as many as were recorded is missing. Days that are not published, or that the
 * calendar does not know, are unknown and never planned.
 */
import type { Clock } from '../config/clock.ts';
import type { AskedRange, Plan } from '../fetch/request.ts';
import { type Calendar, published } from '../market/calendar.ts';
import type { Code } from '../market/code.ts';
import { earlier, type IsoDate, later, toDays } from '../market/date.ts';
import { type Period, tableOf } from '../market/period.ts';
import type { EmptyReason } from '../source/outcome.ts';
import type { BarsTask, SourceName } from '../source/source.ts';
import { type CoveredRange, readCoverage } from '../store/coverage.ts';
import type { Database } from '../store/database.ts';
import { readRefreshed } from '../store/refreshed.ts';
import { type Catalogue, loadCatalogue } from './catalogue.ts';
import { coalesced, holesIn, ontoSessions, type Range } from './holes.ts';
import { hasFactors, offeredSince } from './offered.ts';
import { loadCalendar } from './trading-days.ts';

export interface PlanQuestion {
  readonly codes: readonly Code[];
  /** Both included. */
  readonly from: IsoDate;
  readonly to: IsoDate;
  readonly period: Period;
  readonly clock: Clock;
  readonly source: SourceName;
  /** Where the caller has loaded them already. */
  readonly catalogue?: Catalogue;
  readonly calendar?: Calendar;
}

/** Plans against what is stored; asks nobody and writes nothing. */
export async function planFetch(database: Database, question: PlanQuestion): Promise<Plan> {
  const { codes, period, clock, source } = question;
  const catalogue = question.catalogue ?? (await loadCatalogue(database));
  const calendar = question.calendar ?? (await loadCalendar(database));
  const coverage = await readCoverage(database, tableOf(period), codes);
  const settled = await codesWithFactors(database, source, calendar, clock);
  const upTo = published(calendar, period, clock);

  const tasks: BarsTask[] = [];
  const asked: AskedRange[] = [];
  const covered: Code[] = [];
  const pointless: { code: Code; reason: EmptyReason }[] = [];
  for (const code of codes) {
    const cut = cutRange(code, question, catalogue, calendar, upTo);
    if (typeof cut === 'string') {
      pointless.push({ code, reason: cut });
      asked.push({ code, from: question.from, to: question.to });
      continue;
    }
    asked.push({ code, ...cut });
    const holes = coalesced(calendar, holesIn(calendar, cut, wholeRanges(coverage.get(code))), period);
    if (holes.length === 0) covered.push(code);
    for (const [index, hole] of holes.entries()) {
      const factors = index === holes.length - 1 && hasFactors(catalogue.kindOf(code)) && !settled.has(code);
      tasks.push({ kind: 'bars', id: tasks.length + 1, code, period, ...hole, factors });
    }
  }
  return { tasks, asked, covered, pointless };
}

function wholeRanges(ranges: readonly CoveredRange[] | undefined): readonly Range[] {
  return (ranges ?? []).filter(({ whole }) => whole);
}

/** The range as far as there can be bars, from session to session; else why there can be none. */
export function cutRange(
  code: Code,
  { from, to, period, source }: Pick<PlanQuestion, 'from' | 'to' | 'period' | 'source'>,
  catalogue: Catalogue,
  calendar: Calendar,
  upTo: IsoDate | null,
): Range | EmptyReason {
  const instrument = catalogue.get(code);
  const since = offeredSince(source, code, catalogue.kindOf(code), period);
  if (since === null) return 'not-offered';
  if (instrument?.listed && to < instrument.listed) return 'before-listing';
  if (instrument?.delisted && from > instrument.delisted) return 'after-delisting';
  if (to < since) return 'not-offered';
  if (upTo === null || from > upTo) return 'not-published';
  const start = later(later(from, since), instrument?.listed ?? from);
  const end = earlier(earlier(to, upTo), instrument?.delisted ?? to);
  if (start > upTo) return 'not-published';
  return (start <= end && ontoSessions(calendar, { from: start, to: end })) || 'no-sessions';
}

/** Minute of the day in Shanghai from which a session's factors are out: 18:00 (Baostock's documentation). */
const factorMinute = 18 * 60;

/** Codes whose factors were asked for after the last time that new ones can have appeared. */
async function codesWithFactors(
  database: Database,
  source: SourceName,
  calendar: Calendar,
  clock: Clock,
): Promise<ReadonlySet<string>> {
  const today = clock.today();
  const session =
    clock.minuteOfDay() >= factorMinute ? calendar.sessionOnOrBefore(today) : calendar.sessionBefore(today);
  if (session === null) return new Set();
  const appeared = toDays(session) * 86_400_000 + (factorMinute - 8 * 60) * 60_000;
  const refreshed = await readRefreshed(database, 'adj_factors');
  return new Set(
    refreshed.filter(entry => entry.source === source && entry.at >= appeared).map(({ params }) => params.code ?? ''),
  );
}
