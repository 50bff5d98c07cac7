/** Which values cannot be written into a table of their own: what the engine has no column for, or the driver no way to append. */
import type {
  DuckDBArrayType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  DuckDBType,
  DuckDBUnionType,
} from '@duckdb/node-api';
import { isUnnamed } from '../store/pool/members.ts';

const list = 24;
const struct = 25;
const map = 26;
const union = 28;
const array = 33;
const variant = 41;

/** What of the type stands in the way; null where nothing does. */
export function unkept(type: DuckDBType): string | null {
  switch (type.typeId as number) {
    case variant:
      return 'a variant';
    case list:
    case array:
      return unkept((type as DuckDBListType | DuckDBArrayType).valueType);
    case map:
      return first([(type as DuckDBMapType).keyType, (type as DuckDBMapType).valueType]);
    case struct: {
      const { entryNames, entryTypes } = type as DuckDBStructType;
      return isUnnamed(entryNames) ? 'a struct without names' : first(entryTypes);
    }
    case union:
      return first((type as DuckDBUnionType).memberTypes);
    default:
      return null;
  }
}

function first(types: readonly DuckDBType[]): string | null {
  return types.map(unkept).find(each => each !== null) ?? null;
}
