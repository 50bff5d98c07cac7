/** What became of each code of a small run: what the tables hold of it now, in the range that was asked. */
import type { Code } from '../market/code.ts';
import { type Period, tableOf } from '../market/period.ts';
import type { Outcome } from '../source/outcome.ts';
import type { Database } from '../store/database.ts';
import { readCount, readDate, readText } from '../store/values.ts';
import type { CodeResult } from './events.ts';
import type { Plan } from './request.ts';

/** Beyond so many codes nobody reads them one by one. */
export const mostCodeResults = 50;

export async function codeResults(
  database: Database,
  period: Period,
  plan: Plan,
  outcomes: ReadonlyMap<Code, Outcome>,
): Promise<readonly CodeResult[]> {
  const { asked, covered } = plan;
  if (asked.length === 0 || asked.length > mostCodeResults) return [];
  const suspended = period === 'd' ? 'count(*) filter (where t.is_suspended)' : '0';
  const { rows } = await database.pool.query(
    `select a.code, count(t.date), min(t.date), max(t.date), ${suspended}
    from (select unnest($codes::varchar[]) as code, unnest($from::varchar[])::date as first, unnest($to::varchar[])::date as last) a
    left join ${tableOf(period)} t on t.code = a.code and t.date between a.first and a.last
    group by a.code`,
    {
      codes: asked.map(({ code }) => code) as never,
      from: asked.map(({ from }) => from) as never,
      to: asked.map(({ to }) => to) as never,
    },
    { tag: 'run' },
  );
  const stored = new Map(rows.map(row => [readText(row[0]) as Code, row]));
  const whole = new Set(covered);
  return asked.map(({ code }) => {
    const row = stored.get(code);
    return {
      code,
      bars: readCount(row?.[1]),
      first: readDate(row?.[2]),
      last: readDate(row?.[3]),
      suspended: readCount(row?.[4]),
      covered: whole.has(code),
      outcome: outcomes.get(code) ?? null,
    };
  });
}
