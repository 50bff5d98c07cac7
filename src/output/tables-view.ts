/** The tables with their rows; or one table with its columns, types, units. */
import { alignedLines } from './aligned.ts';
import { count } from './amounts.ts';
import { glyphsOf } from './glyphs.ts';
import type { Line, Screen } from './line.ts';
import { shown } from './shown.ts';
import { indent, joined, roomOf, span, wrapLine } from './spans.ts';
import type { TableRow, TablesView } from './view.ts';

export function tablesLines({ tables, only }: TablesView, screen: Screen): Line[] {
  const [first] = tables;
  if (!first) return [[indent, span('no tables', 'dim')]];
  return only !== null && tables.length === 1 ? tableInFull(first, screen) : list(tables, screen);
}

function nameOf({ schema, name }: TableRow): string {
  return shown(schema === 'main' ? name : `${schema}.${name}`);
}

function list(tables: readonly TableRow[], screen: Screen): Line[] {
  const lines = alignedLines(
    [
      { name: 'table' },
      { name: 'rows', right: true },
      { name: 'columns', right: true, worth: 0 },
      { name: '', worth: 1, least: 24 },
    ],
    tables.map(table => [
      [span(nameOf(table))],
      table.rows === null ? [span('view', 'dim')] : [span(count(table.rows))],
      [span(String(table.columns.length), 'dim')],
      [span(shown(table.comment ?? ''), 'dim')],
    ]),
    screen,
  );
  const foot: Line = [indent, span('tables NAME', 'accent'), span('  shows its columns with their units', 'dim')];
  return [...lines, ...wrapLine(foot, roomOf(screen), 2)];
}

function tableInFull(table: TableRow, screen: Screen): Line[] {
  const head: Line[] = [[span(nameOf(table), 'bold')]];
  if (table.rows !== null) head.push([span(`${count(table.rows)} rows`, 'dim')]);
  else head.push([span('view', 'dim')]);
  if (table.comment !== null) head.push([span(shown(table.comment), 'dim')]);
  return [
    ...wrapLine([indent, ...joined(head, glyphsOf(screen).dot)], roomOf(screen), 4),
    ...alignedLines(
      [{}, {}, { worth: 0, least: 16 }],
      table.columns.map(column => [
        [span(shown(column.name))],
        [span(shown(column.type.toLowerCase()), 'dim')],
        [span(shown(column.comment ?? ''), 'dim')],
      ]),
      screen,
      span('    '),
    ),
  ];
}
