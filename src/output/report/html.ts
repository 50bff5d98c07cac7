/**
 * A report as one HTML file that stands alone: no script, nothing loaded from anywhere. Every text from data, file or provider is
 * escaped.
 */
import { escaped } from '../../chart/svg.ts';
import { chartSvg } from '../chart-view.ts';
import type { Screen } from '../line.ts';
import { viewLines } from '../lines.ts';
import { lineText } from '../spans.ts';
import type { View } from '../view.ts';
import { proseHtml } from './prose.ts';
import type { Report, ReportCell } from './report.ts';
import { reportStyle } from './style.ts';
import { tableHtml } from './table.ts';

/** Where a view is told in words, as wide as a page. */
const page: Screen = { columns: 96, rows: Number.POSITIVE_INFINITY, glyphs: true, colour: false };

export function reportHtml(report: Report): string {
  const { title, params, made, cells } = report;
  const values = params.map(([name, value]) => `<span><b>$${escaped(name)}</b> ${escaped(value)}</span>`).join('');
  return `<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escaped(title)}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
<header>
<h1>${escaped(title)}</h1>
<p class="made">${escaped(made)}</p>
${values === '' ? '' : `<p class="params">${values}</p>\n`}</header>
${cells.map(cell => cellHtml(cell, report.rows)).join('\n')}
</main>
</body>
</html>
`;
}

function cellHtml(cell: ReportCell, rows: number): string {
  const heading = cell.title === null ? '' : `<h2>${escaped(cell.title)}</h2>\n`;
  if (cell.kind === 'markdown') return `<section>\n${heading}${proseHtml(cell.text)}\n</section>`;
  const anchor = cell.name === null ? '' : ` id="${escaped(cell.name)}"`;
  const source = `<details><summary>${cell.kind === 'sql' ? 'SQL' : 'commands'}</summary><pre><code>${escaped(cell.text)}</code></pre></details>`;
  const shown = cell.views.map(view => viewHtml(view, rows)).join('\n');
  const body = cell.failed ? `<div class="failed">\n<span class="word">failed</span>\n${shown}\n</div>` : shown;
  return `<section${anchor}>\n${heading}${body}\n${source}\n</section>`;
}

function viewHtml(view: View, rows: number): string {
  if (view.kind === 'result') return tableHtml(view, rows);
  if (view.kind === 'chart') return `<figure>${chartSvg(view)}</figure>`;
  const text = viewLines(view, page).map(line => lineText(line).replace(/^ {2}/, ''));
  return text.length === 0 ? '' : `<pre>${escaped(text.join('\n'))}</pre>`;
}
