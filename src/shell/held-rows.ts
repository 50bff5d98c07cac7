/** The rows of a result on their way to be kept: the engine's own chunks, exact in every type, up to a number of rows. */
import type { DuckDBDataChunk, DuckDBType } from '@duckdb/node-api';

/** Results of more rows are not kept. */
export const mostKeptRows = 100_000;

export class HeldRows {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  readonly #chunks: DuckDBDataChunk[] = [];
  #rows = 0;
  /** False until the result was read to its end. */
  whole = false;

  constructor(names: readonly string[], types: readonly DuckDBType[]) {
    this.names = names;
    this.types = types;
  }

  take(chunk: DuckDBDataChunk): void {
    this.#rows += chunk.rowCount;
    if (this.tooMany) this.#chunks.length = 0;
    else this.#chunks.push(chunk);
  }

  get rows(): number {
    return this.#rows;
  }

  get tooMany(): boolean {
    return this.#rows > mostKeptRows;
  }

  get chunks(): readonly DuckDBDataChunk[] {
    return this.#chunks;
  }
}
