/** Everything that the bookkeeping says, held against the tables of a file. */
import type { OpenedDatabase } from '../../src/store/database.ts';
import { all } from './fixture.ts';

/**
 * What does not fit, by the name of the rule; empty where all does.
 *
 * @param more further rules: statements that find what may not be
 */
export async function contradictions(
  database: OpenedDatabase,
  more: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown[][]>> {
  const checks = {
    ...more,
    'bars that are there twice': 'select code, date from daily group by all having count(*) > 1',
    'ranges that are not whole': `select c.code from meta.coverage c left join daily d on d.code = c.code and d.date between c.from_date and c.to_date
      group by c.code, c.from_date, c."rows" having count(d.date) <> c."rows"`,
    'bars without coverage': `select distinct d.code from daily d where not exists
      (from meta.coverage c where c.code = d.code and d.date between c.from_date and c.to_date)`,
    'runs whose counts do not add up': 'select run from meta.runs where planned <> ok + empty + failed + "left"',
    'runs whose counts are not their tasks': `select r.run from meta.runs r left join
      (select run, count(distinct task) as ended from meta.attempts where dataset = 'daily' group by run) a using (run)
      where r.ok + r.empty + r.failed <> coalesce(a.ended, 0)`,
    'rows that the runs did not count':
      'select 1 where (select coalesce(sum("rows"), 0) from meta.runs) <> (select count(*) from daily)',
    'messages that were not counted':
      'select 1 where (select coalesce(sum(requests), 0) from meta.runs) <> (select coalesce(sum(count), 0) from meta.requests)',
    'failures of what is stored': 'select f.code from meta.failures f join meta.coverage c using (code)',
    'tasks that are nowhere': `select distinct a.code from meta.attempts a where a.dataset = 'daily'
      and a.code not in (select code from meta.coverage) and a.code not in (select code from meta.failures)`,
    'codes with other spans than factors': `select code from (select code, count(*) as n from meta.factor_spans group by code) s
      full join (select code, count(*) + 1 as n from adj_factors group by code) f using (code) where s.n is distinct from f.n`,
    'bars without adjusted prices': 'select code, date from daily_qfq where close is null',
    'runs without an end': 'select run from meta.runs where "end" is null',
  };
  const found: Record<string, unknown[][]> = {};
  for (const [name, sql] of Object.entries(checks)) {
    const rows = await all(database, sql);
    if (rows.length > 0) found[name] = rows;
  }
  return found;
}
