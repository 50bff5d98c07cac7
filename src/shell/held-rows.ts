/** The rows of a result on their way to be kept: the engine's own chunks, exact in every type, up to a number of rows. */
import type { DuckDBDataChunk, DuckDBType, DuckDBValue } from '@duckdb/node-api';

type Row = readonly DuckDBValue[];

/** Results of more rows are not kept. */
export const mostKeptRows = 100_000;

/** Of a result of more rows no values are held beside the chunks. */
export const mostValueRows = 256;

export class HeldRows {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  readonly #chunks: DuckDBDataChunk[] = [];
  #values: Row[] | null = [];
  #rows = 0;
  /** False until the result was read to its end. */
  whole = false;

  constructor(names: readonly string[], types: readonly DuckDBType[]) {
    this.names = names;
    this.types = types;
  }

  /** @param values the same rows as values, where somebody has read them anyway. */
  take(chunk: DuckDBDataChunk, values?: readonly Row[]): void {
    this.#rows += chunk.rowCount;
    if (values?.length === chunk.rowCount && this.#rows <= mostValueRows) this.#values?.push(...values);
    else this.#values = null;
    if (this.tooMany) this.#chunks.length = 0;
    else this.#chunks.push(chunk);
  }

  get rows(): number {
    return this.#rows;
  }

  get tooMany(): boolean {
    return this.#rows > mostKeptRows;
  }

  /** All rows as whoever shows them has them; null where they are many, or were not read. */
  get values(): readonly Row[] | null {
    return this.#values;
  }

  get chunks(): readonly DuckDBDataChunk[] {
    return this.#chunks;
  }
}
