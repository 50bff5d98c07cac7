/** Questions of the field as SQL, each of which runs as it stands. */

export interface Recipe {
  readonly title: string;
  readonly sql: readonly string[];
}

export const recipes: readonly Recipe[] = [
  {
    title: 'momentum: return over 60 sessions, dividends kept in, the last 5 left out',
    sql: [
      'select code, i.name, round(100 * momentum, 2) as pct',
      '  from (select code, date, ref(close, 5) / ref(close, 60) - 1 as momentum from daily_hfq)',
      '  join instruments i using (code)',
      ' where date = session(0) and momentum is not null order by momentum desc limit 10;',
    ],
  },
  {
    title: 'limit-up counts: how many closed at the limit, by session, and the longest streak',
    sql: [
      'select date, count(*) filter (where is_limit_up) as up, count(*) filter (where is_limit_down) as down,',
      '       max(streak) as longest',
      '  from limits group by date order by date desc limit 20;',
    ],
  },
  {
    title: 'rolling volatility: of 20 sessions, a year of 244, in percent',
    sql: [
      'select code, date, round(100 * sqrt(244) * stddev_samp(ln(close / pre_close)) over w, 2) as vol',
      "  from daily where not is_suspended and code = code('600519')",
      'window w as (partition by code order by date rows 19 preceding)',
      'qualify count(*) over w = 20 order by date desc limit 10;',
    ],
  },
  {
    title: 'turnover rank: the most traded of the last session, and their rank five sessions before',
    sql: [
      'select code, date, turn, yi(amount) as yi, rank, ref_rank',
      '  from (select code, date, turn, amount, rank, lag(rank, 5) over (partition by code order by date) as ref_rank',
      '          from (select *, rank() over (partition by date order by turn desc nulls last) as rank from daily))',
      ' where date = session(0) order by rank limit 10;',
    ],
  },
  {
    title: 'gaps: opened more than 2 % away from the reference price',
    sql: [
      'select code, date, pre_close, open, round(100 * (open / pre_close - 1), 2) as pct',
      '  from daily where not is_suspended and abs(open / pre_close - 1) > 0.02',
      ' order by date desc, abs(open / pre_close - 1) desc limit 20;',
    ],
  },
];

/** Title above, statement below. */
export function recipeText(): string[] {
  return recipes.flatMap(({ title, sql }, index) => [
    ...(index > 0 ? [''] : []),
    `-- ${title}`,
    ...sql.map(row => `  ${row}`),
  ]);
}
