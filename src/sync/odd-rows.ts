/**
 * What is unlikely in daily bars and may yet be true: worth a look, and no reason to leave a row out. The tolerances are those of
 * the rules by which rows are judged when they come; a hundredth of a yuan is the exchange's tick.
 */

import { markedSessions } from '../store/limits-view.ts';

export interface OddRule {
  readonly name: string;
  readonly where: string;
  /** Rows of one text column, each a finding. */
  readonly sql: string;
}

const at = `d.code || ' ' || d.date`;
/** Indices have points and no price limits; their amounts are sums over securities. */
const priced = `join main.instruments i on i.code = d.code and i.kind in ('stock', 'etf')`;

/** Each bar beside the one before it, where that is of the session before. */
const neighbours = `(
    select d.code, d.date, d.close, d.pre_close, d.is_suspended,
      lag(d.close) over (partition by d.code order by d.date) as close_before,
      lag(d.date) over (partition by d.code order by d.date) as date_before
    from main.daily d) d
  ${priced.replace("in ('stock', 'etf')", "= 'stock'")}
  join main.calendar c on c.date = d.date and c.prev_date = d.date_before`;

export const oddRules: readonly OddRule[] = [
  {
    name: 'change agrees with close and reference',
    where: 'daily',
    sql: `select ${at} from main.daily d
      where not d.is_suspended and abs(d.pct_chg - (d.close / nullif(d.pre_close, 0) - 1) * 100) > 0.0101`,
  },
  {
    name: 'average price between low and high',
    where: 'daily',
    sql: `select ${at} from main.daily d ${priced}
      where d.volume > 0 and d.amount / d.volume not between d.low * 0.99 and d.high * 1.01`,
  },
  {
    name: 'traded sessions have volume',
    where: 'daily',
    sql: `select ${at} from main.daily d ${priced} where not d.is_suspended and d.volume = 0`,
  },
  {
    name: 'closes within the price limits',
    where: 'daily, limits',
    sql: `select ${at} from ${markedSessions} d where d.close * 100 > d.high_ + 0.5 or d.close * 100 < d.low_ - 0.5`,
  },
  {
    // Where the provider has a row for every session, one that lacks some is taken, and they are not asked for again.
    name: 'covered sessions have a bar',
    where: 'daily, meta.coverage',
    sql: `select r.code || ' ' || r.from_date || ' … ' || r.to_date || ': ' || r.bars || ' of ' || r.sessions || ' sessions'
      from (
        select c.code, c.from_date, c.to_date, c."rows" as bars, e.n - s.n as sessions,
          (select count(distinct left(q."at", 10)) from meta.quarantine q
            where q.dataset = 'daily' and q.code = c.code and q.settled_run is null
              and left(q."at", 10) between c.from_date::varchar and c.to_date::varchar) as kept_out
        from meta.coverage c
        left join main.instruments i on i.code = c.code
        left join (select code, max(date) as last from main.daily group by code) h on h.code = c.code
        join (select date, count(*) filter (where is_open) over (order by date) as n from main.calendar) s
          on s.date = greatest(c.from_date, coalesce(i.list_date, c.from_date)) - 1
        join (select date, count(*) filter (where is_open) over (order by date) as n from main.calendar) e
          on e.date = case when i.delist_date is not null then least(c.to_date, coalesce(h.last, c.to_date)) else c.to_date end
        where c.dataset = 'daily' and c."rows" > 0) r
      where r.bars + r.kept_out < r.sessions`,
  },
  {
    name: 'a new reference has its factor',
    where: 'daily, adj_factors',
    sql: `select ${at} from ${neighbours} anti join main.adj_factors f on f.code = d.code and f.ex_date = d.date
      where abs(d.pre_close - d.close_before) > 0.0051`,
  },
  {
    name: 'a factor has its new reference',
    where: 'daily, adj_factors',
    sql: `select ${at} from ${neighbours} join main.adj_factors f on f.code = d.code and f.ex_date = d.date
      where abs(d.pre_close - d.close_before) < 0.00005`,
  },
];
