/**
 * Which results the engine's own CSV writer writes as the writers of `formats.ts` do, byte for byte, so that the engine may write
 * them itself. Left out is what it writes otherwise: names that repeat, `.50` for a decimal without whole digits, structs
 * without names, unions and variants, and instants where the time zone of the session may not be Shanghai's.
 */
import type {
  DuckDBArrayType,
  DuckDBDecimalType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
} from '@duckdb/node-api';
import type { Columns } from '../store/connection.ts';

type Type = Columns['types'][number];

/** Numbers of DuckDB's C interface: everything without members but decimals and instants. */
const simple: ReadonlySet<number> = new Set([
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18],
  ...[20, 21, 22, 23, 27, 29, 30, 32, 35, 36, 39],
]);
const decimal = 19;
const list = 24;
const struct = 25;
const map = 26;
const timestampTz = 31;
const array = 33;

/** Options of a `COPY … TO` that writes so. */
export function engineTextOptions(delimiter: ',' | '\t'): string {
  return `format csv, header true, nullstr '', delimiter '${delimiter}', compression none, use_tmp_file false`;
}

/** @param settled no setting of the session was changed. */
export function engineWritesAlike({ names, types }: Columns, settled: boolean): boolean {
  const distinct = new Set(names.map(name => name.toLowerCase()));
  return names.length > 0 && distinct.size === names.length && types.every(type => alike(type, settled));
}

function alike(type: Type, settled: boolean): boolean {
  if (type.alias !== undefined && type.alias !== 'JSON') return false;
  switch (type.typeId as number) {
    case decimal: {
      const { width, scale } = type as DuckDBDecimalType;
      return width > scale;
    }
    case timestampTz:
      return settled;
    case list:
    case array:
      return alike((type as DuckDBListType | DuckDBArrayType).valueType, settled);
    case map:
      return alike((type as DuckDBMapType).keyType, settled) && alike((type as DuckDBMapType).valueType, settled);
    case struct: {
      const { entryNames, entryTypes } = type as DuckDBStructType;
      return entryNames.every(name => name !== '') && entryTypes.every(each => alike(each, settled));
    }
    default:
      return simple.has(type.typeId);
  }
}
