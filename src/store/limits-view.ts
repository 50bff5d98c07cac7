/** The view `limits`: how far a stock may go on a session, whether it closed there, and how often in a row. */
import type { View } from './views.ts';

/** Percent of the limit up; the limit down is the same but on a first day between 2014 and the free listings. */
const percent = (firstDay: number): string => `case
  when b.board = 'star' then case when b.date >= date '2019-07-22' and n_ > 5 then 20 end
  when b.board = 'bse' then case when b.date >= date '2021-11-15' and n_ > 1 then 30 end
  when b.date >= case b.board when 'chinext' then date '2020-08-24' else date '2023-04-10' end and n_ <= 5 then null
  when b.date < case b.board when 'chinext' then date '2020-08-24' else date '2023-04-10' end and n_ <= 1
    then case when b.date >= date '2014-01-01' then ${firstDay} end
  when b.board = 'chinext' then case when b.date >= date '2020-08-24' then 20 else 10 end
  when b.date < date '1996-12-16' then null
  when b.is_st and b.date >= date '1998-04-22' and b.date < date '2026-07-06' then 5
  else 10 end`;

/** round-half-up(preClose × (100 ± percent) / 100, 0.01), in whole numbers: hundredths of a yuan. */
const cents = (sign: string, name: string): string =>
  `(cast(round(pre_close * 10000) as bigint) * (100 ${sign} ${name}) + 5000) // 10000`;

/** Sessions before one at the limit in which the run's beginning is looked for first: nearly all runs are shorter. */
const lookBack = 10;

/**
 * Every session of every stock with its limits in hundredths of a yuan. It stands more than once in the view: a common table, once a file has been
 * closed and opened, would be computed whole.
 */
export const markedSessions = `(
      with sessions_ as (
        select d.rowid as row_, d.code, d.date, c.seq as seq_, d.close, d.pre_close, d.is_suspended, d.is_st, i.board,
          case when i.list_date is null then 1000000 else c.seq - i.first_seq_ + 1 end as n_
        from main.daily d
        join (
          select k.code, k.board, k.list_date, f.seq as first_seq_
          from main.instruments k
          asof left join (select date, seq from main.calendar where is_open) f on k.list_date <= f.date
          where k.kind = 'stock' and k.board is not null) i on i.code = d.code
        left join main.calendar c on c.date = d.date),
      percents_ as (select b.*, ${percent(44)} as up_, ${percent(36)} as down_ from sessions_ b),
      cents_ as (select *, ${cents('+', 'up_')} as high_, ${cents('-', 'down_')} as low_ from percents_)
      select *, coalesce(not is_suspended and cast(round(close * 100) as bigint) = high_, false) as is_up_,
        coalesce(not is_suspended and cast(round(close * 100) as bigint) = low_, false) as is_down_
      from cents_)`;

const columns = (bar: string): string => `${bar}.code, ${bar}.date, ${bar}.close, ${bar}.pre_close,
      cast(${bar}.high_ / 100 as decimal(12, 2)) as up_limit, cast(${bar}.low_ / 100 as decimal(12, 2)) as down_limit,
      ${bar}.is_up_ as is_limit_up, ${bar}.is_down_ as is_limit_down`;

/** The sessions in a row up to each session of a code that closed at a limit, along the whole history of the code. */
const wholeHistory = (code: string): string => `
      select in_row_, ups_, downs_
      from (
        select in_row_, in_up_, in_down_,
          in_n_ - coalesce(max(case when not in_up_ then in_n_ end) over w, 0) as ups_,
          in_n_ - coalesce(max(case when not in_down_ then in_n_ end) over w, 0) as downs_
        from (
          select h.row_ as in_row_, h.code as in_code_, h.date as in_date_, h.is_up_ as in_up_, h.is_down_ as in_down_,
            row_number() over (partition by h.code order by h.date) as in_n_
          from ${markedSessions} h where h.code = ${code})
        window w as (partition by in_code_ order by in_date_))
      where in_up_ or in_down_`;

/**
 * Price limits of stocks by the exchanges' rules (see `market/limits.ts`). The sessions in a row of a bar that closed at a limit are
 * counted from the sessions before it. Where these do not show where the run began, they are counted along the whole
 * history of its code, and of no other: a filter on date or code reaches the bars.
 */
export const limitsView: View = {
  name: 'limits',
  sql: `select ${columns('b')}, 0::integer as streak from ${markedSessions} b where not (b.is_up_ or b.is_down_)
    union all
    select ${columns('b')},
      cast(case when b.is_up_ then coalesce(n.ups_, f.ups_) else -coalesce(n.downs_, f.downs_) end as integer) as streak
    from (select * from ${markedSessions} where is_up_ or is_down_) b
    left join lateral (
      select nullif(list_position(list(m.is_up_ order by m.date desc), false), 0) as ups_,
        nullif(list_position(list(m.is_down_ order by m.date desc), false), 0) as downs_
      from (select unnest(range(b.seq_ - ${lookBack}, b.seq_)) as in_seq_) k
      join main.calendar s on s.seq = k.in_seq_
      join ${markedSessions} m on m.date = s.date and m.code = b.code) n on true
    left join lateral (${wholeHistory('case when (b.is_up_ and n.ups_ is null) or (b.is_down_ and n.downs_ is null) then b.code end')}) f
      on f.in_row_ = b.row_`,
  comment: 'price limits of stocks, from the reference price by the rules of board and day',
  columns: {
    code: 'security as exchange.digits: sh.600519',
    date: 'session, date in Shanghai',
    close: 'yuan as traded',
    pre_close: "yuan, the exchange's reference: close before, less what went ex",
    up_limit: 'yuan, highest price allowed; NULL where no limit applies',
    down_limit: 'yuan, lowest price allowed; NULL where no limit applies',
    is_limit_up: 'true: closed at the highest price allowed',
    is_limit_down: 'true: closed at the lowest price allowed',
    streak: 'sessions in a row that closed at the limit up; negative: at the limit down',
  },
};
