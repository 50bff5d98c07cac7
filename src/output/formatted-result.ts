/** A result at a prompt in a format that was chosen with `mode`: the rows that are at hand, and a word on the rest. */
import type { Format } from '../config/settings.ts';
import { count, took } from './amounts.ts';
import { resultWriter } from './formats.ts';
import type { Line, Screen } from './line.ts';
import { indent, span } from './spans.ts';
import type { ResultView } from './view.ts';

export function formattedLines(view: ResultView, format: Format, screen: Screen): Line[] {
  const { names, types, rows, total, complete, ms } = view;
  const writer = resultWriter(format, { terminal: true, glyphs: screen.glyphs });
  const text = writer.head(names, types) + writer.rows(rows) + writer.end();
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const all = `${count(total)}${complete ? '' : '+'} ${total === 1 ? 'row' : 'rows'}`;
  const rest = rows.length < total || !complete ? `the first ${count(rows.length)} of ${all}` : all;
  const way = rows.length < total || !complete ? '; export FILE  writes them all' : '';
  return [...lines.map((line): Line => [span(line)]), [indent, span(`${rest} in ${took(ms)}${way}`, 'dim')]];
}
