/**
 * The live block of a run: a head, a bar with counts, rate and time left, a row a worker, a foot. Two columns of workers from
 * 90 cells on; folded to one row when asked, or when the block would take more than the rows it is given. Pure: the caller
 * passes the time.
 */
import type { WorkerView } from '../fetch/events.ts';
import type { Progress } from '../fetch/progress.ts';
import { briefCount, count, counted, minutes, percent, rowsWord } from './amounts.ts';
import { cellWidth, cutCells, padEndCells } from './cells.ts';
import { glyphsOf } from './glyphs.ts';
import type { Line, Role, Screen, Span } from './line.ts';
import { classWord } from './outcome-words.ts';
import { shown } from './shown.ts';
import { cutLine, indent, joined, lineWidth, roomOf, span } from './spans.ts';

export interface BlockOptions {
  /** Clock time in ms. */
  readonly now: number;
  /** Rows that the block may take; it folds where it would need more. Default a third of the window. */
  readonly maxRows?: number;
  readonly folded?: boolean;
  /** Names of codes, as far as known. */
  readonly names?: Readonly<Record<string, string>>;
  /** Jobs that wait for this one. */
  readonly waiting?: number;
  /** `F2 folds`, with its key; empty where there is none. */
  readonly fold?: string;
}

const twoColumnsFrom = 90;

export function progressBlock(progress: Progress, screen: Screen, options: BlockOptions): Line[] {
  const most = options.maxRows ?? Math.max(1, Math.floor(screen.rows / 3));
  if (options.folded) return [foldedLine(progress, screen)];
  const block = [
    headLine(progress, screen, options),
    barLine(progress, screen),
    ...workerLines(progress, screen, options),
    ...footLines(progress, screen),
  ];
  return block.length <= most ? block : [foldedLine(progress, screen)];
}

function nameOf({ what, run }: Progress): string {
  return `${what.split(/\s/)[0] || 'run'}${run === null ? '' : ` ${run}`}`;
}

function headLine(progress: Progress, screen: Screen, { fold, waiting = 0 }: BlockOptions): Line {
  const { dot, ellipsis } = glyphsOf(screen);
  const room = roomOf(screen);
  const workers = progress.workers.length;
  const left: Line = [
    indent,
    span(nameOf(progress), 'bold'),
    span(dot, 'dim'),
    ...joined(
      [
        [span(progress.period === 'd' ? 'daily' : `${progress.period} min`)],
        [span(counted(workers, 'worker'))],
        ...(waiting > 0 ? [[span(`${waiting} queued`, 'dim')]] : []),
      ],
      dot,
    ),
  ];
  const keys = [fold ?? '', progress.run === null ? '' : `cancel ${progress.run} stops`].filter(part => part !== '');
  const right = span(keys.join(dot), 'dim');
  const gap = room - lineWidth(left) - cellWidth(right.text);
  return gap < 2 ? cutLine(left, room, ellipsis) : [...left, span(' '.repeat(gap)), right];
}

/** The parts of the counts, the most wanted first. */
function countParts(progress: Progress): Span[] {
  const { counts, done, rate, secondsLeft } = progress;
  const parts: Span[] = [];
  if (counts.planned > 0) parts.push(span(`${count(done)} of ${count(counts.planned)}`));
  if (rate !== null && rate > 0) parts.push(span(`${rate >= 100 ? Math.round(rate) : rate.toFixed(1)}/s`));
  if (secondsLeft !== null) parts.push(span(`${minutes(secondsLeft)} left`));
  if (counts.failed > 0) parts.push(span(`${count(counts.failed)} failed`, 'fail'));
  return parts;
}

function barLine(progress: Progress, screen: Screen): Line {
  const { dot, ellipsis } = glyphsOf(screen);
  const room = roomOf(screen);
  if (progress.share === null) {
    const what = progress.notice?.sentence ?? 'reads the catalogue and the calendar';
    return cutLine([indent, span(shown(what), 'dim')], room, ellipsis);
  }
  const parts = countParts(progress);
  const tail = joined(
    parts.map(part => [part]),
    dot,
  );
  const cells = Math.min(48, room - 2 - lineWidth(tail) - 2);
  if (cells < 8) return cutLine([indent, ...tail], room, ellipsis);
  return [indent, ...bar(progress.share, cells, screen), span('  '), ...tail];
}

function bar(share: number, cells: number, screen: Screen): Line {
  const { barDone, barLeft } = glyphsOf(screen);
  const done = share >= 1 ? cells : Math.min(cells - 1, Math.floor(share * cells));
  return [span(barDone.repeat(done), 'accent'), span(barLeft.repeat(cells - done), 'dim')];
}

function foldedLine(progress: Progress, screen: Screen): Line {
  const { dot, ellipsis } = glyphsOf(screen);
  const room = roomOf(screen);
  const name: Line = [indent, span(nameOf(progress), 'bold'), span(' ')];
  if (progress.share === null) return cutLine([...name, span('reads the catalogue', 'dim')], room, ellipsis);
  const { counts, done, secondsLeft } = progress;
  const parts: Line[] = [[span(percent(done, counts.planned))]];
  if (secondsLeft !== null) parts.push([span(`${minutes(secondsLeft)} left`)]);
  if (counts.failed > 0) parts.push([span(`${count(counts.failed)} failed`, 'fail')]);
  const tail = joined(parts, dot);
  const cells = Math.min(24, room - lineWidth(name) - lineWidth(tail) - 1);
  if (cells < 5) return cutLine([...name, ...tail], room, ellipsis);
  return [...name, ...bar(progress.share, cells, screen), span(' '), ...tail];
}

const stateRoles: Readonly<Record<WorkerView['state'], Role>> = {
  starting: 'dim',
  'logging in': 'dim',
  idle: 'dim',
  fetching: 'plain',
  retrying: 'warn',
  'backing off': 'warn',
  parked: 'warn',
  dead: 'fail',
};

function workerLines(progress: Progress, screen: Screen, options: BlockOptions): Line[] {
  const { workers } = progress;
  if (workers.length === 0) return [];
  const room = roomOf(screen);
  const columns = room >= twoColumnsFrom - 1 && workers.length > 1 ? 2 : 1;
  const perColumn = Math.ceil(workers.length / columns);
  const cells = Math.floor((room - 2 - (columns - 1) * 4) / columns);
  return Array.from({ length: perColumn }, (_, row) => {
    const line: Span[] = [indent];
    for (let column = 0; column < columns; column++) {
      const worker = workers[column * perColumn + row];
      if (!worker) continue;
      if (column > 0) line.push(span(' '.repeat(Math.max(0, 2 + cells + 4 - lineWidth(line)))));
      line.push(...workerCells(worker, cells, screen, options));
    }
    return cutLine(line, room, glyphsOf(screen).ellipsis);
  });
}

/** Number, code, name, what it does, for how long; columns of fixed width, so that nothing jumps. */
function workerCells(worker: WorkerView, cells: number, screen: Screen, { now, names }: BlockOptions): Line {
  const { ellipsis } = glyphsOf(screen);
  const seconds = `${(Math.max(0, now - worker.since) / 1000).toFixed(1)} s`;
  const code = padEndCells(shown(worker.at ?? ''), 9);
  const name = shown(worker.at === null ? '' : (names?.[worker.at] ?? ''));
  const detail = shown(worker.detail === '' ? worker.state : worker.detail);
  const number = String(worker.id).padStart(2).trimStart();
  const head = `${number}  ${code}  `;
  const withName = cells >= 44;
  const nameCells = withName ? 8 : 0;
  const room = cells - cellWidth(head) - (withName ? nameCells + 2 : 0);
  const line: Span[] = [span(head)];
  if (withName) line.push(span(padEndCells(cutCells(name, nameCells, ellipsis), nameCells)), span('  '));
  const detailCells = Math.min(24, Math.max(0, room - 9));
  if (detailCells < 6) {
    line.push(span(cutCells(detail, Math.max(0, room), ellipsis), stateRoles[worker.state]));
    return line;
  }
  line.push(
    span(padEndCells(cutCells(detail, detailCells, ellipsis), detailCells), stateRoles[worker.state]),
    span(seconds.padStart(9), 'dim'),
  );
  return line;
}

function footLines(progress: Progress, screen: Screen): Line[] {
  const { dot, ellipsis } = glyphsOf(screen);
  const { counts, quota, failures, notice, share } = progress;
  const parts: Line[] = [];
  if (counts.rows > 0) parts.push([span(`${briefCount(counts.rows)} ${rowsWord(progress.what)}`, 'dim')]);
  if (counts.requests > 0) {
    const today = quota?.budget ? `, ${percent(quota.used, quota.budget)} of today's ${count(quota.budget)}` : '';
    parts.push([span(`${counted(counts.requests, 'request')}${today}`, 'dim')]);
  }
  const told = failures.map(each => `${shown(each.at)} ${classWord(each.class)}`);
  const newest = (most: number): Line => [
    span(most > 1 ? 'newest failures ' : 'newest failure ', 'dim'),
    span(told.slice(0, most).join(', '), 'fail'),
  ];
  let most = told.length;
  while (most > 1 && lineWidth([indent, ...joined([...parts, newest(most)], dot)]) > roomOf(screen)) most--;
  if (most > 0) parts.push(newest(most));
  const lines: Line[] = [];
  if (parts.length > 0) lines.push(cutLine([indent, ...joined(parts, dot)], roomOf(screen), ellipsis));
  if (notice && share !== null) {
    lines.push(
      cutLine(
        [indent, span(shown(notice.sentence), notice.level === 'warn' ? 'warn' : 'dim')],
        roomOf(screen),
        ellipsis,
      ),
    );
  }
  return lines;
}
