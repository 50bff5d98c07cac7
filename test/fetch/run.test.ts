/** Runs from request to tables: real gateway, real worker processes, real database file. */
import { getPriority } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/fetch/events.ts';
import type { Code } from '../../src/market/code.ts';
import { planOf } from './plan.ts';
import { eventsOf, prepare, Rig, stocks } from './rig.ts';

const rig = new Rig();

describe('run', () => {
  beforeAll(() => rig.open());
  afterEach(() => rig.closeGateways());
  afterAll(() => rig.close());

  it('asks what it must know first, then stores every bar, and what it counts is what the tables hold', async () => {
    const gateway = await rig.gateway();
    const codes = stocks(12);
    const handle = rig.start(gateway.port, codes, { prepare, plan: async () => planOf(codes, { factors: true }) });
    const events = eventsOf(handle);
    const summary = await handle.done;
    expect(summary).toMatchObject({
      planned: 12,
      ok: 12,
      empty: 0,
      failed: 0,
      left: 0,
      end: 'ok',
      message: null,
      logins: 3,
    });
    expect(summary.rows).toBe(await rig.value('select count(*) from daily'));
    expect(summary.codes.length).toBe(12);
    expect(summary.codes.reduce((sum, { bars }) => sum + bars, 0)).toBe(summary.rows);
    const stats = gateway.stats();
    expect(stats.logins).toBe(3);
    expect(Object.values(stats.requests).reduce((sum, count) => sum + count, 0)).toBe(summary.requests);
    expect(await rig.value('select sum(count) from meta.requests')).toBe(summary.requests);
    expect(await rig.rows('select planned, ok, failed, "left", requests, logins, "end" from meta.runs')).toEqual([
      [12, 12, 0, 0, summary.requests, 3, 'ok'],
    ]);
    const types = events.map(({ type }) => type);
    expect([types[0], types.at(-1)]).toEqual(['started', 'ended']);
    expect(events.filter(event => event.type === 'task').length).toBe(12);
    const late: RunEvent[] = [];
    handle.on(event => late.push(event));
    expect([late[0]?.type, late.at(-1)?.type]).toEqual(['started', 'ended']);
    expect(await handle.number).toBe(summary.run);
  });

  it.runIf(process.platform !== 'win32')('lets the workers run behind the prompt and the writer', async () => {
    const gateway = await rig.gateway();
    const codes = stocks(3);
    const handle = rig.start(gateway.port, codes, { prepare, plan: async () => planOf(codes) });
    const seen: number[] = [];
    handle.on(event => {
      if (event.type === 'worker' && event.worker.state === 'fetching' && event.worker.pid) {
        seen.push(getPriority(event.worker.pid) - getPriority());
      }
    });
    await handle.done;
    expect(new Set(seen)).toEqual(new Set([5]));
  });

  it('starts no worker when there is nothing to ask', async () => {
    const gateway = await rig.gateway();
    const [covered, pointless] = stocks(2) as [Code, Code];
    const summary = await rig.run(gateway.port, [], {
      plan: async () => ({
        tasks: [],
        asked: [],
        covered: [covered],
        pointless: [{ code: pointless, reason: 'no-sessions' }],
      }),
    });
    expect(summary).toMatchObject({ planned: 1, ok: 0, empty: 1, left: 0, covered: 1, requests: 0, end: 'ok' });
    expect(gateway.stats().connections).toBe(0);
  });

  it('lets runs on one database wait for each other', async () => {
    const gateway = await rig.gateway();
    const handles = [1, 2, 3].map(() => rig.start(gateway.port, stocks(4), { workers: 2 }));
    const numbers = await Promise.all(handles.map(({ number }) => number));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    await Promise.all(handles.map(({ done }) => done));
    expect(gateway.stats().maxConnections).toBe(2);
  });

  it('says why it could not plan', async () => {
    const gateway = await rig.gateway();
    const handle = rig.start(gateway.port, [], {
      plan: async () => {
        throw new Error('there is no such name');
      },
    });
    await expect(handle.done).rejects.toThrow('there is no such name');
    await expect(handle.number).rejects.toThrow('there is no such name');
  });
});
