/**
 * What a person may type where a date is asked for: `2024-01-02`, `20240102`, `2024-01`, `2024`, `today`, `ytd`, `-30d`,
 * `-2w`, `-6m`, `-1y`, `-20s` (sessions). Reading the form and turning it into a day are two steps, since sessions need a
 * calendar that may have to be fetched first: a form that is wrong is refused before anything is asked of anybody.
 *
 * - A year or a month is its first day as a start and its last day as an end.
 * - `ytd` is 1 January of this year as a start and today as an end.
 * - `-30d` counts from today; `-20s` counts sessions back from the last session up to today.
 */
import { addDays, addMonths, daysInMonth, type IsoDate, isDate } from './date.ts';
import { fold, quoted } from './fold.ts';
import { Problem } from './problem.ts';

export type Edge = 'start' | 'end';

/** What sessions back needs of a calendar. */
export interface SessionSteps {
  /** The `back`-th session before the last session on or before `date`; `null` beyond the calendar's first day. */
  sessionBack(date: IsoDate, back: number): IsoDate | null;
}

export type DateArgument =
  | { readonly kind: 'span'; readonly text: string; readonly start: IsoDate; readonly end: IsoDate }
  | { readonly kind: 'today'; readonly text: string }
  | { readonly kind: 'ytd'; readonly text: string }
  | {
      readonly kind: 'back';
      readonly text: string;
      readonly count: number;
      readonly unit: 'd' | 'w' | 'm' | 'y' | 's';
    };

export interface DateContext {
  readonly today: IsoDate;
  /** Which end of a range the date is. */
  readonly edge: Edge;
  readonly sessions?: SessionSteps;
}

const oldest = '1900-01-01' as IsoDate;
const newest = '2199-12-31' as IsoDate;
const forms = 'dates look like 2024-01-02, 20240102, 2024, today, ytd, -30d, -1y or -20s';
const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** @throws Problem `usage`, one sentence, for a form that is none or a day that does not exist. */
export function parseDateArgument(input: string): DateArgument {
  const text = fold(input).toLowerCase();
  if (text === 'today' || text === 'ytd') return { kind: text, text };
  const back = /^-(\d{1,5})([dwmys])$/.exec(text);
  if (back) return { kind: 'back', text, count: Number(back[1]), unit: back[2] as 'd' };
  const whole =
    /^(\d{4})(?:-(\d{2})-(\d{2})|(\d{2})(\d{2}))$/.exec(text) ?? /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text);
  if (whole) {
    const [, year, ...rest] = whole;
    const [month, day] = rest.filter(part => part !== undefined);
    return daySpan(text, Number(year), Number(month), Number(day));
  }
  const part = /^(\d{4})(?:-(\d{1,2}))?$/.exec(text);
  if (part) return partSpan(text, Number(part[1]), part[2] === undefined ? null : Number(part[2]));
  throw new Problem(
    'usage',
    text === '' ? 'a date is missing: the text is empty' : `“${quoted(input.trim())}” is no date`,
    {
      next: forms,
    },
  );
}

function daySpan(text: string, year: number, month: number, day: number): DateArgument {
  checkMonth(text, month);
  const most = daysInMonth(year, month);
  if (day < 1 || day > most) {
    const sentence = `${text} is no date: ${monthNames[month - 1]} ${year} has ${most} days`;
    throw new Problem('usage', sentence, { next: forms });
  }
  const date = checkYear(text, isoText(year, month, day));
  return { kind: 'span', text, start: date, end: date };
}

function partSpan(text: string, year: number, month: number | null): DateArgument {
  if (month !== null) checkMonth(text, month);
  const last = month ?? 12;
  const start = checkYear(text, isoText(year, month ?? 1, 1));
  return { kind: 'span', text, start, end: isoText(year, last, daysInMonth(year, last)) };
}

function checkMonth(text: string, month: number): void {
  if (month >= 1 && month <= 12) return;
  throw new Problem('usage', `${text} is no date: months go from 1 to 12`, { next: forms });
}

function checkYear(text: string, date: IsoDate): IsoDate {
  if (date >= oldest && date <= newest) return date;
  throw new Problem('usage', `${text} is outside the years 1900 to 2199`, { next: forms });
}

function isoText(year: number, month: number, day: number): IsoDate {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}` as IsoDate;
}

/** @throws Problem when the day lies before 1900, or sessions are asked for without a calendar that reaches so far. */
export function resolveDate(argument: DateArgument, { today, edge, sessions }: DateContext): IsoDate {
  if (argument.kind === 'span') return edge === 'start' ? argument.start : argument.end;
  if (argument.kind === 'today') return today;
  if (argument.kind === 'ytd') return edge === 'start' ? (`${today.slice(0, 4)}-01-01` as IsoDate) : today;
  const { count, unit, text } = argument;
  if (unit === 's') return sessionsBack(text, count, today, sessions);
  const months = unit === 'm' ? count : 12 * count;
  const tooFar = (unit === 'm' || unit === 'y') && months > 12 * 400;
  const date = tooFar
    ? null
    : unit === 'd' || unit === 'w'
      ? addDays(today, unit === 'w' ? -7 * count : -count)
      : addMonths(today, -months);
  if (date !== null && isDate(date) && date >= oldest) return date;
  throw new Problem('usage', `${text} lies before 1900`, { next: forms });
}

function sessionsBack(text: string, count: number, today: IsoDate, sessions: SessionSteps | undefined): IsoDate {
  if (!sessions) {
    throw new Problem('failed', `${text} counts sessions, and no trading calendar is stored yet`, {
      next: 'give a date, or fetch once so that the calendar is there',
    });
  }
  const date = sessions.sessionBack(today, count);
  if (date !== null) return date;
  throw new Problem('usage', `${text} reaches back beyond the first day of the trading calendar`, { next: forms });
}

/** Both steps at once. */
export function readDate(input: string, context: DateContext): IsoDate {
  return resolveDate(parseDateArgument(input), context);
}
