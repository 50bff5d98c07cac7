/** The runs as rows, newest first; or one run in full. */
import { alignedLines } from './aligned.ts';
import { count, counted, lasted, stamp } from './amounts.ts';
import { glyphsOf } from './glyphs.ts';
import type { Line, Screen } from './line.ts';
import { endRole } from './outcome-words.ts';
import { shown } from './shown.ts';
import { indent, joined, roomOf, span, wrapLine } from './spans.ts';
import type { RunRecord, RunsView } from './view.ts';

export function runsLines({ runs, only }: RunsView, screen: Screen): Line[] {
  const [first] = runs;
  if (!first) return [[indent, span('no runs yet', 'dim')]];
  if (only !== null) return runInFull(first, screen);
  const amount = (value: number, role?: 'fail' | 'warn') => [
    span(count(value), value > 0 ? (role ?? 'plain') : 'plain'),
  ];
  const lines = alignedLines(
    [
      { name: 'run', right: true },
      { name: 'when', worth: 6 },
      { name: 'what', worth: 8, least: 16 },
      { name: 'planned', right: true, worth: 5 },
      { name: 'ok', right: true, worth: 7 },
      { name: 'empty', right: true, worth: 3 },
      { name: 'failed', right: true, worth: 9 },
      { name: 'left', right: true, worth: 4 },
      { name: 'bars', right: true, worth: 2 },
      { name: 'time', right: true, worth: 1 },
      { name: 'end' },
    ],
    runs.map(run => [
      [span(String(run.run))],
      [span(stamp(run.startedAt), 'dim')],
      [span(shown(run.what))],
      amount(run.planned),
      amount(run.ok),
      amount(run.empty),
      amount(run.failed, 'fail'),
      amount(run.left, 'warn'),
      amount(run.rows),
      run.seconds === null ? [] : [span(lasted(run.seconds), 'dim')],
      [endSpan(run)],
    ]),
    screen,
  );
  const foot: Line = [
    indent,
    span(`runs ${first.run}`, 'accent'),
    span('  shows one', 'dim'),
    span(glyphsOf(screen).dot, 'dim'),
    span('from meta.runs', 'accent'),
    span('  is the table', 'dim'),
  ];
  return [...lines, ...wrapLine(foot, roomOf(screen), 2)];
}

function endSpan({ end }: RunRecord) {
  return end === null ? span('running', 'accent') : span(end, endRole(end));
}

function runInFull(run: RunRecord, screen: Screen): Line[] {
  const { dot } = glyphsOf(screen);
  const room = roomOf(screen);
  const sum = [`${count(run.ok)} ok`, `${count(run.empty)} empty`, `${count(run.failed)} failed`];
  if (run.left > 0) sum.push(`${count(run.left)} left`);
  const lines: Line[] = [
    [indent, span(`run ${run.run}`, 'bold'), span('  '), ...joined([[span(shown(run.what))], [endSpan(run)]], dot)],
    [
      indent,
      ...joined(
        [
          [span(`${count(run.planned)} planned = ${sum.join(' + ')}`)],
          [span(counted(run.rows, 'new bar'), 'dim')],
          ...(run.quarantined > 0 ? [[span(`${counted(run.quarantined, 'row')} in quarantine`, 'warn' as const)]] : []),
        ],
        dot,
      ),
    ],
    [
      indent,
      ...joined(
        [
          [span(`${run.source} ${run.period}`, 'dim')],
          [span(`${counted(run.requests, 'request')}, ${counted(run.logins, 'login')}`, 'dim')],
          [span(`${stamp(run.startedAt)}${run.seconds === null ? '' : `, ${lasted(run.seconds)}`}`, 'dim')],
        ],
        dot,
      ),
    ],
  ];
  if (run.message !== null) lines.push([indent, span(shown(run.message))]);
  return lines.flatMap(line => wrapLine(line, room, 4));
}
