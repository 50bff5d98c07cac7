/** One row of a result as a form: a field under the other, every value whole. Pure. */
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { cellWidth, cutCells, padEndCells } from '../../output/cells.ts';
import { glyphsOf } from '../../output/glyphs.ts';
import type { Line, Screen } from '../../output/line.ts';
import { shownRows } from '../../output/shown.ts';
import { roomOf, span, wrapLine } from '../../output/spans.ts';
import { typeText, valueText } from '../../output/value.ts';

/** Characters of a value that the form shows; copying takes all of them. */
const mostShown = 4000;
const narrow = 50;

export interface Fields {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  readonly row: readonly DuckDBValue[];
}

/** All rows of the form, and the first one of each field. */
export function recordLines(
  { names, types, row }: Fields,
  current: number,
  screen: Screen,
): { readonly lines: readonly Line[]; readonly starts: readonly number[] } {
  const { pointer, ellipsis } = glyphsOf(screen);
  const room = roomOf(screen);
  const shown = names.map(name => shownRows(name)[0] ?? '');
  const kinds = types.map(type => (room < narrow ? '' : typeText(type)));
  const nameCells = Math.min(Math.floor(room / 3), Math.max(0, ...shown.map(cellWidth)));
  const kindCells = Math.min(14, Math.max(0, ...kinds.map(cellWidth)));
  const lead = 2 + nameCells + 2 + (kindCells > 0 ? kindCells + 2 : 0);
  const lines: Line[] = [];
  const starts: number[] = [];
  for (const [column, name] of shown.entries()) {
    starts.push(lines.length);
    const here = column === current;
    const head: Line = [
      span(here ? padEndCells(pointer, 2) : '  ', 'accent'),
      span(padEndCells(cutCells(name, nameCells, ellipsis), nameCells), here ? 'bold' : 'dim'),
      span('  '),
      ...(kindCells > 0
        ? [span(padEndCells(cutCells(kinds[column] ?? '', kindCells, ellipsis), kindCells), 'dim'), span('  ')]
        : []),
    ];
    const texts = textsOf(row[column] ?? null, types[column] as DuckDBType);
    for (const [index, text] of texts.entries()) {
      const before: Line = index === 0 ? head : [span(' '.repeat(lead))];
      lines.push(...wrapLine([...before, text], room, lead));
    }
  }
  return { lines, starts };
}

function textsOf(value: DuckDBValue, type: DuckDBType): Line[number][] {
  const text = valueText(value, type, mostShown);
  if (text === null) return [span('NULL', 'dim')];
  if (text === '') return [span("''", 'dim')];
  const cut = text.length > mostShown;
  const rows = shownRows(text.slice(0, mostShown)).map(row => span(row));
  return cut ? [...rows, span(`the first ${mostShown} characters; y copies all`, 'dim')] : rows;
}
