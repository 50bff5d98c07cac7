/** Rows of a command's own in named columns, with sentences under them. */
import { alignedLines } from './aligned.ts';
import type { Line, Screen } from './line.ts';
import { shown } from './shown.ts';
import { indent, roomOf, span, wrapLine } from './spans.ts';
import type { ListView } from './view.ts';

export function listLines({ head, columns, rows, foot, empty, next }: ListView, screen: Screen): Line[] {
  const sentence = (text: string): Line[] => wrapLine([indent, span(shown(text), 'dim')], roomOf(screen), 4);
  const lines = rows.length === 0 ? (empty === null ? [] : sentence(empty)) : table();
  const ways = next.map(
    ([command, says]): Line => [indent, span(shown(command), 'accent'), span(`  ${shown(says)}`, 'dim')],
  );
  return [
    ...head.flatMap(text => wrapLine([indent, span(shown(text))], roomOf(screen), 4)),
    ...lines,
    ...foot.flatMap(sentence),
    ...ways.flatMap(line => wrapLine(line, roomOf(screen), 4)),
  ];

  function table(): Line[] {
    return alignedLines(
      columns.map(({ name, right, worth, least }) => ({
        name,
        ...(right ? { right } : {}),
        ...(worth === undefined ? {} : { worth }),
        ...(least === undefined ? {} : { least }),
      })),
      rows.map(row => row.map((text, index) => (text === '' ? [] : [span(shown(text), columns[index]?.role)]))),
      screen,
    );
  }
}
