/** Help: the commands, one command in full, or a topic. */
import { alignedLines } from './aligned.ts';
import { cellWidth } from './cells.ts';
import { glyphsOf } from './glyphs.ts';
import type { Line, Screen } from './line.ts';
import { cutLine, indent, joined, roomOf, span, wrapLine } from './spans.ts';
import type { HelpOption, HelpView } from './view.ts';

/** Cells before a flag, between it and what it means, and that a meaning has beside its flag at least. */
const before = 4;
const between = 2;
const fewestBeside = 24;

/** Flags with what they mean beside them, on as many rows as that needs; below them where there is no room beside. */
function optionLines(options: readonly HelpOption[], room: number): Line[] {
  const longest = Math.max(0, ...options.map(({ flag }) => cellWidth(flag)));
  const width = Math.min(longest, Number.isFinite(room) ? Math.floor(room * 0.4) : longest);
  const column = before + width + between;
  const beside = room - column >= fewestBeside;
  return options.flatMap(({ flag, says }) => {
    const left = before + flag.length - flag.trimStart().length;
    const name = [span(' '.repeat(left)), span(flag.trimStart(), 'accent')];
    const from = beside ? column : Math.min(left + between, Math.max(0, room - 12));
    const [first, ...others] = wrapLine([span(says, 'dim')], Math.max(1, room - from), 0);
    const rows = (lines: readonly Line[]): Line[] => lines.map(line => [span(' '.repeat(from)), ...line]);
    if (!first || says === '') return wrapLine(name, room, left);
    const gap = column - before - cellWidth(flag);
    if (beside && gap >= between) return [[...name, span(' '.repeat(gap)), ...first], ...rows(others)];
    return [...wrapLine(name, room, left), ...rows([first, ...others])];
  });
}

export function helpLines(view: HelpView, screen: Screen): Line[] {
  const room = roomOf(screen);
  if (view.topic === null) {
    return [
      ...alignedLines(
        [{}, { worth: 1 }, { worth: 0, least: 24 }],
        view.entries.map(({ usage, summary, example }) => [
          [span(usage, 'accent')],
          [span(summary)],
          [span(example, 'dim')],
        ]),
        screen,
      ),
      ...wrapLine(
        [
          indent,
          ...joined(
            view.foot.map(part => [span(part, 'dim')]),
            glyphsOf(screen).dot,
          ),
        ],
        room,
        2,
      ),
    ];
  }
  const lines: Line[] = [];
  if (view.usage !== '')
    lines.push(...wrapLine([indent, span(view.usage, 'accent'), span(`  ${view.summary}`)], room, 4));
  lines.push(...optionLines(view.options, room));
  if (view.examples.length > 0) {
    lines.push(
      ...alignedLines(
        [{}, { worth: 0 }],
        view.examples.map(({ line, says }) => [[span(line)], [span(says, 'dim')]]),
        screen,
      ),
    );
  }
  for (const text of view.text) lines.push(cutLine([indent, span(text)], room, glyphsOf(screen).ellipsis));
  return lines;
}
