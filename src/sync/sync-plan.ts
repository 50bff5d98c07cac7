/**
 * The plan of a sync: what is missing, asked for with the fewest requests. Everybody's last days go by date, one request a
 * session for the whole market; new codes, long ranges and single holes go by code; what stands on the ledger as unknown or
 * unsound is left to `retry`; what no request can bring makes none. Made from what is stored; asks nobody, writes nothing.
 */
import type { AskedRange, Plan } from '../fetch/request.ts';
import type { Code, SecurityKind } from '../market/code.ts';
import { addMonths, type IsoDate } from '../market/date.ts';
import type { FailureClass } from '../source/outcome.ts';
import type { BarsTask, DatasetTask, Task } from '../source/source.ts';
import type { Database } from '../store/database.ts';
import { daySeconds, daysByDate, groupedByHoles, pageSeconds, pagesOf, without } from './cost.ts';
import { type FactorsDue, factorsDue } from './factors-due.ts';
import { coalesced, holesIn, type Range } from './holes.ts';
import { type CodeStanding, readStanding, type StandingQuestion } from './standing.ts';

export interface SyncQuestion extends StandingQuestion {
  /** True: the codes were named one by one, and what failed before is asked for again. */
  readonly named: boolean;
}

/** One kind of work of a plan. */
export interface PlanLine {
  readonly what: string;
  readonly how: 'by date' | 'by code' | null;
  readonly codes: number;
  readonly sessions: number;
  readonly requests: number;
  readonly why: string;
}

export interface SyncPlan extends Plan {
  /** Last session that is published and asked for. */
  readonly upTo: IsoDate | null;
  readonly lines: readonly PlanLine[];
  readonly requests: number;
  /** Seconds of all answers one after the other. */
  readonly seconds: number;
}

/** Failures that asking again does not mend by itself. */
const settledClasses: readonly FailureClass[] = ['unknown-code', 'bad-request', 'bad-data', 'poison'];
/**
 * Of the codes that lack nothing or only the newest session, so many have that one where it is there whole: the few without it have
 * none. Where more are without, the provider is not done with the day.
 */
const enough = 0.9;
const mostWithout = { share: 0.01, codes: 2 };

type DayKind = 'stock' | 'etf';

export async function planSync(database: Database, question: SyncQuestion): Promise<SyncPlan> {
  const { calendar, catalogue, period } = question;
  const { upTo, codes } = await readStanding(database, question);
  const whole = wholeKinds(codes, upTo, question);
  const left: CodeStanding[] = [];
  const wanted: { readonly standing: CodeStanding; readonly holes: readonly Range[] }[] = [];
  for (const standing of codes) {
    const holes = wantedHoles(standing, question, whole.has(catalogue.kindOf(standing.code)) ? upTo : null);
    if (holes.length > 0) wanted.push({ standing, holes });
    else if (standing.holes.length > 0) left.push(standing);
  }

  const builder = new TaskList();
  const byDate = new Map<DayKind, ReadonlySet<IsoDate>>();
  for (const kind of ['stock', 'etf'] as const) {
    const ofKind = wanted.filter(({ standing }) => catalogue.kindOf(standing.code) === kind);
    const size = listedCount(question, kind, upTo);
    const days =
      period === 'd' && question.source === 'baostock' && ofKind.length > 1
        ? daysByDate(
            calendar,
            groupedByHoles(ofKind, ({ holes }) => holes),
            size,
          )
        : new Set<IsoDate>();
    byDate.set(kind, days);
    for (const day of [...days].sort()) {
      const expected = ofKind.filter(({ holes }) => holes.some(({ from, to }) => from <= day && day <= to));
      builder.day(day, kind, new Set(expected.map(({ standing }) => standing.code)), daySeconds(size));
    }
  }

  const asked = codes.flatMap(({ code, asked: range }): AskedRange[] => (range ? [{ code, ...range }] : []));
  const due = await factorsDue(
    database,
    asked.map(({ code }) => code),
    question,
  );
  const withBars = new Set<Code>();
  for (const { standing, holes } of wanted) {
    const { code } = standing;
    const days = byDate.get(catalogue.kindOf(code) as DayKind) ?? new Set<IsoDate>();
    const rest = coalesced(calendar, without(calendar, holes, days), period);
    for (const [index, hole] of rest.entries()) {
      const factors = index === rest.length - 1 && due.histories.has(code);
      if (factors) withBars.add(code);
      builder.bars(standing, hole, factors, question, pagesOf(calendar, hole, period));
    }
  }
  addFactors(builder, due, withBars, question);

  const covered = codes.filter(({ asked: range, holes }) => range !== null && holes.length === 0);
  const keeps = keptCodes(question);
  return {
    tasks: builder.tasks,
    asked,
    covered: covered.map(({ code }) => code),
    pointless: pointlessOf(codes, question),
    expects: builder.expects,
    ...(keeps ? { keeps } : {}),
    upTo,
    lines: [...builder.lines(), ...quietLines(codes, covered, left)],
    requests: builder.requests,
    seconds: builder.seconds,
  };
}

/** The holes less what is not to be asked for: the ledger's settled cases, and a newest session that has no row of the code. */
function wantedHoles(
  { holes, failures, lostRows }: CodeStanding,
  { calendar, named }: SyncQuestion,
  wholeDay: IsoDate | null,
): Range[] {
  if (named) return [...holes];
  const settled = failures.flatMap(({ class: name, from, to }) =>
    settledClasses.includes(name) && from !== null && to !== null ? [{ from, to }] : [],
  );
  const rest = settled.length === 0 ? holes : holes.flatMap(hole => holesIn(calendar, hole, settled));
  return rest.filter(({ from, to }) => lostRows || wholeDay === null || from !== wholeDay || to !== wholeDay);
}

/**
 * Codes asked for beyond the end of the provider's calendar: nothing is known there, which is not the same as complete. Of codes that
 * were named one by one also those that the source does not offer, or not yet.
 */
function pointlessOf(codes: readonly CodeStanding[], { calendar, clock, named }: SyncQuestion): Plan['pointless'] {
  const told = [
    ...(named || !calendar.knows(clock.today()) ? ['not-published'] : []),
    ...(named ? ['not-offered'] : []),
  ];
  return codes.flatMap(({ code, nothing }) =>
    nothing !== null && told.includes(nothing) ? [{ code, reason: nothing }] : [],
  );
}

/** Kinds of securities of which the newest session is there whole. Each by itself: they come by different requests. */
function wholeKinds(
  codes: readonly CodeStanding[],
  day: IsoDate | null,
  { catalogue, period }: SyncQuestion,
): ReadonlySet<string> {
  const whole = new Set<string>();
  if (day === null || period !== 'd') return whole;
  const counts = new Map<string, { there: number; without: number }>();
  for (const { code, asked, holes } of codes) {
    if (asked === null || asked.to < day) continue;
    const kind = catalogue.kindOf(code);
    const count = counts.get(kind) ?? { there: 0, without: 0 };
    counts.set(kind, count);
    const newest = holes.at(-1);
    if (newest === undefined || newest.to < day) count.there++;
    else if (newest.from === day) count.without++;
  }
  for (const [kind, { there, without }] of counts) {
    const all = there + without;
    if (there >= enough * all && without <= Math.max(mostWithout.codes, mostWithout.share * all)) whole.add(kind);
  }
  return whole;
}

function listedCount({ catalogue }: SyncQuestion, wanted: SecurityKind, day: IsoDate | null): number {
  let count = 0;
  for (const { code, kind, listed, delisted } of catalogue.all()) {
    if (kind !== wanted || code.startsWith('bj.')) continue;
    if (day === null || ((listed === null || listed <= day) && (delisted === null || delisted > day))) count++;
  }
  return Math.max(1, count);
}

/** Of a day of the whole market: what was asked for, and what the catalogue does not know yet. */
function keptCodes({ codes, catalogue }: SyncQuestion): ((code: string) => boolean) | null {
  const wanted = new Set<string>(codes);
  return code => wanted.has(code) || catalogue.get(code as Code) === undefined;
}

function addFactors(
  builder: TaskList,
  { histories, days }: FactorsDue,
  withBars: ReadonlySet<Code>,
  { clock }: SyncQuestion,
): void {
  for (const day of days) builder.factorDay(day);
  for (const code of histories) if (!withBars.has(code)) builder.factorHistory(code, clock.today());
}

function quietLines(
  codes: readonly CodeStanding[],
  covered: readonly CodeStanding[],
  left: readonly CodeStanding[],
): PlanLine[] {
  const line = (what: string, count: number, why: string): PlanLine[] =>
    count === 0 ? [] : [{ what, how: null, codes: count, sessions: 0, requests: 0, why }];
  const nothing = codes.filter(({ asked }) => asked === null);
  const because = (...reasons: readonly string[]) =>
    nothing.filter(({ nothing: why }) => reasons.includes(why ?? '')).length;
  return [
    ...line('stored', covered.length, 'complete'),
    ...line('without a bar', left.length, 'none in the day of the whole market, or on the ledger: retry'),
    ...line('not listed then', because('before-listing', 'after-delisting', 'no-sessions'), 'before listing, delisted'),
    ...line('not published', because('not-published'), 'nothing is out yet'),
    ...line('not offered', because('not-offered'), 'this source has no bars of them'),
  ];
}

interface Tally {
  readonly codes: Set<string>;
  readonly days: Set<string>;
  requests: number;
}

/** Tasks as they are found, numbered from 1, and what they cost by kind. */
class TaskList {
  readonly tasks: Task[] = [];
  readonly expects = new Map<number, ReadonlySet<Code>>();
  readonly #tallies = new Map<string, Tally>();
  requests = 0;
  seconds = 0;

  day(date: IsoDate, kind: DayKind, expected: ReadonlySet<Code>, seconds: number): void {
    const task: DatasetTask = { kind: 'dataset', id: this.#next(), dataset: 'day-bars', params: { date, kind } };
    this.tasks.push(task);
    this.expects.set(task.id, expected);
    this.#count('days', 1, seconds, [...expected], date);
  }

  bars({ code, known }: CodeStanding, hole: Range, factors: boolean, { period }: SyncQuestion, pages: number): void {
    const task: BarsTask = { kind: 'bars', id: this.#next(), code, period, ...hole, factors };
    this.tasks.push(task);
    const requests = factors ? pages + 1 : pages;
    this.#count(known ? 'holes' : 'new', requests, requests * pageSeconds, [code]);
  }

  factorDay(date: IsoDate): void {
    this.tasks.push({ kind: 'dataset', id: this.#next(), dataset: 'factors', params: { date }, beside: true });
    this.#count('factor-days', 1, pageSeconds, [], date);
  }

  factorHistory(code: Code, today: IsoDate): void {
    this.tasks.push({
      kind: 'dataset',
      id: this.#next(),
      dataset: 'factors',
      params: { code, to: today },
      beside: true,
    });
    this.#count('histories', 1, pageSeconds, [code]);
  }

  lines(): PlanLine[] {
    return kinds.flatMap(({ key, what, how, why }) => {
      const tally = this.#tallies.get(key);
      if (!tally) return [];
      return [{ what, how, why, codes: tally.codes.size, sessions: tally.days.size, requests: tally.requests }];
    });
  }

  #next(): number {
    return this.tasks.length + 1;
  }

  #count(key: string, requests: number, seconds: number, codes: readonly string[], day?: string): void {
    const tally = this.#tallies.get(key) ?? { codes: new Set(), days: new Set(), requests: 0 };
    this.#tallies.set(key, tally);
    for (const code of codes) tally.codes.add(code);
    if (day !== undefined) tally.days.add(day);
    tally.requests += requests;
    this.requests += requests;
    this.seconds += seconds;
  }
}

const kinds = [
  { key: 'days', what: "everyone's days", how: 'by date', why: 'one request for the whole market' },
  { key: 'factor-days', what: 'new factors', how: 'by date', why: 'dividends and rights of these days' },
  { key: 'holes', what: 'single holes', how: 'by code', why: 'few codes miss them' },
  { key: 'new', what: 'new codes', how: 'by code', why: 'never asked for' },
  { key: 'histories', what: 'factor histories', how: 'by code', why: 'never asked for' },
] as const;

/** One year back, from which a universe without a start is taken. */
export function usualStart(today: IsoDate): IsoDate {
  return addMonths(today, -12);
}
