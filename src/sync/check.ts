/**
 * The whole file against what it promises: no row twice, none that cannot be, coverage and ledger as the tables are; and what
 * is odd in it. Reads only, and asks nobody.
 */
import type { Database } from '../store/database.ts';
import { strayedSpans } from '../store/factors.ts';
import { barTables } from '../store/tables.ts';
import { readCount, readText } from '../store/values.ts';
import { oddRules } from './odd-rows.ts';

export interface Check {
  readonly name: string;
  /** `broken`: what may not be. `odd`: unlikely, and worth a look. */
  readonly means: 'broken' | 'odd';
  /** What was looked at: a table or a pair of them. */
  readonly where: string;
  /** Rows or ranges that break it. */
  readonly found: number;
  /** One of them in words; null where there is none. */
  readonly example: string | null;
}

interface Rule {
  readonly name: string;
  readonly where: string;
  /** Rows of one text column, each a finding. */
  readonly sql: string;
}

function barRules(name: string, base: string, key: readonly string[]): Rule[] {
  const words = key.map(column => `t."${column}"`).join(" || ' ' || ");
  return [
    {
      name: 'no row twice',
      where: name,
      sql: `select ${words} from ${base} t group by ${key.map(column => `t."${column}"`).join(', ')} having count(*) > 1`,
    },
    {
      name: 'prices that can be',
      where: name,
      sql: `select ${words} from ${base} t where t.close <= 0 or t.open <= 0 or t.low <= 0
        or t.high < greatest(t.open, t.close, t.low) or t.low > least(t.open, t.close, t.high) or t.volume < 0 or t.amount < 0`,
    },
    {
      name: 'on sessions of the calendar',
      where: name,
      sql: `select ${words} from ${base} t join main.calendar c on c.date = t.date where not c.is_open`,
    },
    {
      name: 'of codes in the catalogue',
      where: name,
      sql: `select t.code from ${base} t anti join main.instruments i on i.code = t.code
        where (select count(*) from main.instruments) > 0 group by t.code`,
    },
    {
      name: 'while they were listed',
      where: name,
      sql: `select ${words} from ${base} t join main.instruments i on i.code = t.code
        where t.date < i.list_date or t.date > i.delist_date`,
    },
    {
      name: 'coverage counts its rows',
      where: `${name}, meta.coverage`,
      sql: `select c.code || ' ' || c.from_date || ' … ' || c.to_date || ': ' || c."rows" || ' recorded, ' || count(t.date) || ' stored'
        from meta.coverage c left join ${base} t on t.code = c.code and t.date between c.from_date and c.to_date
        where c.dataset = '${name}' group by c.code, c.from_date, c.to_date, c."rows" having count(t.date) <> c."rows"`,
    },
    {
      name: 'rows are covered',
      where: `${name}, meta.coverage`,
      sql: `select t.code || ' ' || min(t.date) || ' … ' || max(t.date) from ${base} t
        anti join meta.coverage c on c.dataset = '${name}' and c.code = t.code and t.date between c.from_date and c.to_date
        group by t.code`,
    },
    {
      name: 'adjustment has its spans',
      where: `${name}, meta.factor_spans`,
      sql: `select t.code from (select distinct code from ${base}) t anti join meta.factor_spans s on s.code = t.code`,
    },
  ];
}

const otherRules: readonly Rule[] = [
  {
    name: 'coverage does not overlap',
    where: 'meta.coverage',
    sql: `select a.dataset || ' ' || a.code || ' ' || a.from_date from meta.coverage a join meta.coverage b
      on a.dataset = b.dataset and a.code = b.code and a.from_date < b.from_date and a.to_date >= b.from_date`,
  },
  {
    name: 'nothing covered is on the ledger',
    where: 'meta.failures, meta.coverage',
    sql: `select f.dataset || ' ' || f.code || ' ' || f.from_date from meta.failures f join meta.coverage c
      on c.dataset = f.dataset and c.code = f.code and f.from_date >= c.from_date and f.to_date <= c.to_date
      where f.params = '{}'`,
  },
  {
    name: 'runs add up',
    where: 'meta.runs',
    sql: `select 'run ' || run from meta.runs where ended_at is not null and planned is not null
      and planned <> ok + empty + failed + "left"`,
  },
  {
    name: 'one span a day',
    where: 'meta.factor_spans',
    sql: `select code || ' ' || from_date from (
        select code, from_date, lag(to_date) over (partition by code order by from_date) as before from meta.factor_spans)
      where before is not null and before + 1 <> from_date`,
  },
  {
    name: 'spans are those of the factors',
    where: 'adj_factors, meta.factor_spans',
    sql: strayedSpans,
  },
  {
    name: 'factors above zero, once a day',
    where: 'adj_factors',
    sql: `select code || ' ' || ex_date from main.adj_factors group by code, ex_date
      having count(*) > 1 or min(hfq_factor) is null or min(hfq_factor) <= 0`,
  },
  {
    name: 'one row a code',
    where: 'instruments',
    sql: `select code from main.instruments group by code having count(*) > 1`,
  },
  {
    name: 'one row a day',
    where: 'calendar',
    sql: `select date::varchar from main.calendar group by date having count(*) > 1`,
  },
];

export async function checkFile(database: Database, signal?: AbortSignal): Promise<readonly Check[]> {
  const rules = [...barTables.flatMap(({ name, base, key }) => barRules(name, base, key)), ...otherRules];
  const checks: Check[] = [];
  for (const { name, where, sql, means } of [
    ...rules.map(rule => ({ ...rule, means: 'broken' as const })),
    ...oddRules.map(rule => ({ ...rule, means: 'odd' as const })),
  ]) {
    signal?.throwIfAborted();
    const { rows } = await database.pool.query(
      `select count(*), min(finding_) from (${sql}) found_(finding_)`,
      undefined,
      { tag: 'check' },
    );
    checks.push({ name, means, where, found: readCount(rows[0]?.[0]), example: readText(rows[0]?.[1]) });
  }
  return checks;
}
