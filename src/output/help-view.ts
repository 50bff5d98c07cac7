/** Help: the commands, one command in full, or a topic. */
import { alignedLines } from './aligned.ts';
import { glyphsOf } from './glyphs.ts';
import type { Line, Screen } from './line.ts';
import { cutLine, indent, joined, roomOf, span, wrapLine } from './spans.ts';
import type { HelpView } from './view.ts';

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
  lines.push(
    ...alignedLines(
      [{}, { least: 20 }],
      view.options.map(({ flag, says }) => [[span(flag, 'accent')], [span(says, 'dim')]]),
      screen,
      span('    '),
    ),
  );
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
