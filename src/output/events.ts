/**
 * A run's events as plain lines for standard error, where no cursor moves: the start, a line every few seconds or every tenth
 * of the tasks, warnings at once. The end is not told here; it is the command's result. Pure but for what it remembers.
 */
import type { RunEvent } from '../fetch/events.ts';
import { noProgress, type Progress, progressed } from '../fetch/progress.ts';
import { count, counted, minutes, rowsWord } from './amounts.ts';
import { shown } from './shown.ts';

export interface PlainProgress {
  /** Lines to print now, without line ends. */
  lines(event: RunEvent, now: number): string[];
}

export interface PlainOptions {
  /** Milliseconds between two lines at least; default 1,000. */
  readonly leastMs?: number;
  /** Milliseconds after which a line comes although less than a tenth was done; default 10,000. */
  readonly mostMs?: number;
}

export function plainProgress({ leastMs = 1_000, mostMs = 10_000 }: PlainOptions = {}): PlainProgress {
  let progress: Progress = noProgress();
  let toldAt = Number.NEGATIVE_INFINITY;
  let toldTenth = 0;
  let toldDone = 0;
  return {
    lines(event, now) {
      progress = progressed(progress, event, now);
      switch (event.type) {
        case 'started':
          toldAt = now;
          return [`${nameOf(progress)}: ${shown(event.what)} with ${counted(event.workers, 'worker')}`];
        case 'planned': {
          toldAt = now;
          const before = event.covered > 0 ? `, ${count(event.covered)} stored before` : '';
          return [`${nameOf(progress)}: ${counted(event.planned, 'task')} planned${before}`];
        }
        case 'notice':
          return [`${event.level === 'warn' ? 'warning: ' : ''}${shown(event.sentence)}`];
        case 'counts': {
          const { done, counts } = progress;
          const tenth = counts.planned > 0 ? Math.floor((done / counts.planned) * 10) : 0;
          const due = (tenth > toldTenth && now - toldAt >= leastMs) || (done > toldDone && now - toldAt >= mostMs);
          if (!due || done >= counts.planned) return [];
          toldAt = now;
          toldTenth = tenth;
          toldDone = done;
          return [progressLine(progress)];
        }
        default:
          return [];
      }
    },
  };
}

function nameOf({ what, run }: Progress): string {
  return `${what.split(/\s/)[0] || 'run'}${run === null ? '' : ` ${run}`}`;
}

function progressLine(progress: Progress): string {
  const { counts, done, rate, secondsLeft } = progress;
  const parts = [`${count(done)} of ${count(counts.planned)}`, `${count(counts.rows)} ${rowsWord(progress.what)}`];
  if (counts.failed > 0) parts.push(`${count(counts.failed)} failed`);
  if (rate !== null && rate > 0) parts.push(`${rate.toFixed(1)}/s`);
  if (secondsLeft !== null) parts.push(`${minutes(secondsLeft)} left`);
  return `${nameOf(progress)}: ${parts.join(', ')}`;
}
