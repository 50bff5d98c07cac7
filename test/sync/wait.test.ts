/** A sync that waits: for the evening, for tomorrow's requests, for the end of a ban. The clock is moved by the test. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/fetch/events.ts';
import { writeBan } from '../../src/fetch/provider-table.ts';
import type { RunHandle } from '../../src/fetch/request.ts';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import { MarketRig } from './market-rig.ts';

const demo = makeDemoMarket({ codes: 20, years: 2 });
const rig = new MarketRig(demo);

beforeAll(() => rig.open());
afterAll(() => rig.close());
beforeEach(async () => {
  rig.at('2026-11-19T20:00:00');
  await rig.provider();
  await rig.fresh();
});

/** Resolves to the sentence that says what it waits for. */
function waits(handle: RunHandle): Promise<string> {
  return new Promise(resolve => {
    handle.on((event: RunEvent) => {
      if (event.type === 'notice' && event.level === 'say' && event.sentence.includes('waits for'))
        resolve(event.sentence);
    });
  });
}

const newest = () => rig.value('select max(date)::varchar from daily');

describe('sync --wait', () => {
  it('syncs what is there, waits for the evening, takes the session, and ends', async () => {
    rig.at('2026-11-20T16:00:00');
    const handle = await rig.waiting({ from: '2026-11-16' });
    expect(await waits(handle)).toMatch(/bars stored; waits for today's session, published at 17:30, in 1 h 30 min/);
    expect(await newest()).toBe('2026-11-19');
    // An hour later it is still not out; nobody was asked meanwhile.
    const asked = rig.requests();
    rig.at('2026-11-20T17:00:00');
    rig.at('2026-11-20T18:05:00');
    expect(await handle.done).toMatchObject({ end: 'ok', failed: 0 });
    expect(await newest()).toBe('2026-11-20');
    expect(rig.requests()).not.toEqual(asked);
  });

  it('asks again for an evening that is half published, until it is whole', async () => {
    await rig.sync({ from: '2026-11-16' });
    await rig.provider({
      barsOn: (date, kind) => {
        const rows = demo.barsOn(date, kind);
        return date === '2026-11-20' ? rows.slice(0, Math.floor(rows.length * 0.6)) : rows;
      },
    });
    rig.at('2026-11-20T17:40:00');
    const handle = await rig.waiting({});
    expect(await waits(handle)).toMatch(/waits for a session that the provider has not published whole, in 10 min/);
    expect(await newest()).toBe('2026-11-19');
    await rig.provider({}, { port: rig.port });
    rig.at('2026-11-20T17:51:00');
    expect(await handle.done).toMatchObject({ end: 'ok', failed: 0 });
    expect(await newest()).toBe('2026-11-20');
    expect(await rig.rows('from meta.failures')).toEqual([]);
  });

  it('ends at once where everything that is published is stored', async () => {
    const first = await (await rig.waiting({ from: '2026-11-16' })).done;
    expect(first.end).toBe('ok');
    expect(await (await rig.waiting({})).done).toMatchObject({ planned: 0, requests: 0, end: 'ok' });
  });

  it('sends nothing while a ban lasts, and goes on after it', async () => {
    const until = Date.parse('2026-11-19T23:00:00+08:00');
    const key = `127.0.0.1:${rig.port}`;
    await writeBan(rig.database, key, { until, saidAt: rig.clock.now(), said: 'blacklisted' }, rig.clock);
    const handle = await rig.waiting({ from: '2026-11-16' });
    expect(await waits(handle)).toMatch(/waits for the ban to end, Thu 23:00 in Shanghai, in 3 h/);
    expect(rig.requests()).toEqual({});
    rig.at('2026-11-19T23:01:00');
    expect(await handle.done).toMatchObject({ end: 'ok' });
    expect(await newest()).toBe('2026-11-19');
  });

  it("waits for the next day where today's requests are used, and takes the rest then", async () => {
    const handle = await rig.waiting(
      { codes: ['sh.600519', 'sh.601318', 'sh.600036', 'sh.601398', 'sh.601939'], from: '2026-09-01' },
      { budget: 12, workers: 1 },
    );
    expect(await waits(handle)).toMatch(/waits for tomorrow's requests, 00:00 in Shanghai, in 4 h/);
    const codes = await rig.value('select count(distinct code) from daily');
    expect(codes).toBeLessThan(5);
    // At night there is nothing new to wait for, and the rest of the day before is asked for.
    let over = false;
    void handle.done.finally(() => {
      over = true;
    });
    for (const at of ['2026-11-20T00:01:00', '2026-11-20T20:00:00', '2026-11-21T00:01:00', '2026-11-21T20:00:00']) {
      if (over) break;
      const next = waitsAgain(handle);
      rig.at(at);
      await Promise.race([next, handle.done]);
    }
    await handle.done;
    expect(await rig.value('select count(distinct code) from daily')).toBe(5);
  });

  it('is interrupted by a cancel before it could send anything', async () => {
    const until = Date.parse('2026-11-19T23:00:00+08:00');
    await writeBan(rig.database, `127.0.0.1:${rig.port}`, { until, saidAt: rig.clock.now(), said: 'x' }, rig.clock);
    const handle = await rig.waiting({ from: '2026-11-16' });
    await waits(handle);
    handle.cancel();
    await expect(handle.done).rejects.toMatchObject({ kind: 'interrupted' });
  });

  it('is ended by a cancel while it waits', async () => {
    rig.at('2026-11-20T16:00:00');
    const handle = await rig.waiting({ from: '2026-11-16' });
    await waits(handle);
    handle.cancel();
    expect(await handle.done).toMatchObject({ end: 'cancelled', message: 'the waiting was ended' });
  });
});

/** The next wait that begins from now on. */
function waitsAgain(handle: RunHandle): Promise<void> {
  return new Promise(resolve => {
    let past = true;
    handle.on(event => {
      if (!past && event.type === 'notice' && event.level === 'say' && event.sentence.includes('waits for')) resolve();
    });
    past = false;
  });
}
