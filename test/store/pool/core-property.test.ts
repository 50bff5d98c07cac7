/** Thousands of random steps over an opener that works, fails, hangs and is slow: the counts never lie. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lane } from '../../../src/store/connection.ts';
import { PoolCore, type Slot } from '../../../src/store/pool/core.ts';
import { Listeners } from '../../../src/store/pool/listeners.ts';
import { checkedOptions, idleLimitOf, limitOf, type PoolOptions } from '../../../src/store/pool/options.ts';
import { chance } from '../../chance.ts';
import { FakeOpener, FakeTiming, type Step, settled, type Thing } from './fakes.ts';

const lanes: Lane[] = ['interactive', 'read', 'write'];
const steps: Step[] = ['open', 'validate', 'reset', 'close'];

interface World {
  readonly core: PoolCore<Thing>;
  readonly opener: FakeOpener;
  readonly timing: FakeTiming;
  readonly lent: Set<Slot<Thing>>;
  readonly waiting: Set<AbortController>;
  /** Connections that were given up because their close took too long. */
  readonly check: (after: string) => void;
}

function world(options: PoolOptions, random: () => number): World {
  const opener = new FakeOpener();
  const timing = new FakeTiming(random);
  const core = new PoolCore<Thing>(opener, options, timing, new Listeners());
  const limit = limitOf(options);
  const check = (after: string) => {
    const { idle, out, opening, opened, closed, waiting } = core.figures;
    const about = `after ${after}: ${JSON.stringify(core.figures)}`;
    expect(out, about).toBeGreaterThanOrEqual(0);
    expect(idle, about).toBeGreaterThanOrEqual(0);
    expect(opening, about).toBeGreaterThanOrEqual(0);
    expect(out + opening, about).toBeLessThanOrEqual(limit);
    expect(idle + out + opening, about).toBeLessThanOrEqual(limit);
    expect(idle, about).toBeLessThanOrEqual(idleLimitOf(options));
    expect(opened - closed, about).toBe(idle + out + opening);
    expect(opener.most, about).toBeLessThanOrEqual(limit);
    const taken = lanes.reduce((sum, lane) => sum + core.takenBy(lane), 0);
    expect(taken, about).toBeLessThanOrEqual(limit);
    expect(taken, about).toBeGreaterThanOrEqual(out + opening);
    for (const lane of lanes) {
      expect(core.takenBy(lane), about).toBeGreaterThanOrEqual(0);
      if (core.waitingIn(lane) > 0) expect(limit - taken, about).toBeLessThanOrEqual(limit < 3 ? 0 : 2);
    }
    if (waiting > 0 && !core.closed && limit < 3) expect(taken, about).toBe(limit);
  };
  return { core, opener, timing, lent: new Set(), waiting: new Set(), check };
}

function ask({ core, lent, waiting }: World, lane: Lane): void {
  const stop = new AbortController();
  waiting.add(stop);
  Promise.resolve()
    .then(() => core.acquire({ lane, tag: '', signal: stop.signal }))
    .then(
      slot => lent.add(slot),
      () => undefined,
    )
    .finally(() => waiting.delete(stop));
}

function pick<T>(of: Iterable<T>, random: () => number): T | undefined {
  const all = [...of];
  return all[Math.floor(random() * all.length)];
}

async function randomSteps(options: PoolOptions, seed: number, count: number): Promise<void> {
  const random = chance(seed);
  const one = world(options, random);
  const { core, opener, timing, lent, waiting, check } = one;
  let trouble = 0;
  for (const step of steps) {
    opener.behaviour[step] = () => {
      const x = random();
      return x < trouble ? 'waits' : x < trouble * 1.5 ? 'fails' : 'works';
    };
  }
  for (let index = 0; index < count; index++) {
    trouble = random() < 0.5 ? 0.3 : 0;
    const x = random();
    let what = '';
    if (x < 0.4) {
      what = 'acquire';
      ask(one, pick(lanes, random) as Lane);
    } else if (x < 0.7) {
      what = 'release';
      const slot = pick(lent, random);
      if (slot) {
        lent.delete(slot);
        void core.release(slot);
      }
    } else if (x < 0.8) {
      what = 'abort';
      pick(waiting, random)?.abort();
    } else if (x < 0.9) {
      what = 'finish';
      opener.finish(random() < 0.7);
    } else if (x < 0.94) {
      what = 'time';
      await timing.pass(random() * options.stepTimeoutMs * 0.3);
      while (opener.waiting('close') > 0) opener.finish(true, 'close');
    } else if (x < 0.96) {
      what = 'invalidate';
      const slot = pick(lent, random);
      if (slot) void core.invalidate(slot, random() < 0.5 ? 'soft' : 'hard', 'test');
    } else if (x < 0.97) {
      what = 'invalidate all';
      void core.invalidateAll(random() < 0.5 ? 'soft' : 'hard', 'test');
    } else if (x < 0.98) {
      what = 'recreate';
      void core.recreate();
    } else if (x < 0.985) {
      what = 'dispose';
      void core.dispose(random() < 0.5 ? 0 : 50);
      void timing.pass(60).then(() => core.recreate());
    }
    if (random() < 0.3) await settled();
    check(`step ${index} (${what}) of seed ${seed}`);
  }
  trouble = 0;
  // With one place, each waiter takes a round.
  for (let round = 0; round < 50 || (waiting.size + lent.size > 0 && round < 1000); round++) {
    while (opener.waiting() > 0) opener.finish(true);
    for (const slot of lent) void core.release(slot);
    lent.clear();
    await settled();
  }
  check('the end');
  expect(core.figures).toMatchObject({ out: 0, opening: 0, waiting: 0 });
  expect(waiting.size).toBe(0);
  expect(opener.live.size).toBe(core.figures.idle);
}

describe('random steps', () => {
  const shape = fc.record({
    size: fc.integer({ min: 0, max: 4 }),
    maxOverflow: fc.integer({ min: -1, max: 4 }),
    lifo: fc.boolean(),
    prePing: fc.boolean(),
    recycleMs: fc.constantFrom(-1, 500, 5_000),
    idleTimeoutMs: fc.constantFrom(0, 300),
    minIdle: fc.integer({ min: 0, max: 2 }),
    timeoutMs: fc.constantFrom(null, 200),
    leakAfterMs: fc.constantFrom(0, 100),
    pingAfterMs: fc.constantFrom(0, 20),
  });

  it('keep the counts right', async () => {
    await fc.assert(
      fc.asyncProperty(shape, fc.nat(2 ** 31), async (options, seed) => {
        await randomSteps(checkedOptions({ ...options, stepTimeoutMs: 1000 }), seed, 200);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a thousand cancellations', () => {
  it('at waiting, opening, validating and resetting leave the counts right', async () => {
    const random = chance(42);
    const one = world(
      checkedOptions({ size: 2, maxOverflow: 2, pingAfterMs: 0, leakAfterMs: 0, timeoutMs: null }),
      random,
    );
    const { core, opener, timing, lent, waiting, check } = one;
    let cancelled = 0;
    const cancelledAt: Record<string, number> = { wait: 0, open: 0, validate: 0, reset: 0 };
    while (cancelled < 1000) {
      const point = pick(['wait', 'open', 'validate', 'reset'], random) as string;
      for (const step of steps) opener.behaviour[step] = () => (step === point ? 'waits' : 'works');
      if (point === 'open') await core.closeIdle('test');
      if (point === 'validate') await timing.pass(1);
      if (point === 'reset') {
        for (const slot of lent) void core.release(slot);
        lent.clear();
      }
      for (let count = 0; count < (point === 'wait' ? 6 : 2); count++) ask(one, 'read');
      await settled();
      for (const stop of [...waiting]) {
        stop.abort();
        cancelled++;
        cancelledAt[point] = (cancelledAt[point] ?? 0) + 1;
      }
      check(`${cancelled} cancellations`);
      await settled();
      expect(waiting.size).toBe(0);
      while (opener.waiting() > 0) opener.finish(random() < 0.8);
      for (const slot of lent) void core.release(slot);
      lent.clear();
      for (const step of steps) opener.behaviour[step] = () => 'works';
      await settled();
      while (opener.waiting() > 0) opener.finish(true);
      await settled();
      check(`${cancelled} cancellations, all done`);
      expect(core.figures).toMatchObject({ out: 0, opening: 0, waiting: 0 });
      if (random() < 0.5) {
        ask(one, 'read');
        await settled();
      }
    }
    for (const count of Object.values(cancelledAt)) expect(count).toBeGreaterThan(30);
  });
});
