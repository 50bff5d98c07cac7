/**
 * What is missing and why. A gap is a range of sessions for which there should be bars and are none: a hole between covered
 * ranges, sessions after the last one asked for, rows that were deleted, what failed and stands on the ledger, what was
 * never asked for, and what cannot be filled because the source knows no such code. No gap is what cannot be: before listing, after delisting, not published, not offered by the source.
 */
import type { Code } from '../market/code.ts';
import type { IsoDate } from '../market/date.ts';
import type { FailureClass } from '../source/outcome.ts';
import type { Database } from '../store/database.ts';
import { readFailures } from '../store/ledger.ts';
import type { Catalogue } from './catalogue.ts';
import { readCoveredCodes } from './covered-codes.ts';
import type { Range } from './holes.ts';
import { type CodeStanding, readStanding, type StandingQuestion } from './standing.ts';

export type GapKind = 'hole' | 'behind' | 'rows gone' | 'failed' | 'never asked for' | 'unknown to the source';

export interface Gap extends Range {
  readonly code: Code;
  readonly name: string;
  readonly sessions: number;
  readonly kind: GapKind;
  /** Of a failure. */
  readonly class: FailureClass | null;
  /** The command that fills it; of a code that the source does not know, the one that looks for the right one. */
  readonly fill: string;
}

export interface Gaps {
  readonly gaps: readonly Gap[];
  /** Codes that were looked at. */
  readonly codes: number;
  readonly upTo: IsoDate | null;
  /** Codes without bars to have, by the reason. */
  readonly notGaps: Readonly<Record<string, number>>;
}

/** Looks at the given codes, or at all that were ever asked for; asks nobody. */
export async function findGaps(
  database: Database,
  question: Omit<StandingQuestion, 'codes'> & { readonly codes: readonly Code[] | null },
): Promise<Gaps> {
  const { catalogue, calendar, period } = question;
  const codes = question.codes ?? (await readCoveredCodes(database, period));
  const { codes: standings, upTo } = await readStanding(database, { ...question, codes });
  const failedDays = await readFailedDays(database);
  const gaps = standings.flatMap(standing =>
    standing.holes.map((hole): Gap => {
      const { kind, class: name } = kindOf(standing, hole, failedDays, catalogue);
      return {
        code: standing.code,
        name: catalogue.get(standing.code)?.name ?? '',
        ...hole,
        sessions: calendar.countBetween(hole.from, hole.to),
        kind,
        class: name,
        fill: fillOf(standing, hole, kind, question),
      };
    }),
  );
  const notGaps: Record<string, number> = {};
  for (const { nothing, covered, asked, code } of standings) {
    const delisted = catalogue.get(code)?.delisted;
    const left = asked !== null && upTo !== null && delisted != null && delisted <= upTo && covered.length > 0;
    const why = nothing ?? (left ? 'after-delisting' : null);
    if (why !== null) notGaps[why] = (notGaps[why] ?? 0) + 1;
  }
  return { gaps, codes: codes.length, upTo, notGaps };
}

function kindOf(
  { code, failures, covered, lostRows, known, asked }: CodeStanding,
  hole: Range,
  failedDays: ReadonlyMap<IsoDate, FailureClass>,
  catalogue: Catalogue,
): { readonly kind: GapKind; readonly class: FailureClass | null } {
  const failure = failures.find(({ from, to }) => from !== null && to !== null && from <= hole.to && to >= hole.from);
  // A code that the catalogue lacks is no failure that asking again would mend.
  const stranger = !known && catalogue.size > 0 && !catalogue.get(code);
  if (stranger || (failure?.class === 'unknown-code' && !known)) return { kind: 'unknown to the source', class: null };
  if (failure) return { kind: 'failed', class: failure.class };
  const day = [...failedDays].find(([date]) => hole.from <= date && date <= hole.to);
  if (day) return { kind: 'failed', class: day[1] };
  if (lostRows) return { kind: 'rows gone', class: null };
  if (!known || !asked) return { kind: 'never asked for', class: null };
  const before = covered.some(({ to }) => to < hole.from);
  const after = covered.some(({ from }) => from > hole.to);
  if (before) return { kind: after ? 'hole' : 'behind', class: null };
  return { kind: 'never asked for', class: null };
}

function fillOf(
  { code, failures }: CodeStanding,
  { from, to }: Range,
  kind: GapKind,
  { period }: Pick<StandingQuestion, 'period'>,
): string {
  const digits = code.slice(3);
  const period_ = period === 'd' ? '' : ` --period ${period}`;
  if (kind === 'unknown to the source') return `instruments ${digits}`;
  if (kind === 'failed' && failures.length > 0) return `retry ${code}`;
  const typed = /^(sh\.6|sz\.[03])/.test(code) && !/^sz\.399/.test(code) ? digits : code;
  return kind === 'never asked for' ? `sync ${typed} --from ${from} --to ${to}${period_}` : `sync ${typed}${period_}`;
}

/** Days of the whole market that failed. */
async function readFailedDays(database: Database): Promise<ReadonlyMap<IsoDate, FailureClass>> {
  const failures = await readFailures(database, { datasets: ['day-bars'] });
  return new Map(
    failures.flatMap(({ params, class: name }) => (params.date ? [[params.date as IsoDate, name] as const] : [])),
  );
}
