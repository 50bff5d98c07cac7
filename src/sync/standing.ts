/**
 * What is missing of each code: its calendar, cut to its listing, to what is published and to what the source offers, less
 * what is covered. Coverage is believed only where it has as many rows as were recorded; where daily rows were deleted by
 * hand, the sessions without a row are missing and the rest of the range is not.
 */
import type { Clock } from '../config/clock.ts';
import { type Calendar, published } from '../market/calendar.ts';
import type { Code } from '../market/code.ts';
import { addMonths, earlier, type IsoDate } from '../market/date.ts';
import { type Period, tableOf } from '../market/period.ts';
import type { EmptyReason } from '../source/outcome.ts';
import type { SourceName } from '../source/source.ts';
import { type CoveredRange, readCoverage } from '../store/coverage.ts';
import type { Database } from '../store/database.ts';
import { type LedgerFailure, readFailures } from '../store/ledger.ts';
import { dateValue, readDate } from '../store/values.ts';
import type { Catalogue } from './catalogue.ts';
import { holesIn, ontoSessions, type Range } from './holes.ts';
import { cutRange } from './planner.ts';

export interface StandingQuestion {
  readonly codes: readonly Code[];
  /** Null: each code from its first covered day, one year back where it has none. */
  readonly from: IsoDate | null;
  /** Null: the last published session. */
  readonly to: IsoDate | null;
  readonly period: Period;
  readonly clock: Clock;
  readonly source: SourceName;
  readonly catalogue: Catalogue;
  readonly calendar: Calendar;
}

export interface CodeStanding {
  readonly code: Code;
  /** From session to session; null where no bar can be, and `nothing` says why. */
  readonly asked: Range | null;
  readonly nothing: EmptyReason | null;
  readonly holes: readonly Range[];
  /** Whole ranges as recorded. */
  readonly covered: readonly Range[];
  /** False: never asked for. */
  readonly known: boolean;
  /** True: rows are gone that had been stored. */
  readonly lostRows: boolean;
  /** What stands on the ledger for it. */
  readonly failures: readonly LedgerFailure[];
}

export interface Standing {
  /** The last session that is published and asked for; null where none is. */
  readonly upTo: IsoDate | null;
  readonly codes: readonly CodeStanding[];
}

export async function readStanding(database: Database, question: StandingQuestion): Promise<Standing> {
  const { codes, period, clock, catalogue, calendar } = question;
  const table = tableOf(period);
  const coverage = await readCoverage(database, table, codes);
  const whole = await wholeParts(database, calendar, table, codes, coverage);
  const failures = await failuresByCode(database, table);
  const out = published(calendar, period, clock);
  const to = question.to ?? out ?? clock.today();
  const yearBack = addMonths(earlier(clock.today(), out ?? clock.today()), -12);
  const standings = codes.map((code): CodeStanding => {
    const ranges = coverage.get(code) ?? [];
    const covered = whole.get(code) ?? [];
    const from = question.from ?? ranges[0]?.from ?? yearBack;
    const rest = {
      code,
      covered,
      known: ranges.length > 0,
      lostRows: ranges.some(range => !range.whole),
      failures: failures.get(code) ?? [],
    };
    const cut =
      from > to
        ? question.to === null
          ? 'not-published'
          : 'no-sessions'
        : cutRange(code, { ...question, from, to }, catalogue, calendar, out);
    if (typeof cut === 'string') return { ...rest, asked: null, nothing: cut, holes: [] };
    return { ...rest, asked: cut, nothing: null, holes: holesIn(calendar, cut, covered) };
  });
  return { upTo: out === null ? null : calendar.sessionOnOrBefore(earlier(to, out)), codes: standings };
}

/** What of the covered ranges is there: whole ranges, and of thinner daily ones the parts with a row for each session. */
async function wholeParts(
  database: Database,
  calendar: Calendar,
  table: string,
  codes: readonly Code[],
  coverage: ReadonlyMap<Code, readonly CoveredRange[]>,
): Promise<ReadonlyMap<Code, readonly Range[]>> {
  const parts = new Map<Code, Range[]>();
  const thin: CoveredRange[] = [];
  for (const code of codes) {
    const ranges = coverage.get(code) ?? [];
    parts.set(
      code,
      ranges.filter(({ whole }) => whole),
    );
    thin.push(...ranges.filter(({ whole, rows, stored }) => !whole && stored < rows));
  }
  if (table !== 'daily' || thin.length === 0) return parts;
  for (const range of thin) {
    const found = await storedParts(database, calendar, range);
    parts.get(range.code)?.push(...found);
  }
  return parts;
}

async function storedParts(database: Database, calendar: Calendar, { code, from, to }: CoveredRange): Promise<Range[]> {
  const { rows } = await database.pool.query(
    'select date, count(*) from daily where code = $code and date between $from and $to group by date order by date',
    { code, from: dateValue(from), to: dateValue(to) },
    { tag: 'coverage' },
  );
  if (rows.some(([, count]) => Number(count) > 1)) return [];
  const parts: { from: IsoDate; to: IsoDate }[] = [];
  for (const [value] of rows) {
    const day = readDate(value);
    if (day === null) continue;
    const last = parts.at(-1);
    if (last && calendar.sessionBefore(day) === last.to) last.to = day;
    else parts.push({ from: day, to: day });
  }
  return parts.filter(part => ontoSessions(calendar, part) !== null);
}

async function failuresByCode(database: Database, table: string): Promise<ReadonlyMap<string, LedgerFailure[]>> {
  const byCode = new Map<string, LedgerFailure[]>();
  for (const failure of await readFailures(database, { datasets: [table] })) {
    if (failure.code === null) continue;
    const known = byCode.get(failure.code);
    if (known) known.push(failure);
    else byCode.set(failure.code, [failure]);
  }
  return byCode;
}
