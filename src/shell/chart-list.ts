/** Which securities a chart walks through: those of the newest result with a column `code` that holds the one drawn. */
import { type Code, isCode } from '../market/code.ts';
import type { Database } from '../store/database.ts';
import type { CellAccess } from './cell-access.ts';

/** Longer lists are cut here. */
const mostCodes = 2000;

/** In the order of the result, each once; the security alone where no result holds it. */
export async function codesListed(
  cells: Pick<CellAccess, 'records' | 'ready'>,
  code: Code,
  database: Database,
): Promise<readonly Code[]> {
  for (const { cell, result } of cells.records.toReversed()) {
    if (!result?.table || !result.names.includes('code')) continue;
    await cells.ready(cell);
    const { rows } = await database.pool.query(
      `select code from (select cast(code as varchar) as code, row_number() over () as place from ${result.table})
        group by code order by min(place) limit ${mostCodes}`,
      undefined,
      { tag: 'chart', lane: 'read' },
    );
    const codes = rows.flatMap(([value]) => (typeof value === 'string' && isCode(value) ? [value] : []));
    if (codes.length > 1 && codes.includes(code)) return codes;
  }
  return [code];
}
