/**
 * The rows of a small result as plain values, the same that are shown: exact in every type that is taken, and written as a
 * chunk again when somebody reads them. A table of the engine takes 16 kB or more a column for its first row: a result of
 * twenty rows of daily bars would be a third of a megabyte. Null for what is better a table: many rows, long texts, and types
 * whose values are not plain.
 */
import { DuckDBDataChunk, type DuckDBType, DuckDBTypeId, type DuckDBValue } from '@duckdb/node-api';
import { type HeldRows, mostValueRows } from './held-rows.ts';

const mostValues = 8192;
/** Characters of all texts together. */
const mostText = 65_536;

const plain: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BOOLEAN,
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
  DuckDBTypeId.VARCHAR,
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIME,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_S,
  DuckDBTypeId.TIMESTAMP_MS,
  DuckDBTypeId.TIMESTAMP_NS,
  DuckDBTypeId.TIMESTAMP_TZ,
  DuckDBTypeId.INTERVAL,
  DuckDBTypeId.UUID,
]);

export interface LightRows {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  readonly values: readonly (readonly DuckDBValue[])[];
}

export function lightRows({ names, types, rows, values: read, chunks }: HeldRows): LightRows | null {
  if (rows > mostValueRows || rows * types.length > mostValues) return null;
  // An alias (JSON) is more than the type below it.
  if (!types.every(type => plain.has(type.typeId) && type.alias === undefined)) return null;
  const values = read ?? chunks.flatMap(chunk => chunk.getRows());
  const texts = types.flatMap(({ typeId }, index) => (typeId === DuckDBTypeId.VARCHAR ? [index] : []));
  let characters = 0;
  for (const row of values) {
    for (const index of texts) {
      const text = String(row[index] ?? '');
      // What writes a chunk ends a text at its first NUL.
      if (text.includes('\0')) return null;
      characters += text.length;
    }
  }
  return characters > mostText ? null : { names, types, values };
}

/** Null where there are no rows. */
export function chunkOf({ types, values }: LightRows): DuckDBDataChunk | null {
  if (values.length === 0) return null;
  const chunk = DuckDBDataChunk.create(types, values.length);
  for (const index of types.keys()) {
    const column = values.map(row => row[index] ?? null);
    chunk.setColumnValues(index, column);
  }
  return chunk;
}
