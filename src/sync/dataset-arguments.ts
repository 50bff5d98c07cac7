/**
 * What was typed for a dataset, checked against its declaration and made into the parameters of its tasks. Everything is
 * refused here that can be seen to be wrong without asking anybody, in one sentence with what to type instead. What is left
 * out and needed is filled in, and said.
 */
import type { Clock } from '../config/clock.ts';
import { type Calendar, published } from '../market/calendar.ts';
import { daysInMonth, type IsoDate } from '../market/date.ts';
import { type DateArgument, parseDateArgument, resolveDate } from '../market/date-argument.ts';
import { fold, quoted } from '../market/fold.ts';
import { Problem } from '../market/problem.ts';
import type { DatasetDeclaration, ParameterName } from '../source/baostock/datasets.ts';
import { codesOf, exampleOf, type OptionName, offeredOptions, sample, usageOf } from './dataset-words.ts';
import { firstSession } from './prepare.ts';

export type TypedOptions = Readonly<Partial<Record<OptionName, string | undefined>>>;

/** Codes as typed, or every stock. */
export type Securities = readonly string[] | 'all';

export interface DatasetArguments {
  /** One task a code; false: one task without a code. */
  readonly byCode: boolean;
  /** Of each task, without its code. */
  readonly params: Readonly<Record<string, string>>;
  /** What was taken for things that were not typed, as sentences. */
  readonly notes: readonly string[];
}

/**
 * @param calendar null where none is stored yet: dates that count sessions, and the last session, are left out then.
 * @throws Problem `usage`.
 */
export function datasetArguments(
  dataset: DatasetDeclaration,
  securities: Securities,
  typed: TypedOptions,
  clock: Clock,
  calendar: Calendar | null,
): DatasetArguments {
  const byCode = asksByCode(dataset, securities, typed);
  checkOptions(dataset, byCode, typed);
  const notes: string[] = [];
  const params: Record<string, string> = {};
  const put = (name: OptionName, value: string | null | undefined) => {
    if (value !== null && value !== undefined) params[name] = value;
  };
  const today = clock.today();
  for (const { name, choices } of offeredOptions(dataset)) {
    const value = typed[name as OptionName];
    if (value === undefined) continue;
    if (choices && name !== 'quarter') put(name as OptionName, choiceOf(name, value, choices));
    if (name === 'name') put('name', textOf(value));
    if (name === 'date') put('date', dayOf(value, today, calendar));
  }
  if (takes(dataset, 'quarter')) putAll(params, quarterOf(typed, today, notes));
  else if (takes(dataset, 'year')) putAll(params, yearOf(typed, today, notes));
  putAll(params, rangeOf(dataset, typed, today, calendar, notes));
  if (needs(dataset, 'date') && typed.date === undefined) {
    const last = calendar && published(calendar, 'd', clock);
    put('date', last);
    if (last) notes.push(`no date was given: took ${last}, the last published session`);
  }
  return { byCode, params, notes };
}

function putAll(params: Record<string, string>, values: Readonly<Record<string, string>>): void {
  Object.assign(params, values);
}

function takes({ parameters }: DatasetDeclaration, name: ParameterName): boolean {
  return parameters.some(parameter => parameter.name === name);
}

function needs({ parameters }: DatasetDeclaration, name: ParameterName): boolean {
  return parameters.some(parameter => parameter.name === name && parameter.required);
}

// ── Codes and options ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Whether there is a task for each code; refuses codes that are not taken, and none where they are needed. */
function asksByCode(dataset: DatasetDeclaration, securities: Securities, typed: TypedOptions): boolean {
  const { name, asks } = dataset;
  const codes = codesOf(dataset);
  const given = securities === 'all' || securities.length > 0;
  if (codes === 'none') {
    if (!given) return false;
    throw new Problem('usage', `the dataset ${name} takes no codes`, { next: usageOf(dataset) });
  }
  // What can be asked for as a whole in one request is not asked for code by code.
  if (given) return securities !== 'all' || codes !== 'possible';
  if (codes === 'needed') {
    throw new Problem('usage', `the dataset ${name} is asked for code by code, and no code is given`, {
      next: `${exampleOf(dataset)}, or --all for every stock`,
    });
  }
  const whole = asks.find(ask => !ask.needs?.includes('code'));
  const missing = whole?.needs?.filter(parameter => typed[parameter as OptionName] === undefined) ?? [];
  if (missing.length === 0) return false;
  throw new Problem('usage', `the dataset ${name} needs codes, or ${missing.map(one => `--${one}`).join(' and ')}`, {
    next: `fetch --dataset ${name} 600519, or fetch --dataset ${name}${missing.map(one => ` --${one} ${sample[one]}`).join('')}`,
  });
}

/** Refuses options that the dataset does not take, or not together with codes, or only with them. */
function checkOptions(dataset: DatasetDeclaration, byCode: boolean, typed: TypedOptions): void {
  const offered = offeredOptions(dataset);
  for (const name of Object.keys(typed) as OptionName[]) {
    if (typed[name] === undefined) continue;
    if (!offered.some(parameter => parameter.name === name)) {
      throw new Problem('usage', `the dataset ${dataset.name} takes no --${name}`, { next: usageOf(dataset) });
    }
    const asks = dataset.asks.filter(ask => (ask.needs ? ask.needs.includes('code') === byCode : true));
    if (asks.some(ask => Object.values(ask.send).includes(name) || ask.choice?.parameter === name)) continue;
    const instead = byCode ? 'leave out the codes, or the option' : 'give codes too, or leave out the option';
    throw new Problem(
      'usage',
      `of the dataset ${dataset.name}, --${name} does not go with${byCode ? '' : 'out'} codes`,
      {
        next: instead,
      },
    );
  }
}

function choiceOf(name: string, typed: string, choices: readonly string[]): string {
  const text = fold(typed).toLowerCase();
  if (choices.includes(text)) return text;
  throw new Problem('usage', `--${name} “${quoted(typed)}” is none of ${choices.join(', ')}`, {
    next: `--${name} ${choices[0]}`,
  });
}

function textOf(typed: string): string {
  const text = typed.trim();
  if (text !== '' && !/\p{Cc}/u.test(text)) return text;
  throw new Problem('usage', text === '' ? '--name is empty' : '--name holds a control character', {
    next: '--name 银行',
  });
}

// ── Years and quarters ──────────────────────────────────────────────────────────────────────────────────────────────────

interface Quarter {
  readonly year: number;
  readonly quarter: number;
}

/** The exchanges' own first year: nothing is of a year before. */
const firstYear = 1990;

export function quarterEnd({ year, quarter }: Quarter): IsoDate {
  const month = quarter * 3;
  return `${year}-${String(month).padStart(2, '0')}-${daysInMonth(year, month)}` as IsoDate;
}

/** The quarter that was named, or the newest that has ended among those that fit what was. */
function quarterOf(typed: TypedOptions, today: IsoDate, notes: string[]): Record<string, string> {
  const year = typed.year === undefined ? null : readYear(typed.year, today);
  const quarter = typed.quarter === undefined ? null : readQuarter(typed.quarter);
  const taken = newestEnded(year, quarter, today);
  if (!taken) {
    const what =
      quarter === null ? `no quarter of ${year} has ended yet` : `quarter ${quarter} of ${year} has not ended yet`;
    throw new Problem('usage', what, { next: `--year ${Number(today.slice(0, 4)) - 1} --quarter ${quarter ?? 4}` });
  }
  if (year === null || quarter === null) {
    const left = quarter === null ? 'quarter' : 'year';
    notes.push(`no ${left} was given: took quarter ${taken.quarter} of ${taken.year}, the latest that is over`);
  }
  return { year: String(taken.year), quarter: String(taken.quarter) };
}

function newestEnded(year: number | null, quarter: number | null, today: IsoDate): Quarter | null {
  const thisYear = Number(today.slice(0, 4));
  for (const y of year === null ? [thisYear, thisYear - 1] : [year]) {
    for (const q of quarter === null ? [4, 3, 2, 1] : [quarter]) {
      if (quarterEnd({ year: y, quarter: q }) < today) return { year: y, quarter: q };
    }
  }
  return null;
}

function yearOf(typed: TypedOptions, today: IsoDate, notes: string[]): Record<string, string> {
  if (typed.year !== undefined) return { year: String(readYear(typed.year, today)) };
  const year = today.slice(0, 4);
  notes.push(`no year was given: took ${year}`);
  return { year };
}

function readYear(typed: string, today: IsoDate): number {
  const text = fold(typed);
  const year = Number(text);
  const next = `--year ${today.slice(0, 4)}`;
  if (!/^\d{4}$/.test(text)) throw new Problem('usage', `“${quoted(typed)}” is no year`, { next });
  if (year > Number(today.slice(0, 4))) throw new Problem('usage', `the year ${year} is still to come`, { next });
  if (year < firstYear) {
    throw new Problem('usage', `the exchanges opened in ${firstYear}; there is nothing of ${year}`, { next });
  }
  return year;
}

function readQuarter(typed: string): number {
  const text = /^q?([1-4])$/i.exec(fold(typed))?.[1];
  if (text) return Number(text);
  throw new Problem('usage', `“${quoted(typed)}” is no quarter: they go from 1 to 4`, { next: '--quarter 1' });
}

// ── Dates ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

function countsSessions(argument: DateArgument): boolean {
  return argument.kind === 'back' && argument.unit === 's';
}

/** One day, not to come; null where it counts sessions and there is no calendar yet. */
function dayOf(typed: string, today: IsoDate, calendar: Calendar | null): IsoDate | null {
  const argument = parseDateArgument(typed);
  if (argument.kind === 'ytd' || (argument.kind === 'span' && argument.start !== argument.end)) {
    throw new Problem('usage', `${argument.text} is more than one day, and --date takes one`, {
      next: '--date 2024-01-02',
    });
  }
  if (countsSessions(argument) && calendar === null) return null;
  const day = resolveDate(argument, { today, edge: 'end', ...(calendar ? { sessions: calendar } : {}) });
  if (day <= today) return day;
  throw new Problem('usage', `${day} is still to come`, { next: `--date ${today}` });
}

function rangeOf(
  dataset: DatasetDeclaration,
  typed: TypedOptions,
  today: IsoDate,
  calendar: Calendar | null,
  notes: string[],
): Record<string, string> {
  const [from, to] = (['from', 'to'] as const).map(name => dataset.parameters.find(one => one.name === name));
  if (!from || !to) return {};
  if (from.offered === false) {
    // A part of the calendar would make the program believe that it knew no more.
    return from.required ? { from: firstSession, to: `${today.slice(0, 4)}-12-31` } : {};
  }
  const texts = {
    from: typed.from ?? (from.required ? '-1y' : undefined),
    to: typed.to ?? (to.required ? 'today' : undefined),
  };
  const edges = { from: 'start', to: 'end' } as const;
  const range: { from?: IsoDate; to?: IsoDate } = {};
  for (const name of ['from', 'to'] as const) {
    const text = texts[name];
    if (text === undefined) continue;
    const argument = parseDateArgument(text);
    if (countsSessions(argument) && calendar === null) continue;
    range[name] = resolveDate(argument, { today, edge: edges[name], ...(calendar ? { sessions: calendar } : {}) });
  }
  if (range.from && range.to && range.from > range.to) {
    throw new Problem('usage', `the range ends on ${range.to}, before it starts on ${range.from}`, {
      next: 'give --from the earlier day',
    });
  }
  if (from.required && typed.from === undefined) notes.push(`no --from was given: took ${range.from} to ${range.to}`);
  return range;
}
