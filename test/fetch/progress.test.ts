import { describe, expect, it } from 'vitest';
import type { Counts, RunEvent, WorkerView } from '../../src/fetch/events.ts';
import { noCounts, noProgress, type Progress, progressed } from '../../src/fetch/progress.ts';

function counts(change: Partial<Counts>): RunEvent {
  return { type: 'counts', counts: { ...noCounts, planned: 100, ...change } };
}

function progressAfter(events: readonly (readonly [at: number, event: RunEvent])[]): Progress {
  return events.reduce((progress, [at, event]) => progressed(progress, event, at), noProgress('fetch --all'));
}

const planned: RunEvent = { type: 'planned', planned: 100, covered: 3 };

function worker(id: number, state: WorkerView['state']): RunEvent {
  const view = { pid: 10 + id, at: null, detail: '', rows: 0, since: 0, tasks: 0, memoryMb: null };
  return { type: 'worker', worker: { id, state, ...view } };
}

describe('progress', () => {
  it('knows run, plan and share', () => {
    const progress = progressAfter([
      [0, { type: 'started', run: 7, what: 'fetch --all', period: 'd', workers: 5, at: 0 }],
      [0, planned],
      [1_000, counts({ ok: 20, empty: 3, failed: 2, left: 75, rows: 4_000 })],
    ]);
    expect(progress).toMatchObject({ run: 7, covered: 3, done: 25, share: 0.25 });
    expect(progress.counts.rows).toBe(4_000);
  });

  it('tells the rate of a steady run and the time left', () => {
    const steps = Array.from(
      { length: 10 },
      (_, at) => [(at + 1) * 1_000, counts({ ok: (at + 1) * 4, left: 96 - at * 4 })] as const,
    );
    const progress = progressAfter([[0, planned], ...steps]);
    expect(progress.rate).toBeCloseTo(4);
    expect(progress.secondsLeft).toBeCloseTo(15);
  });

  it('follows a change of rate within some seconds, without a jump', () => {
    const quick = Array.from({ length: 10 }, (_, at) => [(at + 1) * 1_000, counts({ ok: (at + 1) * 8 })] as const);
    const before = progressAfter([[0, planned], ...quick]);
    const one = progressed(before, counts({ ok: 81 }), 11_000);
    expect(one.rate).toBeGreaterThan(6);
    const later = Array.from({ length: 10 }, (_, at) => [12_000 + at * 1_000, counts({ ok: 82 + at })] as const);
    const slow = later.reduce((progress, [at, event]) => progressed(progress, event, at), one);
    expect(slow.rate).toBeLessThan(4);
  });

  it('does not take two ends at the same moment for an endless rate', () => {
    const progress = progressAfter([
      [0, planned],
      [1_000, counts({ ok: 1 })],
      [1_000, counts({ ok: 2 })],
      [1_001, counts({ ok: 3 })],
    ]);
    expect(progress.rate).toBeCloseTo(1);
  });

  it('keeps one row a worker, in order, and the last three failures', () => {
    const failure = (at: string): RunEvent => ({
      type: 'task',
      at,
      outcome: { class: 'retry-network', message: 'closed' },
      attempts: 4,
      rows: 0,
    });
    const progress = progressAfter([
      [0, worker(2, 'fetching')],
      [0, worker(1, 'idle')],
      [1, worker(2, 'dead')],
      ...['a', 'b', 'c', 'd'].map((at, time) => [time, failure(at)] as const),
      [9, { type: 'task', at: 'e', outcome: { class: 'ok', rows: 1 }, attempts: 1, rows: 1 }],
    ]);
    expect(progress.workers.map(({ id, state }) => `${id} ${state}`)).toEqual(['1 idle', '2 dead']);
    expect(progress.failures.map(({ at }) => at)).toEqual(['d', 'c', 'b']);
  });

  it('is whole at once when nothing is planned', () => {
    expect(progressAfter([[0, { type: 'planned', planned: 0, covered: 12 }]])).toMatchObject({ share: 1, covered: 12 });
  });
});
