/** The ledger as rows: code, name, class, tries, what was said, when. */
import { alignedLines } from './aligned.ts';
import { ago, count, counted } from './amounts.ts';
import { glyphsOf } from './glyphs.ts';
import type { Line, Screen } from './line.ts';
import { classWord } from './outcome-words.ts';
import { shown } from './shown.ts';
import { indent, roomOf, span, wrapLine } from './spans.ts';
import type { FailureRow, FailuresView } from './view.ts';

export function failuresLines({ failures, now }: FailuresView, screen: Screen): Line[] {
  if (failures.length === 0) return [[indent, span('nothing failed', 'dim')]];
  const foot: Line = [
    indent,
    span(`${count(failures.length)} failed`, 'dim'),
    span(glyphsOf(screen).dot, 'dim'),
    span('retry --all', 'accent'),
    span(`  asks for ${failures.length === 1 ? 'it' : 'them'} again`, 'dim'),
  ];
  return [...failureRows(failures, now, screen), ...wrapLine(foot, roomOf(screen), 2)];
}

/** The rows alone; also what the picker shows behind its marks. */
export function failureRows(failures: readonly FailureRow[], now: number, screen: Screen): Line[] {
  const abouts = failures.map(({ period, params = {} }) =>
    [period, ...Object.entries(params).map(([name, value]) => `${name} ${value}`)].join(' '),
  );
  const told = new Set(abouts).size > 1 || failures.some(({ params }) => Object.keys(params ?? {}).length > 0);
  return alignedLines(
    [{}, { worth: 3 }, { worth: 2 }, {}, { worth: 1 }, { least: 16 }, { worth: 0 }],
    failures.map((failure, index) => [
      [span(shown(failure.code))],
      [span(shown(failure.name ?? ''))],
      told ? [span(shown(abouts[index] ?? ''), 'dim')] : [],
      [span(classWord(failure.class), 'fail')],
      [span(counted(failure.attempts, 'try', 'tries'), 'dim')],
      [span(shown(failure.message))],
      failure.at === null ? [] : [span(ago(now - failure.at), 'dim')],
    ]),
    screen,
  );
}
