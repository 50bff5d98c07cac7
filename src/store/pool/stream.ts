/**
 * A result read chunk by chunk: never more than one chunk (2,048 rows) in memory. It ends when it was read to its end, was
 * closed, was cancelled, or broke; its connection is free only then. A result that breaks half-way throws: the driver would
 * report it as complete.
 */
import { type DuckDBDataChunk, type DuckDBResult, type DuckDBType, ResultReturnType } from '@duckdb/node-api';
import type { ChunkedStream, ResultPiece } from '../connection.ts';
import { cancelled } from './abort.ts';
import './struct-values.ts';

interface StreamSource {
  readonly signal: AbortSignal | undefined;
  fetch(): Promise<DuckDBDataChunk | null>;
  end(how: 'done' | 'early' | 'broken'): Promise<void>;
  /** Why a result broke after so many rows. */
  explain(rows: number): Promise<unknown>;
}

export class ResultStream implements ChunkedStream {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  readonly #result: DuckDBResult;
  readonly #source: StreamSource;
  #rows = 0;
  #fetching: Promise<unknown> | null = null;
  #ended: Promise<void> | null = null;

  constructor(result: DuckDBResult, source: StreamSource) {
    this.#result = result;
    this.#source = source;
    this.names = result.columnNames();
    this.types = result.columnTypes();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReturnType<ResultPiece['rows']>> {
    for await (const piece of this.pieces()) yield piece.rows();
  }

  async *pieces(): AsyncGenerator<ResultPiece> {
    try {
      for (;;) {
        const chunk = await this.#next();
        if (chunk === null) return;
        yield { count: chunk.rowCount, chunk, rows: () => chunk.getRows() };
      }
    } finally {
      await this.close();
    }
  }

  /** The next rows; null at the end. */
  async #next(): Promise<DuckDBDataChunk | null> {
    if (this.#ended) return null;
    const fetching = this.#source.fetch();
    this.#fetching = fetching.catch(() => undefined);
    const chunk = await fetching;
    if (chunk && chunk.rowCount > 0) {
      this.#rows += chunk.rowCount;
      return chunk;
    }
    // A finished result still has its type; one that failed or was interrupted has none.
    const whole = this.#result.returnType !== ResultReturnType.INVALID;
    if (this.#ended) return null;
    await this.#end(whole ? 'done' : 'broken');
    if (whole) return null;
    if (this.#source.signal?.aborted) throw cancelled(this.#source.signal);
    throw await this.#source.explain(this.#rows);
  }

  #end(how: 'done' | 'early' | 'broken'): Promise<void> {
    this.#ended ??= this.#source.end(how);
    return this.#ended;
  }

  /** Lets the result go, read to its end or not. Awaits a chunk that is being fetched. */
  async close(): Promise<void> {
    if (this.#ended) return this.#ended;
    await this.#fetching;
    await this.#end('early');
  }
}
