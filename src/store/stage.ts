/**
 * Typed columns into a table of the engine, through its appender: chunk by chunk, flushed after every few (one flush at the
 * end would hold the JavaScript thread for a second), with a breath for the event loop in between. Small pieces share a chunk.
 * Values are copied whole from typed arrays into the chunk's vectors; nothing is converted cell by cell but text and NULL.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBVector,
  INTEGER,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api';
import type { Column, ColumnKind } from '../market/columns.ts';
import { type IsoDate, toDays } from '../market/date.ts';
import type { Connection } from './connection.ts';
import { instantMicros } from './values.ts';

/** `instant` is a timestamp column that goes into a TIMESTAMPTZ: microseconds UTC. */
export type StageKind = ColumnKind | 'instant';

export interface StageColumn {
  readonly name: string;
  readonly kind: StageKind;
}

/** Rows for the columns of a layout, in its order; a column that is missing is NULL. */
export interface Piece {
  readonly rows: number;
  readonly columns: readonly (Column | undefined)[];
  /** Row of the columns that is its first; 0 where it is left out. */
  readonly from?: number;
}

export interface Target {
  readonly catalog?: string;
  readonly schema: string;
  readonly table: string;
}

const rowsOfChunk = 2048;
/** A flush costs the more the oftener it comes: after each chunk 0.5 µs a row, after eight 0.2, none longer than 10 ms. */
const chunksOfFlush = 8;
/** Milliseconds of work after which the event loop gets its turn. */
const breathAfter = 8;

const allValid = 0xffff_ffff_ffff_ffffn;

const types: Readonly<Record<StageKind, DuckDBType>> = {
  text: VARCHAR,
  double: DOUBLE,
  bigint: BIGINT,
  integer: INTEGER,
  date: DATE,
  timestamp: TIMESTAMP,
  flag: BOOLEAN,
  instant: TIMESTAMPTZ,
};

/** What a vector of fixed width really holds; the driver's typings leave it out. */
interface FixedVector {
  readonly items: { set(values: ArrayLike<number> | ArrayLike<bigint>, offset: number): void };
  readonly dataView: DataView;
  /** A bit a row; null while all are valid. */
  readonly validity: { readonly data: BigUint64Array | null; setItemValid(row: number, valid: boolean): void };
}

/** Makes a temporary table of the layout, replacing one of the same name. */
export async function makeStage(
  connection: Connection,
  table: string,
  layout: readonly StageColumn[],
): Promise<Target> {
  const columns = layout.map(({ name, kind }) => `"${name}" ${kind === 'instant' ? 'TIMESTAMPTZ' : types[kind]}`);
  await connection.execute(`create or replace temp table ${table} (${columns.join(', ')})`);
  return { catalog: 'temp', schema: 'main', table };
}

/** Appends the pieces to a table whose columns are those of the layout, in order; resolves to the number of rows. */
export async function append(
  connection: Connection,
  target: Target,
  layout: readonly StageColumn[],
  pieces: Iterable<Piece>,
): Promise<number> {
  const appender = await connection.raw.createAppender(target.table, target.schema, target.catalog);
  try {
    const chunk = DuckDBDataChunk.create(layout.map(({ kind }) => types[kind]));
    const waiting: { piece: Piece; from: number; to: number }[] = [];
    let filled = 0;
    let rows = 0;
    let started = performance.now();
    let chunks = 0;
    const give = async () => {
      fill(chunk, layout, waiting, filled);
      appender.appendDataChunk(chunk);
      if (++chunks % chunksOfFlush === 0) appender.flushSync();
      rows += filled;
      waiting.length = 0;
      filled = 0;
      if (performance.now() - started > breathAfter) {
        await nextTurn();
        started = performance.now();
      }
    };
    for (const piece of pieces) {
      const end = (piece.from ?? 0) + piece.rows;
      for (let from = piece.from ?? 0; from < end; ) {
        const to = Math.min(end, from + rowsOfChunk - filled);
        waiting.push({ piece, from, to });
        filled += to - from;
        from = to;
        if (filled === rowsOfChunk) await give();
      }
    }
    if (filled > 0) await give();
    return rows;
  } finally {
    appender.closeSync();
  }
}

/**
 * Vectors are made anew only where the number of rows changes or a text is among them (the engine keeps a chunk's texts until
 * it is reset): what JavaScript holds of them lies outside its heap and is dear to collect.
 */
function fill(
  chunk: DuckDBDataChunk,
  layout: readonly StageColumn[],
  slices: readonly { readonly piece: Piece; readonly from: number; readonly to: number }[],
  rows: number,
): void {
  if (chunk.rowCount !== rows || layout.some(({ kind }) => kind === 'text')) {
    chunk.reset();
    chunk.rowCount = rows;
  }
  for (const [index, { name, kind }] of layout.entries()) {
    const vector = chunk.getColumnVector(index);
    if (kind !== 'text') (vector as unknown as FixedVector).validity.data?.fill(allValid);
    let at = 0;
    for (const { piece, from, to } of slices) {
      const column = piece.columns[index];
      if (column && !fits(column.kind, kind)) throw new TypeError(`column ${name} is ${column.kind}, not ${kind}`);
      copy(vector, at, column, from, to);
      at += to - from;
    }
    vector.flush();
  }
}

function fits(given: ColumnKind, wanted: StageKind): boolean {
  return given === wanted || (given === 'timestamp' && wanted === 'instant');
}

function copy(vector: DuckDBVector, at: number, column: Column | undefined, from: number, to: number): void {
  if (column?.kind === 'text') {
    for (let row = from; row < to; row++) vector.setItem(at + row - from, column.values[row] ?? null);
    return;
  }
  const fixed = vector as unknown as FixedVector;
  if (!column) {
    for (let row = at; row < at + to - from; row++) fixed.validity.setItemValid(row, false);
    return;
  }
  const values = column.values.subarray(from, to);
  if (column.kind === 'flag') {
    const { buffer, byteOffset } = fixed.dataView;
    new Uint8Array(buffer, byteOffset + at, to - from).set(values as Uint8Array);
  } else {
    fixed.items.set(values, at);
  }
  if (!column.valid) return;
  for (let row = from; row < to; row++) {
    if (column.valid[row] === 0) fixed.validity.setItemValid(at + row - from, false);
  }
}

export function textColumn(values: readonly (string | null)[]): Column {
  return { kind: 'text', values };
}

export function integerColumn(values: readonly (number | null)[]): Column {
  return { kind: 'integer', values: Int32Array.from(values, value => value ?? 0), valid: validity(values) };
}

export function flagColumn(values: readonly boolean[]): Column {
  return { kind: 'flag', values: Uint8Array.from(values, Number), valid: null };
}

export function dateColumn(values: readonly (IsoDate | null)[]): Column {
  return {
    kind: 'date',
    values: Int32Array.from(values, value => (value === null ? 0 : toDays(value))),
    valid: validity(values),
  };
}

/** From clock times in ms. */
export function instantColumn(values: readonly (number | null)[]): Column {
  return {
    kind: 'timestamp',
    values: BigInt64Array.from(values, value => (value === null ? 0n : instantMicros(value))),
    valid: validity(values),
  };
}

function validity(values: readonly unknown[]): Uint8Array | null {
  return values.includes(null) ? Uint8Array.from(values, value => (value === null ? 0 : 1)) : null;
}
