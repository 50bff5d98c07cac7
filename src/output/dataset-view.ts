/** What an ended run for a dataset leaves on the screen: a row a code for up to ten, then what came and into which table. */
import type { Outcome } from '../source/outcome.ts';
import { alignedLines } from './aligned.ts';
import { count, counted } from './amounts.ts';
import { glyphsOf } from './glyphs.ts';
import type { Line, Screen } from './line.ts';
import { classWord, reasonWord } from './outcome-words.ts';
import { shown } from './shown.ts';
import { indent, joined, roomOf, span, wrapLine } from './spans.ts';
import type { DatasetResult, DatasetTaskResult, RunView } from './view.ts';

const rowsForEach = 10;
const failuresNamed = 5;

/** @param cost requests and time of the run, as all runs tell them. */
export function datasetLines(view: RunView, dataset: DatasetResult, cost: readonly Line[], screen: Screen): Line[] {
  const { summary } = view;
  const { dot } = glyphsOf(screen);
  const named = dataset.tasks.filter(({ code }) => code !== null);
  const each = named.length > 0 && named.length <= rowsForEach && summary.planned <= rowsForEach;
  const head: Line[] = [[span(titleOf(dataset), 'bold')]];
  if (summary.planned === 0) head.push([span('nothing was asked for')]);
  else head.push(...outcomes(view, dataset));
  head.push([span(`${counted(summary.rows, 'new row')} in ${dataset.table}`, 'dim')]);
  if (summary.quarantined > 0) head.push([span(`${counted(summary.quarantined, 'row')} in quarantine`, 'warn')]);
  const room = roomOf(screen);
  return [
    ...(each ? taskRows(view, named, screen) : []),
    ...wrapLine([indent, ...joined([...head, ...cost], dot)], room, 4),
    ...(each ? [] : emptiesLines(dataset, screen)),
    ...failureLines(view, dataset, each, screen),
    ...dataset.hints.flatMap(([sentence, command]) =>
      wrapLine([indent, span(`${sentence}  `, 'dim'), span(command, 'accent')], room, indent.text.length),
    ),
  ];
}

/** `profit 2026 quarter 3`, `index-members hs300 2024-01-02`: what was asked, as far as it says more than the codes. */
function titleOf({ name, params }: DatasetResult): string {
  const { year, quarter, from, to, ...rest } = params;
  const parts = [
    ...Object.values(rest),
    ...(year === undefined ? [] : [quarter === undefined ? year : `${year} quarter ${quarter}`]),
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(to === undefined ? [] : [`to ${to}`]),
  ];
  return shown([name, ...parts].join(' '));
}

function outcomes({ summary }: RunView, { tasks }: DatasetResult): Line[] {
  const [only] = tasks;
  if (summary.planned === 1 && only?.outcome.class === 'ok-empty') {
    return [[span(`empty: ${reasonWord(only.outcome.reason)}`, 'warn')]];
  }
  const parts: Line[] = [];
  if (summary.ok > 0) parts.push([span(`${count(summary.ok)} ok`, 'dim')]);
  if (summary.empty > 0) parts.push([span(`${count(summary.empty)} empty`, 'dim')]);
  if (summary.failed > 0) parts.push([span(`${count(summary.failed)} failed`, 'fail')]);
  if (summary.left > 0) parts.push([span(`${count(summary.left)} left`, 'warn')]);
  return parts;
}

function taskRows({ names }: RunView, tasks: readonly DatasetTaskResult[], screen: Screen): Line[] {
  return alignedLines(
    [{}, {}, { right: true }, { least: 16 }],
    tasks.map(({ code, rows, outcome }) => [
      [span(code ?? '')],
      [span(shown(names[code ?? ''] ?? ''))],
      outcome.class === 'ok' ? [span(counted(outcome.rows, 'row'))] : [],
      [span(shown(remarkOf(outcome, rows)), isFailure(outcome) ? 'fail' : 'dim')],
    ]),
    screen,
  );
}

function remarkOf(outcome: Outcome, stored: number): string {
  if (outcome.class === 'ok') return stored === 0 ? 'nothing new' : `${count(stored)} new`;
  if (outcome.class === 'ok-empty') return `empty: ${reasonWord(outcome.reason)}`;
  return `failed: ${classWord(outcome.class)}, ${outcome.message}`;
}

function isFailure({ class: name }: Outcome): boolean {
  return name !== 'ok' && name !== 'ok-empty';
}

function emptiesLines({ tasks }: DatasetResult, screen: Screen): Line[] {
  if (tasks.length < 2) return [];
  const tally = new Map<string, number>();
  for (const { outcome } of tasks) {
    if (outcome.class !== 'ok-empty') continue;
    const word = reasonWord(outcome.reason);
    tally.set(word, (tally.get(word) ?? 0) + 1);
  }
  if (tally.size === 0) return [];
  const parts = [...tally].map(([word, tasks]): Line => [span(`${count(tasks)} ${word}`, 'dim')]);
  return wrapLine(
    [indent, span('empty: ', 'dim'), ...joined(parts, glyphsOf(screen).dot)],
    roomOf(screen),
    indent.text.length,
  );
}

function failureLines(
  { summary, names }: RunView,
  { name, tasks }: DatasetResult,
  told: boolean,
  screen: Screen,
): Line[] {
  if (summary.failed === 0) return [];
  const failed = told ? [] : tasks.filter(({ outcome }) => isFailure(outcome)).slice(0, failuresNamed);
  const rows = failed.map(({ code, outcome }) => [
    [span(code ?? name)],
    [span(shown(names[code ?? ''] ?? ''))],
    isFailure(outcome) && 'message' in outcome
      ? [span(classWord(outcome.class), 'fail'), span(`  ${shown(outcome.message)}`, 'dim')]
      : [],
  ]);
  const ways: Line = [
    indent,
    span('failures', 'accent'),
    span('  lists what failed', 'dim'),
    span(glyphsOf(screen).dot, 'dim'),
    span('retry --all', 'accent'),
    span(`  asks for ${summary.failed === 1 ? 'it' : 'them'} again`, 'dim'),
  ];
  return [
    ...alignedLines([{}, { worth: 1 }, { least: 16 }], rows, screen),
    ...wrapLine(ways, roomOf(screen), indent.text.length),
  ];
}
