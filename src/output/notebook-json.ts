/**
 * Cells as a Jupyter notebook, nbformat 4.5, which Jupyter, VS Code and GitHub show with what the cells gave. SQL stands behind `%%sql`,
 * as jupysql and VS Code read it; commands stand behind `%%bash` as calls of the program. Results are kept as text and as an HTML
 * table, charts as SVG.
 */
import { createHash } from 'node:crypto';
import { chartSvg } from './chart-view.ts';
import type { Screen } from './line.ts';
import { viewLines } from './lines.ts';
import { tableHtml } from './report/table.ts';
import { lineText } from './spans.ts';
import type { View } from './view.ts';

export interface NotebookCell {
  readonly kind: 'sql' | 'markdown' | 'duckline';
  readonly title: string | null;
  readonly name: string | null;
  /** SQL as it stands; prose and commands without comment signs. */
  readonly text: string;
  /** Number that it ran as; null where it was not run. */
  readonly cell: number | null;
  readonly views: readonly View[];
}

export interface NotebookJsonOptions {
  readonly title?: string | null;
  /** Rows of a result in its HTML table. */
  readonly rows?: number;
}

const page: Screen = { columns: 120, rows: 60, glyphs: true, colour: false };

/** Ends with a line end, as Jupyter writes it. The same cells give the same bytes. */
export function notebookJson(
  cells: readonly NotebookCell[],
  { title = null, rows = 200 }: NotebookJsonOptions = {},
): string {
  const notebook = {
    cells: cells.map((cell, index) => cellOf(cell, index, rows)),
    metadata: {
      kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
      language_info: { name: 'python' },
      ...(title === null ? {} : { title }),
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

function cellOf(cell: NotebookCell, index: number, rows: number): Record<string, unknown> {
  const { kind, title, name, text } = cell;
  const id = createHash('sha256').update(`${index}\n${kind}\n${text}`).digest('hex').slice(0, 8);
  const metadata = { ...(name === null ? {} : { name }), ...(title === null ? {} : { title }) };
  if (kind === 'markdown') return { cell_type: 'markdown', id, metadata, source: linesOf(text) };
  return {
    cell_type: 'code',
    execution_count: cell.cell,
    id,
    metadata,
    outputs: cell.views.flatMap(view => outputOf(view, cell.cell, rows)),
    source: linesOf(kind === 'sql' ? `%%sql\n${text}` : `%%bash\n${text.split('\n').map(commandCall).join('\n')}`),
  };
}

/** A command as the shell of a notebook runs it. */
function commandCall(line: string): string {
  return line.trim() === '' || line.startsWith('--') ? line.replace(/^--/, '#') : `duckline ${line}`;
}

function outputOf(view: View, count: number | null, rows: number): Record<string, unknown>[] {
  const text = viewLines(view, page).map(line => lineText(line).replace(/^ {2}/, ''));
  if (text.length === 0) return [];
  if (view.kind === 'problem') {
    return [{ ename: view.problem.kind, evalue: view.problem.message, output_type: 'error', traceback: text }];
  }
  const rich: Record<string, unknown> =
    view.kind === 'result'
      ? { 'text/html': linesOf(tableHtml(view, rows)) }
      : view.kind === 'chart'
        ? { 'image/svg+xml': linesOf(chartSvg(view)) }
        : {};
  const output = { data: { ...rich, 'text/plain': linesOf(text.join('\n')) }, metadata: {} };
  if (view.kind !== 'result') return [{ ...output, output_type: 'display_data' }];
  return [{ ...output, execution_count: count, output_type: 'execute_result' }];
}

/** Jupyter keeps texts as lists of lines, each with its end but the last. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}
