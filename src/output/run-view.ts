/** What an ended run leaves on the screen: a row a code for up to ten, else the sum, the empties by reason and the failures. */
import type { CodeResult, RunSummary } from '../fetch/events.ts';
import { tableOf } from '../market/period.ts';
import { alignedLines, type ColumnSpec } from './aligned.ts';
import { briefCount, count, counted, lasted, percent } from './amounts.ts';
import { datasetLines } from './dataset-view.ts';
import { glyphsOf } from './glyphs.ts';
import type { Line, Screen } from './line.ts';
import { classWord, endRole, reasonWord } from './outcome-words.ts';
import { shown } from './shown.ts';
import { indent, joined, roomOf, span, wrapLine } from './spans.ts';
import type { RunView } from './view.ts';

const rowsForEach = 10;
const failuresNamed = 5;

export function runLines(view: RunView, screen: Screen): Line[] {
  const { summary } = view;
  const small = summary.codes.length > 0 && summary.codes.length <= rowsForEach;
  const stopped = summary.planned === 0 && summary.end !== 'ok' && summary.message !== null;
  const { dataset } = view;
  if (dataset && !stopped) {
    return [...datasetLines(view, dataset, costParts(view), screen), ...runMessageLines(view, screen)];
  }
  const counts = stopped ? [] : small ? smallRun(view, screen) : largeRun(view, screen);
  return [...counts, ...runMessageLines(view, screen)];
}

/** What happened in the market in the sessions that were added; nothing where nothing did. */
function newsLines({ news }: RunView, hang: number, screen: Screen): Line[] {
  if (!news) return [];
  const found = [
    [news.listings, 'listing'],
    [news.delistings, 'delisting'],
    [news.exDates, 'ex-date'],
    [news.stChanges, 'ST change'],
  ] as const;
  const parts = found.flatMap(([many, what]): Line[] => (many > 0 ? [[span(counted(many, what), 'dim')]] : []));
  if (parts.length === 0) return [];
  const head = span(`${' '.repeat(hang)}new since ${news.since}: `, 'dim');
  return wrapLine([head, ...joined(parts, glyphsOf(screen).dot)], roomOf(screen), hang);
}

/** What was stored and came otherwise is never replaced in silence. Who had written it, the provider or a statement, is not known. */
function revisedLines({ summary: { run, revised } }: RunView, hang: number, screen: Screen): Line[] {
  if (revised === 0) return [];
  const differed = `${counted(revised, 'stored bar')} differed and ${revised === 1 ? 'is' : 'are'} the provider's now: `;
  return wrapLine(
    [span(`${' '.repeat(hang)}${differed}`, 'warn'), span(`from meta.revisions where run = ${run}`, 'accent')],
    roomOf(screen),
    hang,
  );
}

/** Why a run did not end as planned; nothing where it did. */
export function runMessageLines({ summary: { end, message } }: RunView, screen: Screen): Line[] {
  if (end === 'ok' || message === null) return [];
  return wrapLine([indent, span(`${end}  `, endRole(end)), span(shown(message))], roomOf(screen), end.length + 4);
}

function smallRun(view: RunView, screen: Screen): Line[] {
  const { dot, to } = glyphsOf(screen);
  const { summary, names, remarks } = view;
  const rows = summary.codes.map(result => [
    [span(result.code)],
    [span(shown(names[result.code] ?? ''))],
    result.bars > 0 || result.outcome?.class === 'ok' ? [span(counted(result.bars, 'bar'))] : [],
    result.first && result.last ? [span(`${result.first}${to}${result.last}`, 'dim')] : [],
    [span(shown(remarksOf(result, remarks[result.code]).join(dot)), isFailed(result) ? 'fail' : 'dim')],
  ]);
  const dates: ColumnSpec = roomOf(screen) < 70 ? { worth: 1 } : {};
  const lines = alignedLines([{}, {}, { right: true }, dates, {}], rows, screen);
  const bars = summary.codes.reduce((sum, { bars }) => sum + bars, 0);
  const parts: Line[] = [...outcomeParts(summary), ...notListedParts(view)];
  parts.push([span(counted(bars, 'bar'), 'dim')]);
  if (summary.rows !== bars) parts.push([span(`${count(summary.rows)} new`, 'dim')]);
  return [
    ...lines,
    ...wrapLine([indent, ...joined([...parts, ...costParts(view)], dot)], roomOf(screen), 2),
    ...newsLines(view, 2, screen),
    ...revisedLines(view, 2, screen),
  ];
}

function outcomeParts(summary: RunSummary): Line[] {
  const parts: Line[] = [];
  if (summary.ok > 0) parts.push([span(`${count(summary.ok)} ok`, 'dim')]);
  if (summary.covered > 0) parts.push([span(`${count(summary.covered)} stored before`, 'dim')]);
  if (summary.empty > 0) parts.push([span(`${count(summary.empty)} empty`, 'dim')]);
  if (summary.failed > 0) parts.push([span(`${count(summary.failed)} failed`, 'fail')]);
  if (summary.left > 0) parts.push([span(`${count(summary.left)} left`, 'warn')]);
  if (summary.quarantined > 0) parts.push([span(`${counted(summary.quarantined, 'row')} in quarantine`, 'warn')]);
  return parts;
}

function notListedParts({ notListed = 0 }: RunView): Line[] {
  return notListed > 0 ? [[span(`${count(notListed)} not yet listed`, 'dim')]] : [];
}

function isFailed({ outcome }: CodeResult): boolean {
  return outcome !== null && outcome.class !== 'ok' && outcome.class !== 'ok-empty';
}

function remarksOf(result: CodeResult, remark: string | undefined): string[] {
  const { outcome } = result;
  const said: string[] = [];
  if (outcome && outcome.class !== 'ok' && outcome.class !== 'ok-empty') {
    said.push(`failed: ${classWord(outcome.class)}, ${outcome.message}`);
  } else if (outcome?.class === 'ok-empty') {
    said.push(`empty: ${reasonWord(outcome.reason)}`);
  } else if (result.covered) {
    said.push('stored before');
  } else if (outcome === null && result.bars === 0) {
    said.push('not asked for');
  }
  if (result.suspended > 0) said.push(`${count(result.suspended)} suspended`);
  if (remark !== undefined) said.push(remark);
  return said;
}

function costParts(view: RunView): Line[] {
  const { summary, used, budget } = view;
  const requests = counted(summary.requests, 'request');
  if (used === null || budget === null) return [[span(requests, 'dim')], [span(lasted(summary.seconds), 'dim')]];
  const share =
    used * 100 < budget
      ? `${count(used)} of ${count(budget)} today`
      : `${percent(used, budget)} of today's ${count(budget)}`;
  return [[span(`${requests}, ${share}`, 'dim')], [span(lasted(summary.seconds), 'dim')]];
}

function largeRun(view: RunView, screen: Screen): Line[] {
  const { dot, to } = glyphsOf(screen);
  const { summary } = view;
  const name = `${summary.what.split(/\s/)[0] ?? 'run'} ${summary.run}`;
  const hang = name.length + 4;
  const pad = span(' '.repeat(hang));
  const sum: string[] = [`${count(summary.ok)} ok`];
  if (summary.empty > 0) sum.push(`${count(summary.empty)} empty`);
  if (summary.failed > 0) sum.push(`${count(summary.failed)} failed`);
  if (summary.left > 0) sum.push(`${count(summary.left)} left`);
  const first = earliest(summary.codes);
  const last = latest(summary.codes);
  const head: Line[] = [
    summary.planned === 0
      ? [span(/^\.?sync\b/.test(summary.what) ? 'up to date' : 'nothing to ask for')]
      : [span(`${count(summary.planned)} planned = ${sum.join(' + ')}`)],
  ];
  if (summary.covered > 0) head.push([span(`${count(summary.covered)} stored before`, 'dim')]);
  head.push(...notListedParts(view));
  if (first && last) head.push([span(`${tableOf(summary.period)} ${first}${to}${last}`, 'dim')]);
  const amounts: Line[] = [[span(`${briefCount(summary.rows)} new bars`, 'dim')]];
  if (summary.quarantined > 0) amounts.push([span(`${counted(summary.quarantined, 'row')} in quarantine`, 'warn')]);
  const room = roomOf(screen);
  return [
    ...wrapLine([indent, span(`${name}  `, 'bold'), ...joined(head, dot)], room, hang),
    ...wrapLine([pad, ...joined([...amounts, ...costParts(view)], dot)], room, hang),
    ...newsLines(view, hang, screen),
    ...revisedLines(view, hang, screen),
    ...emptiesLines(summary, pad.text, dot, screen),
    ...failureLines(view, pad.text, screen),
  ];
}

function emptiesLines(summary: RunSummary, pad: string, dot: string, screen: Screen): Line[] {
  const tally = new Map<string, number>();
  for (const { outcome } of summary.codes) {
    if (outcome?.class !== 'ok-empty') continue;
    const word = reasonWord(outcome.reason);
    tally.set(word, (tally.get(word) ?? 0) + 1);
  }
  if (tally.size === 0) return [];
  const parts = [...tally].map(([word, tasks]) => [span(`${count(tasks)} ${word}`, 'dim')]);
  return wrapLine([span(pad), span('empty: ', 'dim'), ...joined(parts, dot)], roomOf(screen), pad.length);
}

function failureLines({ summary, names }: RunView, pad: string, screen: Screen): Line[] {
  if (summary.failed === 0) return [];
  const failed = summary.codes.filter(isFailed);
  const rows = failed
    .slice(0, failuresNamed)
    .map(({ code, outcome }) => [
      [span(code)],
      [span(shown(names[code] ?? ''))],
      outcome && outcome.class !== 'ok' && outcome.class !== 'ok-empty'
        ? [span(classWord(outcome.class), 'fail'), span(`  ${shown(outcome.message)}`, 'dim')]
        : [],
    ]);
  const ways: Line = [
    span(pad),
    span('failures', 'accent'),
    span(`  lists the ${count(summary.failed)}`, 'dim'),
    span(glyphsOf(screen).dot, 'dim'),
    span('retry --all', 'accent'),
    span(`  asks for ${summary.failed === 1 ? 'it' : 'them'} again`, 'dim'),
  ];
  return [
    ...alignedLines([{}, { worth: 1 }, {}], rows, screen, span(pad)),
    ...wrapLine(ways, roomOf(screen), pad.length),
  ];
}

function earliest(codes: readonly CodeResult[]): string | null {
  return codes.reduce<string | null>((found, { first }) => (first && (!found || first < found) ? first : found), null);
}

function latest(codes: readonly CodeResult[]): string | null {
  return codes.reduce<string | null>((found, { last }) => (last && (!found || last > found) ? last : found), null);
}
