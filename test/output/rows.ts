/** Real results and screens for the tests of layout. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { cellWidth } from '../../src/output/cells.ts';
import type { Line, Screen } from '../../src/output/line.ts';
import { lineText } from '../../src/output/spans.ts';
import type { ResultView } from '../../src/output/view.ts';

export function screen(columns: number, rows = 30, glyphs = true): Screen {
  return { columns, rows, glyphs };
}

export const widths = [20, 40, 80, 100];

export function texts(lines: readonly Line[]): string[] {
  return lines.map(lineText);
}

/** The widest line, in cells. */
export function widest(lines: readonly Line[]): number {
  return Math.max(0, ...texts(lines).map(cellWidth));
}

export class Memory {
  readonly #connection: DuckDBConnection;
  readonly #instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(): Promise<Memory> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run("set timezone = 'Asia/Shanghai'");
    return new Memory(instance, connection);
  }

  async result(sql: string): Promise<ResultView> {
    const reader = await this.#connection.runAndReadAll(sql);
    const rows = reader.getRows();
    return {
      kind: 'result',
      names: reader.columnNames(),
      types: reader.columnTypes(),
      rows,
      total: rows.length,
      complete: true,
      ms: 12,
      sql,
      hints: [],
    };
  }

  async run(sql: string): Promise<unknown[][]> {
    return (await this.#connection.runAndReadAll(sql)).getRowsJson() as unknown[][];
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}
