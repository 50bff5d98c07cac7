/** A result as an HTML table, each value as a terminal shows it: numbers right, NULL unlike an empty text, changes with their sign. */
import type { DuckDBType } from '@duckdb/node-api';
import { escaped } from '../../chart/svg.ts';
import { count, counted } from '../amounts.ts';
import type { Screen } from '../line.ts';
import { sparkTexts } from '../list-cells.ts';
import { type Cell, columnCells } from '../result-cells.ts';
import { isNumeric, typeText } from '../value.ts';
import type { ResultView } from '../view.ts';

/** With what was left out said under it. */
export function tableHtml(view: ResultView, most: number): string {
  const { names, types } = view;
  const head = names.map((name, index) => {
    const type = types[index];
    return `<th${type && isNumeric(type) ? ' class="n"' : ''}>${escaped(name)}<span class="type">${escaped(type ? typeText(type) : '')}</span></th>`;
  });
  const body = reportRows(view, most).map(
    row => `<tr>${row.map((cell, index) => cellHtml(cell, types[index])).join('')}</tr>`,
  );
  return `<div class="table"><table>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>
<p class="foot">${rowsTold(view, most)}</p>`;
}

/** Where long lists of numbers are drawn. */
const page: Screen = { columns: 96, rows: Number.POSITIVE_INFINITY, glyphs: true, colour: false };

/** The first rows, as cells of a terminal's table. */
export function reportRows({ names, types, rows }: ResultView, most: number): Cell[][] {
  const shown = rows.slice(0, most);
  const columns = names.map((name, index) => {
    const type = types[index];
    const values = shown.map(row => row[index] ?? null);
    if (!type) return values.map(() => ({ text: '' }));
    const drawn = sparkTexts(values, type, page);
    return drawn
      ? drawn.map(text => (text === null ? { text: 'NULL', role: 'dim' as const } : { text }))
      : columnCells(values, type, name);
  });
  return shown.map((_, row) => columns.map(column => column[row] ?? { text: '' }));
}

/** `20 of 1,000 rows` */
export function rowsTold({ rows, total, complete }: ResultView, most: number): string {
  const all = complete ? counted(total, 'row') : `more than ${counted(total, 'row')}`;
  const shown = Math.min(rows.length, most);
  return shown < total || !complete ? `${count(shown)} of ${all}` : all;
}

function cellHtml({ text, role }: Cell, type: DuckDBType | undefined): string {
  const right = type && isNumeric(type) ? ['n'] : [];
  const classes = [...right, ...(role === 'up' || role === 'down' ? [role] : []), ...(role === 'dim' ? ['null'] : [])];
  return `<td${classes.length > 0 ? ` class="${classes.join(' ')}"` : ''}>${escaped(text)}</td>`;
}
