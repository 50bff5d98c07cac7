/**
 * Rows as an HTML table: every text escaped, control characters shown, lines kept. NULL is `<td class="null">NULL</td>`,
 * which the text NULL and '' are not. `htmlPage` makes it a whole page that needs nothing from elsewhere.
 */
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { ResultWriter } from './formats.ts';
import { shown } from './shown.ts';
import { isNumeric, valueText } from './value.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Blanks other than the space, which a page keeps as they are. */
const kept: Readonly<Record<string, string>> = { '\n': '<br>', '\r': '&#13;', '\t': '&#9;' };

function escapedText(text: string): string {
  return text
    .split(/([\r\n\t])/)
    .map((part, index) =>
      index % 2 === 1 ? kept[part] : shown(part).replace(/[&<>"]/g, mark => entities[mark] ?? mark),
    )
    .join('');
}

export function htmlTable(): ResultWriter {
  let types: readonly DuckDBType[] = [];
  const cell = (value: DuckDBValue, index: number): string => {
    const type = types[index] as DuckDBType;
    const text = valueText(value, type);
    if (text === null) return '<td class="null">NULL</td>';
    return `<td${isNumeric(type) ? ' class="number"' : ''}>${escapedText(text)}</td>`;
  };
  return {
    head(names, columnTypes) {
      types = columnTypes;
      return `<table>\n<thead><tr>${names.map(name => `<th>${escapedText(name)}</th>`).join('')}</tr></thead>\n<tbody>\n`;
    },
    rows: rows => rows.map(row => `<tr>${row.map(cell).join('')}</tr>\n`).join(''),
    end: () => '</tbody>\n</table>\n',
  };
}

/** The same as a page with a title. */
export function htmlPage(title: string): ResultWriter {
  const table = htmlTable();
  return {
    head: (names, types) => pageHead(title) + table.head(names, types),
    rows: table.rows,
    end: () => `${table.end()}</body>\n</html>\n`,
  };
}

function pageHead(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapedText(title)}</title>
<style>
:root { color-scheme: light dark }
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .15rem .6rem; text-align: left; vertical-align: top; white-space: pre-wrap; border-bottom: 1px solid #8884 }
thead th { position: sticky; top: 0; background: Canvas }
td.number { text-align: right }
td.null { color: GrayText; font-style: italic }
</style>
</head>
<body>
`;
}
