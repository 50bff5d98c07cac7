/** The pool's counts and rules over a fake opener and a fake clock. */
import { describe, expect, it } from 'vitest';
import type { Lane } from '../../../src/store/connection.ts';
import { PoolCore, type Slot } from '../../../src/store/pool/core.ts';
import { Listeners, type PoolEvents } from '../../../src/store/pool/listeners.ts';
import { checkedOptions, limitOf, type PoolOptions, presets } from '../../../src/store/pool/options.ts';
import { FakeOpener, FakeTiming, settled, type Thing } from './fakes.ts';

function pool(options: Partial<PoolOptions> = {}, random?: () => number) {
  const opener = new FakeOpener();
  const timing = new FakeTiming(random);
  const listeners = new Listeners();
  const core = new PoolCore<Thing>(opener, checkedOptions({ leakAfterMs: 0, ...options }), timing, listeners);
  const acquire = async (lane: Lane = 'read', signal?: AbortSignal, tag = '') =>
    core.acquire({ lane, tag, signal: signal ?? undefined });
  const heard = (name: keyof PoolEvents) => {
    const events: unknown[] = [];
    listeners.on(name, event => events.push(event));
    return events;
  };
  return { opener, timing, core, acquire, heard };
}

async function take(acquire: () => Promise<Slot<Thing>>, count: number): Promise<Slot<Thing>[]> {
  const slots: Slot<Thing>[] = [];
  for (let index = 0; index < count; index++) slots.push(await acquire());
  return slots;
}

/** Watches a promise without waiting for it. */
function watch<T>(promise: Promise<T>) {
  const state: { value?: T; error?: Error & { next?: string } } = {};
  promise.then(
    value => {
      state.value = value;
    },
    error => {
      state.error = error;
    },
  );
  return state;
}

describe('options', () => {
  it('have the defaults of the field', () => {
    expect(presets.default).toMatchObject({ size: 5, maxOverflow: 10, timeoutMs: 30_000, recycleMs: 3_600_000 });
    expect(presets.read).toMatchObject({ size: 10, maxOverflow: 20, timeoutMs: 30_000, recycleMs: 1_800_000 });
    expect(presets.light).toMatchObject({ size: 2, maxOverflow: 3, timeoutMs: 10_000, recycleMs: 600_000 });
    expect(presets.import).toMatchObject({ size: 3, maxOverflow: 5, timeoutMs: 60_000, recycleMs: 3_600_000 });
    expect(limitOf(presets.single)).toBe(1);
    expect(limitOf(checkedOptions({ size: 0 }))).toBe(Number.POSITIVE_INFINITY);
    expect(limitOf(checkedOptions({ maxOverflow: -1 }))).toBe(Number.POSITIVE_INFINITY);
  });

  it('refuse what cannot be meant', () => {
    for (const wrong of [{ size: -1 }, { size: 1.5 }, { maxOverflow: -2 }, { timeoutMs: -1 }, { recycleMs: 0 }]) {
      expect(() => checkedOptions(wrong)).toThrow('pool option');
    }
    expect(() => checkedOptions({ resetOnReturn: 'maybe' as never })).toThrow('resetOnReturn');
  });
});

describe('size and overflow', () => {
  it('opens nothing until asked, and one for each that is needed', async () => {
    const { opener, core, acquire } = pool();
    expect(opener.calls.open).toBe(0);
    const first = await acquire();
    await core.release(first);
    await core.release(await acquire());
    expect(opener.calls.open).toBe(1);
  });

  it('keeps size idle and closes overflow on return', async () => {
    const { core, acquire, opener } = pool({ size: 2, maxOverflow: 3 });
    const slots = [...(await take(acquire, 3)), await acquire('write'), await acquire('interactive')];
    expect(core.figures).toMatchObject({ out: 5, idle: 0 });
    for (const slot of slots) await core.release(slot);
    expect(core.figures).toMatchObject({ out: 0, idle: 2, opened: 5, closed: 3 });
    expect(opener.live.size).toBe(2);
  });

  it('has no limit with size 0 and with overflow −1', async () => {
    for (const options of [{ size: 0 }, { size: 1, maxOverflow: -1 }]) {
      const { core, acquire } = pool(options);
      const slots = await take(acquire, 40);
      for (const slot of slots) await core.release(slot);
      expect(core.figures.idle).toBe(options.size === 0 ? 40 : 1);
    }
  });

  it('lends the oldest first, or with lifo the latest', async () => {
    for (const lifo of [false, true]) {
      const { core, acquire } = pool({ lifo });
      const [first, second] = await take(acquire, 2);
      await core.release(first as Slot<Thing>);
      await core.release(second as Slot<Thing>);
      expect((await acquire()).id).toBe(lifo ? second?.id : first?.id);
    }
  });
});

describe('waiting', () => {
  it('serves waiters in the order in which they came', async () => {
    const { core, acquire } = pool({ size: 1, maxOverflow: 0 });
    const held = await acquire();
    const order: number[] = [];
    const waiting = [1, 2, 3].map(number =>
      acquire().then(slot => {
        order.push(number);
        return core.release(slot);
      }),
    );
    await core.release(held);
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
    expect(core.figures).toMatchObject({ idle: 1, out: 0, waiting: 0 });
  });

  it('gives up after the time-out, to the fraction of a second, naming sizes, holders and the last open error', async () => {
    const { core, acquire, timing, opener } = pool({ size: 1, maxOverflow: 0, timeoutMs: 250.5 });
    opener.behaviour.open = () => 'fails';
    await expect(acquire()).rejects.toThrow('open failed');
    opener.behaviour.open = () => 'works';
    await acquire('read', undefined, 'sync 4');
    const waiting = watch(acquire());
    await timing.pass(250);
    expect(waiting.error).toBeUndefined();
    await timing.pass(0.5);
    expect(waiting.error?.message).toMatch(/size 1, overflow 0, timeout 251 ms.*#1 sync 4 for 251 ms/);
    expect(waiting.error?.cause).toMatchObject({ message: 'open failed' });
    expect(waiting.error?.next).toContain('pool set size');
    expect(core.figures).toMatchObject({ waiting: 0, out: 1 });
  });

  it('waits for ever without a time-out', async () => {
    const { core, acquire, timing } = pool({ size: 1, maxOverflow: 0, timeoutMs: null });
    const held = await acquire();
    const waiting = watch(acquire());
    await timing.pass(1e9);
    expect(waiting.error).toBeUndefined();
    await core.release(held);
    await settled();
    expect(waiting.value?.state).toBe('lent');
  });

  it('lets an aborted waiter go without changing a count', async () => {
    const { core, acquire } = pool({ size: 1, maxOverflow: 0 });
    const held = await acquire();
    const stop = new AbortController();
    const waiting = watch(acquire('read', stop.signal));
    const before = core.figures;
    stop.abort();
    await settled();
    expect(waiting.error?.message).toContain('cancelled');
    expect(core.figures).toEqual({ ...before, waiting: 0 });
    await expect(acquire('read', stop.signal)).rejects.toThrow('cancelled');
    await core.release(held);
    expect(core.figures).toMatchObject({ idle: 1, out: 0 });
  });

  it('gives the next waiter the slot that a failed open freed', async () => {
    const { core, acquire, opener } = pool({ size: 1, maxOverflow: 0 });
    opener.behaviour.open = () => 'waits';
    const first = watch(acquire());
    const second = watch(acquire());
    expect(core.figures).toMatchObject({ opening: 1, waiting: 1 });
    opener.behaviour.open = () => 'works';
    opener.finish(false);
    await settled();
    expect(first.error?.message).toBe('open failed');
    expect(second.value?.state).toBe('lent');
    expect(core.figures).toMatchObject({ out: 1, opening: 0, failedOpens: 1, opened: 2, closed: 1 });
  });

  it('gives the next waiter what was opened for one that left', async () => {
    const { core, acquire, opener } = pool({ size: 1, maxOverflow: 0 });
    opener.behaviour.open = () => 'waits';
    const stop = new AbortController();
    const first = watch(acquire('read', stop.signal));
    const second = watch(acquire());
    stop.abort();
    await settled();
    expect(first.error).toBeDefined();
    expect(core.figures).toMatchObject({ opening: 1, waiting: 1 });
    opener.finish(true);
    await settled();
    expect(second.value?.state).toBe('lent');
    expect(opener.calls.open).toBe(1);
  });

  it('gives one whose own open hangs the connection that came back', async () => {
    const { core, acquire, opener } = pool({ size: 2, maxOverflow: 0 });
    const held = await acquire();
    opener.behaviour.open = () => 'waits';
    const waiting = watch(acquire());
    await core.release(held);
    await settled();
    expect(waiting.value).toBe(held);
    opener.finish(true);
    await settled();
    expect(core.figures).toMatchObject({ out: 1, idle: 1, opening: 0 });
  });
});

describe('lanes', () => {
  it('keep a place each for the prompt and for the writer', async () => {
    const { core, acquire } = pool({ size: 2, maxOverflow: 3 });
    const readers = await take(acquire, 3);
    const fourth = watch(acquire());
    await settled();
    expect(fourth.value).toBeUndefined();
    expect((await acquire('write')).lane).toBe('write');
    expect((await acquire('interactive')).lane).toBe('interactive');
    await core.release(readers[0] as Slot<Thing>);
    await settled();
    expect(fourth.value?.state).toBe('lent');
  });

  it('share everything where there are fewer than three places', async () => {
    const { acquire } = pool({ size: 1, maxOverflow: 1 });
    expect(await take(acquire, 2)).toHaveLength(2);
  });
});

describe('age and health', () => {
  it('replaces a connection at its age, at its next checkout', async () => {
    const { core, acquire, timing } = pool({ recycleMs: 1000.5, idleTimeoutMs: 0, prePing: false });
    const old = await acquire();
    await core.release(old);
    await timing.pass(1000);
    await core.release(await acquire());
    await timing.pass(0.5);
    expect((await acquire()).id).not.toBe(old.id);
    expect(core.figures).toMatchObject({ recycled: 1, opened: 2, closed: 1 });
  });

  it('lets siblings expire at different ages, none above the limit', async () => {
    let chance = 0;
    const { acquire } = pool({ recycleMs: 1000 }, () => {
      chance += 0.1;
      return chance;
    });
    const ages = (await take(acquire, 5)).map(slot => slot.expiresAt);
    expect(new Set(ages).size).toBe(5);
    expect(Math.max(...ages)).toBeLessThanOrEqual(1000);
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(900);
  });

  it('never replaces with recycle −1', async () => {
    const { core, acquire, timing } = pool({ recycleMs: -1, idleTimeoutMs: 0 });
    await core.release(await acquire());
    await timing.pass(1e12);
    expect((await acquire()).id).toBe(1);
  });

  it('pings what was idle, not what is fresh or was just used', async () => {
    const { core, acquire, timing, opener } = pool();
    await core.release(await acquire());
    await core.release(await acquire());
    expect(opener.calls.validate).toBe(0);
    await timing.pass(1001);
    await core.release(await acquire());
    expect(opener.calls.validate).toBe(1);
  });

  it('replaces what does not answer, or not in time', async () => {
    for (const behaviour of ['fails', 'waits'] as const) {
      const { core, acquire, timing, opener } = pool({ stepTimeoutMs: 100 });
      await core.release(await acquire());
      await timing.pass(1001);
      opener.behaviour.validate = () => behaviour;
      const next = watch(acquire());
      await timing.pass(100);
      expect(next.value?.id).toBe(2);
      expect(core.figures).toMatchObject({ invalidated: 1, out: 1, opened: 2, closed: 1 });
    }
  });

  it('closes what is idle for long, down to the least', async () => {
    const { core, acquire, timing } = pool({ idleTimeoutMs: 1000, minIdle: 2 });
    for (const slot of await take(acquire, 5)) await core.release(slot);
    await timing.pass(999);
    expect(core.figures.idle).toBe(5);
    await timing.pass(1);
    expect(core.figures).toMatchObject({ idle: 2, closed: 3 });
  });

  it('renews what cannot be reset, and what does not end its reset', async () => {
    for (const behaviour of ['fails', 'waits'] as const) {
      const { core, acquire, timing, opener } = pool({ stepTimeoutMs: 100, size: 1, maxOverflow: 0 });
      const slot = await acquire();
      opener.behaviour.reset = () => behaviour;
      void core.release(slot);
      const next = watch(acquire());
      await timing.pass(100);
      expect(next.value?.id).toBe(2);
      expect(core.figures).toMatchObject({ out: 1, opened: 2, closed: 1 });
    }
  });

  it('gives the place of a connection back whose close hangs', async () => {
    const { core, acquire, timing, opener } = pool({ stepTimeoutMs: 100, size: 1, maxOverflow: 0 });
    const slot = await acquire();
    opener.behaviour.close = () => 'waits';
    void core.invalidate(slot, 'hard', 'test');
    const next = watch(acquire());
    await timing.pass(99);
    expect(next.value).toBeUndefined();
    await timing.pass(1);
    expect(next.value?.state).toBe('lent');
  });
});

describe('invalidation', () => {
  it('hard closes now, soft when it comes back', async () => {
    const { core, acquire, opener, heard } = pool();
    const [hard, soft] = await take(acquire, 2);
    const invalidated = heard('invalidate');
    await core.invalidate(hard as Slot<Thing>, 'hard', 'test');
    expect(opener.live.size).toBe(1);
    await core.invalidate(soft as Slot<Thing>, 'soft', 'test');
    expect(core.figures).toMatchObject({ out: 1, invalidated: 2 });
    await core.release(soft as Slot<Thing>);
    expect(core.figures).toMatchObject({ out: 0, idle: 0, opened: 2, closed: 2 });
    expect(invalidated).toHaveLength(2);
  });

  it('of all closes the idle now and the lent when they come back', async () => {
    const { core, acquire } = pool();
    const [lent, idle] = await take(acquire, 2);
    await core.release(idle as Slot<Thing>);
    await core.invalidateAll('soft', 'test');
    expect(core.figures).toMatchObject({ out: 1, idle: 0, closed: 1 });
    await core.release(lent as Slot<Thing>);
    expect(core.figures).toMatchObject({ out: 0, idle: 0, closed: 2, invalidated: 2 });
  });
});

describe('dispose and recreate', () => {
  it('tells waiters, closes the idle, and refuses from then on', async () => {
    const { core, acquire, opener } = pool({ size: 1, maxOverflow: 0 });
    await acquire();
    const waiting = watch(acquire());
    await core.dispose(0);
    expect(waiting.error?.message).toContain('closed');
    await expect(acquire()).rejects.toThrow('closed');
    expect(core.figures).toMatchObject({ idle: 0, out: 0, opening: 0, opened: 1, closed: 1 });
    expect(opener.live.size).toBe(0);
  });

  it('lets the lent come back during the grace', async () => {
    const { core, acquire, timing, opener } = pool();
    const [back, kept] = await take(acquire, 2);
    const disposed = watch(core.dispose(1000).then(() => true));
    await core.release(back as Slot<Thing>);
    await timing.pass(999);
    expect(kept?.resource.open).toBe(true);
    expect(disposed.value).toBeUndefined();
    await timing.pass(1);
    expect(disposed.value).toBe(true);
    expect(opener.live.size).toBe(0);
    await core.release(kept as Slot<Thing>);
    expect(core.figures).toMatchObject({ out: 0, opened: 2, closed: 2 });
  });

  it('ends at once when the last comes back', async () => {
    const { core, acquire } = pool();
    const slot = await acquire();
    const disposed = watch(core.dispose(1e9).then(() => true));
    await core.release(slot);
    await settled();
    expect(disposed.value).toBe(true);
  });

  it('tells a waiter whose connection is opening, and closes what comes', async () => {
    const { core, acquire, opener } = pool();
    opener.behaviour.open = () => 'waits';
    const waiting = watch(acquire());
    await core.dispose(0);
    expect(waiting.error?.message).toContain('closed');
    opener.finish(true);
    await settled();
    expect(opener.live.size).toBe(0);
    expect(core.figures).toMatchObject({ out: 0, opening: 0, opened: 1, closed: 1 });
  });

  it('keeps the limit while connections of the old generation are out', async () => {
    const { core, acquire, opener } = pool({ size: 1, maxOverflow: 1 });
    const old = await take(acquire, 2);
    await core.recreate();
    const waiting = watch(acquire());
    await settled();
    expect(waiting.value).toBeUndefined();
    expect(core.figures).toMatchObject({ out: 2, waiting: 1 });
    for (const slot of old) await core.release(slot);
    await settled();
    expect(waiting.value?.generation).toBe(2);
    expect(opener.most).toBe(2);
    expect(core.figures).toMatchObject({ out: 1, idle: 0, opened: 3, closed: 2 });
  });

  it('works again after dispose', async () => {
    const { core, acquire } = pool();
    await core.release(await acquire());
    await core.dispose(0);
    await core.recreate();
    expect((await acquire()).state).toBe('lent');
  });

  it('takes a new size at once', async () => {
    const { core, acquire } = pool({ size: 1, maxOverflow: 0 });
    const held = await acquire();
    const waiting = watch(acquire());
    await core.configure(checkedOptions({ size: 2, maxOverflow: 0 }));
    await settled();
    expect(waiting.value?.state).toBe('lent');
    await core.release(held);
    await core.release(waiting.value as Slot<Thing>);
    await core.configure(checkedOptions({ size: 1, maxOverflow: 0 }));
    expect(core.figures).toMatchObject({ idle: 1, closed: 1 });
  });
});

describe('events and alerts', () => {
  it('tell of a connection from its opening to its end', async () => {
    const { core, acquire, heard } = pool();
    const names = ['first-connect', 'connect', 'checkout', 'checkin', 'close'] as const;
    const events = names.map(name => heard(name));
    await core.release(await acquire());
    await core.release(await acquire());
    await core.dispose(0);
    expect(events.map(list => list.length)).toEqual([1, 1, 2, 2, 1]);
  });

  it('raise each alert once on the way up and clear it ten points below', async () => {
    const { core, acquire, heard } = pool({ size: 10, maxOverflow: 0 });
    const alerts = heard('alert') as { percent: number; raised: boolean }[];
    const slots = [...(await take(acquire, 8)), await acquire('write')];
    expect(alerts.map(({ percent }) => percent)).toEqual([80, 90]);
    await core.release(slots.pop() as Slot<Thing>);
    slots.push(await acquire('write'));
    expect(alerts).toHaveLength(2);
    for (let left = 8; left >= 6; left--) await core.release(slots.pop() as Slot<Thing>);
    expect(alerts.slice(2)).toMatchObject([
      { percent: 90, raised: false },
      { percent: 80, raised: false },
    ]);
  });

  it('report a leak once, with the stack of its checkout, but not the prompt', async () => {
    const { core, acquire, timing, heard } = pool({ leakAfterMs: 1000, timeoutMs: null });
    const leaks = heard('leak') as { stack: string; heldMs: number }[];
    await acquire('interactive');
    await acquire('read', undefined, 'forgotten');
    await timing.pass(999);
    expect(leaks).toHaveLength(0);
    await timing.pass(5000);
    expect(leaks).toMatchObject([{ tag: 'forgotten', heldMs: 1000 }]);
    expect(leaks[0]?.stack).toContain('core.test.ts');
    expect(core.figures.leaked).toBe(1);
  });

  it('know how long checkouts waited', async () => {
    const { core, acquire, timing } = pool({ size: 1, maxOverflow: 0 });
    let slot = await acquire();
    for (let index = 0; index < 9; index++) {
      const next = acquire();
      await timing.pass(100);
      await core.release(slot);
      slot = await next;
    }
    expect(core.percentile(0.5)).toBe(100);
    expect(core.percentile(0.05)).toBe(0);
  });
});
