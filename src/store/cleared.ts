/**
 * Taking entries off the ledger by hand. Nothing becomes stored or covered by it: what is missing stays missing. The entries
 * move to `meta.cleared` with the reason, in one transaction.
 */
import type { Code } from '../market/code.ts';
import type { IsoDate } from '../market/date.ts';
import type { FailureClass } from '../source/outcome.ts';
import { type Database, refuseReadOnly } from './database.ts';
import type { LedgerFailure } from './ledger.ts';
import { dateValue, instantValue, readCount, readDate, readInstant, readText } from './values.ts';

const columns = 'code, dataset, params, from_date, to_date, class, message, attempts, first_at, last_at, run, source';

/** @returns how many were still on the ledger and are cleared now. @throws Problem for a file that is open read-only. */
export async function clearFailures(
  database: Database,
  failures: readonly LedgerFailure[],
  reason: string,
): Promise<number> {
  refuseReadOnly(database, 'taken off the ledger');
  const now = instantValue(database.clock.now());
  return database.pool.write(
    async connection => {
      let cleared = 0;
      for (const { code, dataset, params, from, to } of failures) {
        const entry = {
          code,
          dataset,
          params: JSON.stringify(params),
          from: from === null ? null : dateValue(from),
          to: to === null ? null : dateValue(to),
        };
        const where = `where dataset = $dataset and params = $params and code is not distinct from $code
          and from_date is not distinct from $from::date and to_date is not distinct from $to::date`;
        await connection.execute(
          `insert into meta.cleared (${columns}, cleared_at, reason)
          select ${columns}, $now, $reason from meta.failures ${where}`,
          { ...entry, now, reason },
        );
        cleared += await connection.execute(`delete from meta.failures ${where}`, entry);
      }
      return cleared;
    },
    { tag: 'failures clear' },
  );
}

export interface ClearedFailure {
  readonly dataset: string;
  readonly from: IsoDate | null;
  readonly to: IsoDate | null;
  readonly class: FailureClass;
  readonly message: string;
  readonly attempts: number;
  readonly run: number;
  /** Clock times in ms. */
  readonly lastAt: number;
  readonly clearedAt: number;
  readonly reason: string;
}

/** What was cleared of a code, or of a dataset that was asked for as a whole, newest first. */
export async function readCleared(database: Database, code: Code | string): Promise<readonly ClearedFailure[]> {
  const { rows } = await database.pool.query(
    `select dataset, from_date, to_date, class, message, attempts, run, last_at, cleared_at, reason
    from meta.cleared where code = $code or (code is null and dataset = $code) order by cleared_at desc`,
    { code },
    { tag: 'failures' },
  );
  return rows.map(row => ({
    dataset: readText(row[0]) ?? '',
    from: readDate(row[1]),
    to: readDate(row[2]),
    class: readText(row[3]) as FailureClass,
    message: readText(row[4]) ?? '',
    attempts: readCount(row[5]),
    run: readCount(row[6]),
    lastAt: readInstant(row[7]) ?? 0,
    clearedAt: readInstant(row[8]) ?? 0,
    reason: readText(row[9]) ?? '',
  }));
}
