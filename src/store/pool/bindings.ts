/** Values for `?` and `$name`: bound through the driver, never pasted into the text. */
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  DuckDBDateValue,
  type DuckDBListType,
  type DuckDBPreparedStatement,
  LIST,
  listValue,
  SQLNULL,
  VARCHAR,
} from '@duckdb/node-api';
import { Problem } from '../../market/problem.ts';
import type { Bindings, BoundDay } from '../connection.ts';

const int64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

/**
 * Binds every parameter of the statement, and refuses values that no parameter wants and parameters without a value.
 * Strings go as VARCHAR (the engine casts them to what stands on the other side), whole numbers as INTEGER or BIGINT, other
 * numbers as DOUBLE, bigints as BIGINT where they fit and HUGEINT else, arrays as lists, null as NULL of any type.
 */
export function bind(statement: DuckDBPreparedStatement, values: Bindings | undefined): void {
  const count = statement.parameterCount;
  const names = Array.from({ length: count }, (_, index) => statement.parameterName(index + 1));
  const positional = Array.isArray(values);
  const given = new Map<string, unknown>(
    positional ? values.map((value, index) => [String(index + 1), value]) : Object.entries(values ?? {}),
  );
  const unknown = [...given.keys()].filter(name => !names.includes(name));
  if (unknown.length > 0) {
    throw new Problem(
      'usage',
      positional
        ? `the statement has ${count} parameters, and ${given.size} values were given.`
        : `the statement has no parameter $${unknown[0]}; it has ${count === 0 ? 'none' : names.map(name => `$${name}`).join(', ')}.`,
    );
  }
  names.forEach((name, index) => {
    if (!given.has(name)) throw new Problem('usage', `the statement's parameter $${name} was given no value.`);
    bindOne(statement, index + 1, name, given.get(name));
  });
}

function bindOne(statement: DuckDBPreparedStatement, index: number, name: string, value: unknown): void {
  if (value === undefined) throw new Problem('usage', `the value for $${name} is undefined; null is the empty value.`);
  if (value === null) statement.bindNull(index);
  else if (typeof value === 'string') statement.bindVarchar(index, value);
  else if (isDay(value)) statement.bindDate(index, new DuckDBDateValue(value.epochDay));
  else if (typeof value === 'bigint' && value >= int64.least && value <= int64.most) statement.bindBigInt(index, value);
  else if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    statement.bindDouble(index, value);
  } else if (Array.isArray(value)) {
    const type = listType(value);
    statement.bindList(index, listValue(value), ...(type ? [type] : []));
  } else statement.bindValue(index, value as never);
}

function isDay(value: unknown): value is BoundDay {
  return typeof value === 'object' && value !== null && 'epochDay' in value && typeof value.epochDay === 'number';
}

/** The driver takes a list's type from its first item; here it comes from all of them, so that `[null, 1, 2.5]` binds. */
function listType(items: readonly unknown[]): DuckDBListType | undefined {
  const present = items.filter(item => item !== null);
  if (present.length === 0) return LIST(SQLNULL);
  if (present.every(item => typeof item === 'string')) return LIST(VARCHAR);
  if (present.every(item => typeof item === 'boolean')) return LIST(BOOLEAN);
  if (present.every(item => typeof item === 'bigint')) return LIST(BIGINT);
  if (present.every(item => Number.isSafeInteger(item))) return LIST(BIGINT);
  if (present.every(item => typeof item === 'number')) return LIST(DOUBLE);
  return undefined;
}
