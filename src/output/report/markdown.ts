/** A report as Markdown: prose as it is, SQL in fences, results as tables, charts as text. */
import { markdownText } from '../formats.ts';
import type { Screen } from '../line.ts';
import { viewLines } from '../lines.ts';
import { lineText } from '../spans.ts';
import { isNumeric } from '../value.ts';
import type { ResultView, View } from '../view.ts';
import type { Report, ReportCell } from './report.ts';
import { reportRows, rowsTold } from './table.ts';

const page: Screen = { columns: 100, rows: 40, glyphs: true, colour: false };

export function reportMarkdown({ title, params, made, cells, rows }: Report): string {
  const values = params.map(([name, value]) => `\`$${name}\` ${plain(value)}`).join(' · ');
  const parts = [
    `# ${plain(title)}`,
    plain(made),
    ...(values === '' ? [] : [values]),
    ...cells.map(cell => cellText(cell, rows)),
  ];
  return `${parts.filter(part => part !== '').join('\n\n')}\n`;
}

function cellText({ kind, title, text, views, failed }: ReportCell, rows: number): string {
  const heading = title === null ? [] : [`## ${plain(title)}`];
  if (kind === 'markdown') return [...heading, text].join('\n\n');
  const shownViews = views.map(view => viewText(view, rows)).filter(part => part !== '');
  return [...heading, fenced(text, kind === 'sql' ? 'sql' : ''), ...(failed ? ['**failed**'] : []), ...shownViews].join(
    '\n\n',
  );
}

function viewText(view: View, rows: number): string {
  if (view.kind === 'result') return table(view, rows);
  const lines = viewLines(view, page).map(line => lineText(line).replace(/^ {2}/, ''));
  return lines.length === 0 ? '' : fenced(lines.join('\n'), '');
}

/** A fence longer than any in the text. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

function table(view: ResultView, most: number): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row(view.names.map(plain)),
    row(view.types.map(type => (isNumeric(type) ? '---:' : '---'))),
    ...reportRows(view, most).map(cells => row(cells.map(({ text }) => plain(text)))),
    '',
    rowsTold(view, most),
  ].join('\n');
}

/** Text that Markdown takes for nothing else, at the beginning of a line too. */
function plain(text: string): string {
  return markdownText(text).replace(/^(#|>|[-+]|\d+[.)])(?=\s|$)/, '\\$1');
}
