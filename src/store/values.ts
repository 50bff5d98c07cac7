/** Our dates and instants as the driver's values and back. */
import { DuckDBDateValue, DuckDBTimestampTZValue, type DuckDBValue } from '@duckdb/node-api';
import { fromDays, type IsoDate, toDays } from '../market/date.ts';

/** Clock time in ms as a TIMESTAMPTZ. */
export function instantValue(ms: number): DuckDBTimestampTZValue {
  return new DuckDBTimestampTZValue(BigInt(Math.round(ms)) * 1000n);
}

/** Clock time in microseconds, as the columns of a batch hold it. */
export function instantMicros(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1000n;
}

export function dateValue(date: IsoDate): DuckDBDateValue {
  return new DuckDBDateValue(toDays(date));
}

/** A DATE cell; null stays null. */
export function readDate(value: DuckDBValue | undefined): IsoDate | null {
  return value instanceof DuckDBDateValue ? fromDays(value.days) : null;
}

/** A TIMESTAMPTZ cell as clock time in ms; null stays null. */
export function readInstant(value: DuckDBValue | undefined): number | null {
  return value instanceof DuckDBTimestampTZValue ? Number(value.micros / 1000n) : null;
}

/** An INTEGER or BIGINT cell; null counts as 0. */
export function readCount(value: DuckDBValue | undefined): number {
  return value === null || value === undefined ? 0 : Number(value);
}

export function readText(value: DuckDBValue | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}
