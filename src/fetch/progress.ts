/**
 * A run's events folded into what a person watches: counts, rate, time left, one row a worker. Pure: the same events and
 * times give the same progress; nothing here looks at a clock.
 */
import type { Period } from '../market/period.ts';
import type { FailureClass } from '../source/outcome.ts';
import type { Counts, Quota, RunEvent, RunSummary, WorkerView } from './events.ts';

export interface ProgressFailure {
  /** A code, or the name of a dataset. */
  readonly at: string;
  readonly class: FailureClass;
  /** Clock time in ms. */
  readonly time: number;
}

export interface Progress {
  readonly run: number | null;
  readonly what: string;
  readonly period: Period;
  /** Clock time (ms) of the start. */
  readonly startedAt: number | null;
  readonly counts: Counts;
  /** Null until it is told. */
  readonly quota: Quota | null;
  /** Tasks that ended: ok + empty + failed. */
  readonly done: number;
  /** 0..1; null until planned. */
  readonly share: number | null;
  readonly covered: number;
  /** Tasks a second, smoothed over about ten seconds; null until two tasks ended. */
  readonly rate: number | null;
  /** Seconds to the end at that rate; null while unknown. */
  readonly secondsLeft: number | null;
  /** By worker number. */
  readonly workers: readonly WorkerView[];
  /** At most the last three, newest first. */
  readonly failures: readonly ProgressFailure[];
  readonly notice: { readonly level: 'say' | 'warn'; readonly sentence: string } | null;
  readonly summary: RunSummary | null;
  /** Time and count of done tasks from which the rate is measured; not for display. */
  readonly pace: Pace;
}

interface Pace {
  readonly at: number | null;
  readonly done: number;
}

/** Weight of the past halves in so many ms. */
const halfLifeMs = 7_000;
/** Ends closer together than this are taken as one for the rate, ms. */
const stepMs = 500;
const failuresKept = 3;

export const noCounts: Counts = {
  planned: 0,
  ok: 0,
  empty: 0,
  failed: 0,
  left: 0,
  rows: 0,
  quarantined: 0,
  requests: 0,
  logins: 0,
};

export function noProgress(what = '', period: Period = 'd'): Progress {
  return {
    run: null,
    what,
    period,
    startedAt: null,
    counts: noCounts,
    quota: null,
    done: 0,
    share: null,
    covered: 0,
    rate: null,
    secondsLeft: null,
    workers: [],
    failures: [],
    notice: null,
    summary: null,
    pace: { at: null, done: 0 },
  };
}

/** @param now clock time in ms */
export function progressed(progress: Progress, event: RunEvent, now: number): Progress {
  switch (event.type) {
    case 'started':
      return { ...progress, run: event.run, what: event.what, period: event.period, startedAt: event.at };
    case 'planned': {
      const counts = { ...progress.counts, planned: event.planned, left: event.planned };
      return {
        ...progress,
        counts,
        covered: event.covered,
        share: event.planned === 0 ? 1 : 0,
        pace: { at: now, done: 0 },
      };
    }
    case 'worker': {
      const others = progress.workers.filter(({ id }) => id !== event.worker.id);
      return { ...progress, workers: [...others, event.worker].sort((a, b) => a.id - b.id) };
    }
    case 'task': {
      const { outcome } = event;
      if (outcome.class === 'ok' || outcome.class === 'ok-empty') return progress;
      const failure: ProgressFailure = { at: event.at, class: outcome.class, time: now };
      return { ...progress, failures: [failure, ...progress.failures].slice(0, failuresKept) };
    }
    case 'counts':
      return { ...counted(progress, event.counts, now), quota: event.quota ?? progress.quota };
    case 'notice':
      return { ...progress, notice: { level: event.level, sentence: event.sentence } };
    case 'ended':
      return { ...counted(progress, event.summary, now), summary: event.summary, secondsLeft: 0, notice: null };
  }
}

function counted(progress: Progress, counts: Counts, now: number): Progress {
  const done = counts.ok + counts.empty + counts.failed;
  const share = counts.planned === 0 ? progress.share : done / counts.planned;
  const { rate, pace } = paced(progress, done, now);
  const left = counts.planned - done;
  return { ...progress, counts, done, share, rate, pace, secondsLeft: rate !== null && rate > 0 ? left / rate : null };
}

function paced({ rate, pace }: Progress, done: number, now: number): { rate: number | null; pace: Pace } {
  if (pace.at === null) return { rate, pace: { at: now, done } };
  const elapsed = now - pace.at;
  if (elapsed < stepMs || done === pace.done) return { rate, pace };
  const fresh = ((done - pace.done) * 1_000) / elapsed;
  const past = 0.5 ** (elapsed / halfLifeMs);
  return { rate: rate === null ? fresh : rate * past + fresh * (1 - past), pace: { at: now, done } };
}
