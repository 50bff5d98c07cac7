/**
 * Everything derived is a view: adjusted prices, weeks and months, longer minute bars. Nothing here is stored, so a new
 * dividend is in every older price at the next read. Adjusted prices are computed by the ratio method: hfq = price ×
 * factor of the day, qfq = that ÷ the newest factor, unrounded; volume and amount stay as traded. Spans are joined by
 * `between`, which lets filters on code and date reach the bars. A code with bars but no span gives NULL, not raw prices.
 */
import { functions } from './functions.ts';
import { limitsView } from './limits-view.ts';
import { barTables, daily, type MarketTable } from './tables.ts';

export interface View {
  readonly name: string;
  readonly sql: string;
  readonly comment: string;
  readonly columns: Readonly<Record<string, string>>;
}

const scaled = new Set(['open', 'high', 'low', 'close', 'pre_close']);

const adjustments = [
  { suffix: 'qfq', factor: 'f.hfq_factor / f.last_factor', words: 'forward adjusted: the newest session as traded' },
  { suffix: 'hfq', factor: 'f.hfq_factor', words: 'backward adjusted: the first session as traded' },
] as const;

function adjusted(table: MarketTable): View[] {
  return adjustments.map(({ suffix, factor, words }) => ({
    name: `${table.name}_${suffix}`,
    sql: `select ${table.columns
      .map(({ name }) => (scaled.has(name) ? `b.${name} * (${factor}) as ${name}` : `b.${name}`))
      .join(', ')}
      from main.${table.name} b
      left join meta.factor_spans f on f.code = b.code and b.date between f.from_date and f.to_date`,
    comment: `${table.name}, ${words}`,
    columns: Object.fromEntries(
      table.columns.map(({ name, comment }) => [
        name,
        scaled.has(name)
          ? comment.replace('as traded', 'adjusted').replace('yuan, the', 'yuan adjusted, the')
          : comment,
      ]),
    ),
  }));
}

/** The prices of a day in a form, and what goes with them into a week or month. */
function days(unit: 'week' | 'month', suffix: string): string {
  const factor = adjustments.find(one => `_${one.suffix}` === suffix)?.factor;
  const prices = [...scaled].map(name => (factor ? `d.${name} * (${factor}) as ${name}` : `d.${name}`));
  return `select d.rowid as row_, d.code, d.date, date_trunc('${unit}', d.date)::date as start_, ${prices.join(', ')},
      d.volume, d.amount, d.turn, d.is_suspended
    from main.daily d
    ${factor ? 'left join meta.factor_spans f on f.code = d.code and d.date between f.from_date and f.to_date' : ''}`;
}

/**
 * A week or month of one code. Suspended sessions give no open, high or low unless the whole of it was suspended. It is
 * complete when the code has a later bar, or has its bar of the last session of the calendar, or left the exchange in it.
 * The change is that of the adjusted series, in every form.
 *
 * It is asked from its last bar, which gives it its date: a filter on date or code picks those bars, and only the days of their
 * weeks are read. (Grouped alone, every filter but one on the code would read and group all there is.)
 */
function longer(unit: 'week' | 'month', suffix: string): View {
  const name = unit === 'week' ? 'weekly' : 'monthly';
  const lastDay = unit === 'week' ? `interval 6 day` : `interval 1 month - interval 1 day`;
  return {
    name: `${name}${suffix}`,
    sql: `with ends_ as not materialized (
        select date_trunc('${unit}', date)::date as start_, max(date) filter (where is_open) as last_session,
          max(date) as last_known
        from main.calendar group by start_)
      select w.code, w.date, b.open, b.high, b.low, b.close, b.pre_close, b.volume, b.amount, b.turn, b.pct_chg,
        b.sessions,
        n.newest_ > w.date
          or coalesce(e.last_known >= w.end_ and w.date >= e.last_session, false)
          or coalesce(i.delist_date <= w.end_, false) as is_complete
      from (
        select rowid as row_, code, date, date_trunc('${unit}', date)::date as start_,
          (date_trunc('${unit}', date) + ${lastDay})::date as end_
        from main.daily) w
      join lateral (
        select arg_max(d.row_, d.date) as last_,
          coalesce(arg_min(d.open, d.date) filter (where not d.is_suspended), arg_min(d.open, d.date)) as open,
          coalesce(max(d.high) filter (where not d.is_suspended), max(d.high)) as high,
          coalesce(min(d.low) filter (where not d.is_suspended), min(d.low)) as low,
          arg_max(d.close, d.date) as close,
          arg_min(d.pre_close, d.date) as pre_close,
          sum(d.volume)::bigint as volume, sum(d.amount) as amount, sum(d.turn) as turn,
          (product(d.close / nullif(d.pre_close, 0)) - 1) * 100 as pct_chg,
          count(*) filter (where not d.is_suspended)::integer as sessions
        from (${days(unit, suffix)}) d
        where d.code = w.code and d.start_ = w.start_ and d.date >= w.start_ and d.date <= w.end_
        group by d.code) b on b.last_ = w.row_
      join (select code, max(date) as newest_ from main.daily group by code) n on n.code = w.code
      left join ends_ e on e.start_ = w.start_
      left join main.instruments i on i.code = w.code`,
    comment: `${suffix ? `${name} bars from daily${suffix}` : `${name} bars from daily, as traded`}; dated by the last session that has a bar`,
    columns: {
      code: 'security as exchange.digits: sh.600519',
      date: `last session of the ${unit} that has a bar`,
      open: 'yuan, first traded session',
      high: 'yuan, highest of the traded sessions',
      low: 'yuan, lowest of the traded sessions',
      close: 'yuan, last session',
      pre_close: 'yuan, reference of the first session',
      volume: 'shares traded',
      amount: 'yuan traded',
      turn: 'percent of tradable shares, sum of the sessions',
      pct_chg: 'percent, return over the sessions with dividends kept in',
      sessions: 'sessions that traded',
      is_complete: `false: the ${unit} still runs, or its last sessions are not stored`,
    },
  };
}

/** Bars of 15, 30 or 60 minutes: as fetched, and for the days of a code that were not, built from 5-minute bars. */
function longerMinutes(table: MarketTable, length: number): View {
  // An hour of the morning ends at half past (10:30, 11:30), one of the afternoon on the hour (14:00, 15:00).
  const shift = length === 60 ? `case when hour(time) < 12 then interval 30 minute else interval 0 minute end` : null;
  const from = `time - interval 5 minute${shift ? ` - (${shift})` : ''}`;
  const end = `time_bucket(interval ${length} minute, ${from}) + interval ${length} minute${shift ? ` + (${shift})` : ''}`;
  return {
    name: table.name,
    sql: `select code, date, time, open, high, low, close, volume, amount, source from ${table.base}
      union all
      select code, date, end_ as time, arg_min(open, stamp_) as open, max(high) as high, min(low) as low,
        arg_max(close, stamp_) as close, sum(volume)::bigint as volume, sum(amount) as amount, max(source) as source
      from (
        select code, date, ${end} as end_, time as stamp_, open, high, low, close, volume, amount, source
        from main.min5 m anti join ${table.base} f on f.code = m.code and f.date = m.date)
      group by code, date, end_`,
    comment: `${length}-minute bars as traded: as fetched, elsewhere built from min5`,
    columns: Object.fromEntries(table.columns.map(({ name, comment }) => [name, comment])),
  };
}

const minuteTables = barTables.filter(table => table !== daily);

/** In the order of their making: a view stands after those that it reads. */
export const views: readonly View[] = [
  ...minuteTables.filter(({ name }) => name !== 'min5').map(table => longerMinutes(table, Number(table.name.slice(3)))),
  ...barTables.flatMap(adjusted),
  ...(['week', 'month'] as const).flatMap(unit => ['', '_qfq', '_hfq'].map(suffix => longer(unit, suffix))),
  limitsView,
];

/** Macros of the file. */
export const macros = functions;
