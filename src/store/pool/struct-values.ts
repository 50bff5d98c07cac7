/**
 * The driver reads the members of a struct into an object by their names, so that of members without a name only the last is
 * left, in every place of the value. Here it is taught to read those by their places; a struct with names is read as before.
 */
import { DuckDBStructValue, DuckDBStructVector, type DuckDBValue } from '@duckdb/node-api';
import { memberKeys } from './members.ts';

const byName = DuckDBStructVector.prototype.getItem;

DuckDBStructVector.prototype.getItem = function getItem(this: DuckDBStructVector, row: number) {
  const { entryNames } = this.type;
  const keys = memberKeys(entryNames);
  if (keys === entryNames) return byName.call(this, row);
  if (!this.isItemValid(row)) return null;
  const entries: Record<string, DuckDBValue> = {};
  for (const [place, key] of keys.entries()) entries[key] = this.getItemValue(row, place);
  return new DuckDBStructValue(entries);
};
