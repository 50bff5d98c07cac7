/** What the store adds to the provider's catalogue and calendar: pinyin initials, boards, counted sessions. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Code, classify, isCode } from '../market/code.ts';
import type { Batch } from '../market/columns.ts';
import type { Initials } from '../market/pinyin.ts';
import type { EndedTask } from './batch.ts';
import type { Connection } from './connection.ts';
import { textColumn } from './stage.ts';
import type { MarketTable } from './tables.ts';

/** Names read between two turns of the event loop: a whole catalogue at once would hold it for a tenth of a second. */
const namesOfTurn = 500;

/** The initials of all names of instruments that ended tasks brought. */
export async function initialsOfNames(
  ended: readonly EndedTask[],
  load: () => Promise<Initials>,
): Promise<ReadonlyMap<string, string>> {
  const names = new Set<string>();
  for (const { parts } of ended) {
    for (const { table, batch } of parts) {
      const { name } = batch.columns;
      if (table === 'instruments' && name?.kind === 'text')
        for (const one of name.values) if (one !== null) names.add(one);
    }
  }
  const found = new Map<string, string>();
  if (names.size === 0) return found;
  const initials = await load();
  for (const name of names) {
    found.set(name, initials(name));
    if (found.size % namesOfTurn === 0) await nextTurn();
  }
  return found;
}

/** The batch with the columns that the provider does not send and the store can tell. */
export function completeBatch(table: MarketTable, batch: Batch, initials: ReadonlyMap<string, string>): Batch {
  const { code, name, board, pinyin, status } = batch.columns;
  if (table.name === 'instruments') {
    const added = {
      ...(name?.kind === 'text' && !pinyin
        ? { pinyin: textColumn(name.values.map(value => (value === null ? null : (initials.get(value) ?? null)))) }
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
