/** The cells of a session as a Jupyter notebook, with what they showed. */
import { type NotebookCell, notebookJson } from '../output/notebook-json.ts';
import type { CellRecord } from './cell-record.ts';
import { fileCellsOf } from './notebook-cells.ts';
import type { IsCommand } from './statements.ts';

export interface IpynbOptions {
  readonly title?: string | null;
  readonly isCommand: IsCommand;
  /** Rows of a result in its HTML table; default 200. */
  readonly rows?: number;
}

/** A text of SQL and commands becomes several cells, the last of which holds what it showed. */
export function ipynb(cells: readonly CellRecord[], { title = null, isCommand, rows = 200 }: IpynbOptions): string {
  const parts = cells.flatMap(record => {
    const kept = fileCellsOf(record, isCommand) ?? [
      { kind: 'sql' as const, title: record.title, name: record.name, text: record.text },
    ];
    return kept.map(
      ({ kind, title: own, name, text }, index): NotebookCell => ({
        kind,
        title: own,
        name,
        text,
        cell: record.state === 'ran' ? record.cell : null,
        views: index === kept.length - 1 ? record.views : [],
      }),
    );
  });
  return notebookJson(parts, { title, rows });
}
