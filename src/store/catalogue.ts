/** What the store adds to the provider's catalogue and calendar: pinyin initials, boards, counted sessions. */

import { type Code, classify, isCode } from '../market/code.ts';
import type { Batch } from '../market/columns.ts';
import type { Initials } from '../market/pinyin.ts';
import type { Connection } from './connection.ts';
import { textColumn } from './stage.ts';
import type { MarketTable } from './tables.ts';

/** The batch with the columns that the provider does not send and the store can tell. */
export function completeBatch(table: MarketTable, batch: Batch, initials: Initials): Batch {
  const { code, name, board, pinyin, status } = batch.columns;
  if (table.name === 'instruments') {
    const added = {
      ...(name?.kind === 'text' && !pinyin
        ? { pinyin: textColumn(name.values.map(value => (value === null ? null : initials(value)))) }
        : {}),
      ...(code?.kind === 'text' && !board ? { board: textColumn(code.values.map(boardOf)) } : {}),
    };
    return { rows: batch.rows, columns: { ...batch.columns, ...added } };
  }
  if (table.name === 'adj_factors' && !status) {
    const settled = textColumn(new Array<string>(batch.rows).fill('settled'));
    return { rows: batch.rows, columns: { ...batch.columns, status: settled } };
  }
  return batch;
}

function boardOf(code: string | null): string | null {
  return code !== null && isCode(code) ? classify(code as Code).board : null;
}

/**
 * Counts the sessions anew and finds each day's neighbours. A neighbour is known only where every day up to it is: across a
 * hole in the calendar nothing is concluded.
 */
export async function countSessions(connection: Connection): Promise<void> {
  await connection.execute(
    `update main.calendar t set seq = n.seq, prev_date = n.prev_date, next_date = n.next_date
    from (
      with runs as (
        select *, date - (row_number() over (order by date))::integer as stretch,
          case when is_open then (count(*) filter (where is_open) over (order by date))::integer end as number
        from main.calendar)
      select date as day, number as seq,
        max(case when is_open then date end) over (partition by stretch order by date rows between unbounded preceding and 1 preceding) as prev_date,
        min(case when is_open then date end) over (partition by stretch order by date rows between 1 following and unbounded following) as next_date
      from runs) n
    where t.date = n.day
      and (t.seq is distinct from n.seq or t.prev_date is distinct from n.prev_date or t.next_date is distinct from n.next_date)`,
  );
}
