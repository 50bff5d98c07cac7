/** Codes that were ever asked for bars of a period: with coverage, with rows, or on the ledger. */
import { type Code, isCode } from '../market/code.ts';
import { type Period, tableOf } from '../market/period.ts';
import type { Database } from '../store/database.ts';
import { marketTable } from '../store/tables.ts';
import { readText } from '../store/values.ts';

export async function readCoveredCodes(database: Database, period: Period): Promise<Code[]> {
  const dataset = tableOf(period);
  const { rows } = await database.pool.query(
    `select code from meta.coverage where dataset = $dataset
    union select code from ${marketTable(dataset).base}
    union select code from meta.failures where dataset = $dataset and code is not null
    order by code`,
    { dataset },
    { tag: 'coverage' },
  );
  return rows.flatMap(([code]) => {
    const text = readText(code) ?? '';
    return isCode(text) ? [text] : [];
  });
}
