/**
 * Long lists of numbers as sparklines, for tables on a terminal: `▂▃▅▇▆ 60`. Short lists, and every list in another format,
 * are written digit by digit.
 */
import type { DuckDBArrayType, DuckDBListType, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { sparkline } from '../chart/spark.ts';
import type { Screen } from './line.ts';
import { isNumeric, valueText } from './value.ts';

/** From so many numbers in the longest list on. */
const fromItems = 12;
const sparkCells = 24;

/** Texts of a column; null where it holds no long lists of numbers, or where nothing is drawn. */
export function sparkTexts(values: readonly DuckDBValue[], type: DuckDBType, screen: Screen): (string | null)[] | null {
  if (!Number.isFinite(screen.columns)) return null;
  const { valueType } = type as Partial<DuckDBListType & DuckDBArrayType>;
  if (!valueType || !isNumeric(valueType)) return null;
  const lists = values.map(value =>
    value === null ? null : ((value as { items?: readonly DuckDBValue[] }).items ?? null),
  );
  if (!lists.some(items => items !== null && items.length >= fromItems)) return null;
  return lists.map(items => {
    if (items === null) return null;
    const drawn = sparkline(
      items.map(item => numberOf(item, valueType)),
      sparkCells,
      screen.glyphs,
    );
    return `${drawn}${drawn === '' ? '' : ' '}${items.length}`;
  });
}

function numberOf(value: DuckDBValue, type: DuckDBType): number | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'number' ? value : Number(valueText(value, type));
}
