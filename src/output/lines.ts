/** Any view as lines for a screen. The one place that front ends ask. */

import { alignedLines } from './aligned.ts';
import { count, counted, minutes, percent, took } from './amounts.ts';
import { cardLines } from './card-view.ts';
import { chartLines } from './chart-view.ts';
import { failuresLines } from './failures-view.ts';
import { formattedLines } from './formatted-result.ts';
import { glyphsOf } from './glyphs.ts';
import { helpLines } from './help-view.ts';
import type { Line, Screen, Span } from './line.ts';
import { listLines } from './list-view.ts';
import { poolLines } from './pool-view.ts';
import { problemLines } from './problem-lines.ts';
import { resultLines, type TableOptions } from './result-table.ts';
import { runLines } from './run-view.ts';
import { runsLines } from './runs-view.ts';
import { shown } from './shown.ts';
import { cutLine, indent, joined, lineWidth, roomOf, span, wrapLine } from './spans.ts';
import { tablesLines } from './tables-view.ts';
import type { JobsView, JobView, View } from './view.ts';

export type LinesOptions = TableOptions;

/** At most as wide as the screen allows; what has no shorter form is cut. */
export function viewLines(view: View, screen: Screen, options: LinesOptions = {}): Line[] {
  const { ellipsis } = glyphsOf(screen);
  const lines = linesOf(view, screen, options);
  // What is to be copied out of the window is not cut: the terminal wraps it.
  if (view.kind === 'result' && view.format !== undefined && view.format !== 'table') return lines;
  return lines.map(line => cutLine(line, roomOf(screen), ellipsis));
}

function linesOf(view: View, screen: Screen, options: LinesOptions): Line[] {
  switch (view.kind) {
    case 'result':
      return view.format === undefined || view.format === 'table'
        ? resultLines(view, screen, options)
        : formattedLines(view, view.format, screen);
    case 'changed': {
      const done = past(view.what);
      const parts = [[span(view.changed === null ? done : `${counted(view.changed, 'row')} ${done}`)]];
      const { dot } = glyphsOf(screen);
      const timed: Line[] = [...parts, [span(took(view.ms), 'dim')]];
      const short: Line = [indent, ...joined(timed, dot)];
      if (view.statement === undefined) return [short];
      const whole: Line = [indent, ...joined([...timed, [span(view.statement, 'dim')]], dot)];
      return [lineWidth(whole) <= roomOf(screen) ? whole : short];
    }
    case 'run':
      return runLines(view, screen);
    case 'job':
      return view.job === null ? queuedLines(view, screen) : [];
    case 'jobs':
      return jobsLines(view, screen);
    case 'failures':
      return failuresLines(view, screen);
    case 'runs':
      return runsLines(view, screen);
    case 'pool':
      return poolLines(view, screen);
    case 'tables':
      return tablesLines(view, screen);
    case 'help':
      return helpLines(view, screen);
    case 'list':
      return listLines(view, screen);
    case 'card':
      return cardLines(view, screen);
    case 'chart':
      return chartLines(view, screen);
    case 'note': {
      const line: Span[] = [indent, span(shown(view.sentence), view.level === 'warn' ? 'warn' : 'plain')];
      if (view.next !== undefined) line.push(span('  '), span(shown(view.next), 'accent'));
      return wrapLine(line, roomOf(screen), 4);
    }
    case 'problem':
      return problemLines(view, screen);
  }
}

function queuedLines({ what, place }: JobView, screen: Screen): Line[] {
  const line: Span[] = [indent, span('queued  ', 'dim'), span(shown(what))];
  if (place !== undefined) line.push(span('  '), span(`cancel +${place}`, 'accent'), span(' takes it back', 'dim'));
  return wrapLine(line, roomOf(screen), 4);
}

function jobsLines({ jobs, waiting }: JobsView, screen: Screen): Line[] {
  if (jobs.length === 0 && waiting.length === 0) return [[indent, span('no job runs', 'dim')]];
  return alignedLines(
    [{}, {}, { worth: 1 }, { worth: 2 }, { worth: 0 }],
    [
      ...jobs.map(({ job, what, planned, done, failed, secondsLeft }) => [
        [span(job === null ? '-' : String(job))],
        [span(shown(what))],
        [span(planned === 0 ? 'planning' : percent(done, planned))],
        failed > 0 ? [span(`${count(failed)} failed`, 'fail')] : [],
        secondsLeft === null ? [] : [span(`${minutes(secondsLeft)} left`, 'dim')],
      ]),
      ...waiting.map((what, at) => [[span(`+${at + 1}`)], [span(shown(what))], [span('queued', 'dim')], [], []]),
    ],
    screen,
  );
}

function past(what: string): string {
  return forms[what] ?? 'done';
}

const forms: Readonly<Record<string, string>> = {
  insert: 'inserted',
  update: 'updated',
  delete: 'deleted',
  copy: 'copied',
  create: 'created',
  drop: 'dropped',
  alter: 'altered',
  merge: 'merged',
  truncate: 'deleted',
  begin: 'transaction begun',
  start: 'transaction begun',
  commit: 'committed',
  end: 'committed',
  rollback: 'rolled back',
  abort: 'rolled back',
  set: 'set',
  attach: 'attached',
  detach: 'detached',
};
