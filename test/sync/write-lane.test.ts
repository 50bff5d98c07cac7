/** A fetch beside a transaction of the user that has written to the same table: gateway, workers and file are real. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/fetch/events.ts';
import { StatementRunner } from '../../src/shell/statement-run.ts';
import type { Lease } from '../../src/store/connection.ts';
import { readFailures } from '../../src/store/ledger.ts';
import { fetchBars } from '../../src/sync/fetch.ts';
import { retryFailures } from '../../src/sync/retry.ts';
import { clock, Rig, stocks } from '../fetch/rig.ts';

const fast = {
  random: () => 0.5,
  settings: { retry: { baseMs: 10, capMs: 50 }, relogin: { baseMs: 10, capMs: 50 } },
};
const codes = stocks(3) as readonly string[];

let rig: Rig;
let prompt: Lease;
let runner: StatementRunner;

beforeEach(async () => {
  rig = await new Rig().open();
  const { pool } = rig.database;
  prompt = await pool.acquire({ lane: 'interactive', tag: 'prompt' });
  runner = new StatementRunner(pool, prompt, async () => ({}));
});

afterEach(async () => {
  runner.lane.give();
  await prompt.release();
  await rig.close();
});

function user(sql: string): Promise<unknown> {
  return runner.run(sql, {
    signal: new AbortController().signal,
    tag: '[12]',
    limits: { rows: 100, countingMs: 100 },
    lasting: true,
  });
}

async function begin(from: string) {
  const gateway = await rig.gateway();
  const common = { database: rig.database, clock, source: rig.source(gateway.port), workers: 2, ...fast };
  const { handle } = await fetchBars({ ...common, what: 'fetch', securities: codes, period: 'd', from });
  const events: RunEvent[] = [];
  handle.on(event => events.push(event));
  const notices = () => events.flatMap(event => (event.type === 'notice' ? [event.sentence] : []));
  return { handle, notices, common };
}

const doubled = `select count(*) from (select code, date from daily group by all having count(*) > 1)`;

describe('a fetch beside an open transaction of the user', () => {
  it('neither doubles nor loses a row: it waits in sight and stores when the transaction has ended', async () => {
    await (await begin('2026-11-01')).handle.done;
    const stored = await rig.value('select count(*) from daily');
    await user('begin');
    await user(`update daily set turn = 99 where code = '${codes[0]}'`);
    await user(`insert into daily (code, date, close) values ('sz.999999', date '2026-11-20', 1)`);
    const { handle, notices } = await begin('2026-10-01');
    await expect
      .poll(notices, { timeout: 10_000 })
      .toContain('waits to store: [12] holds the write lane until its transaction ends');
    expect(await rig.value('select count(*) from daily')).toBe(stored);
    await user('commit');
    const summary = await handle.done;
    expect(summary).toMatchObject({ planned: 3, ok: 3, failed: 0, left: 0, end: 'ok' });
    expect(notices()).toContain('stores again');
    expect(await rig.value(doubled)).toBe(0);
    expect(await rig.value('select count(*) from daily')).toBe(Number(stored) + summary.rows + 1);
    expect(await rig.value('select count(*) from daily where turn = 99')).toBeGreaterThan(0);
    const sessions = `select count(*) from calendar where is_open and date between '2026-10-01' and '2026-11-20'`;
    const expected = 3 * Number(await rig.value(sessions)) + 1;
    expect(await rig.value('select count(*) from daily')).toBe(expected);
  });

  it('parks after the pool’s time-out; what came in is on the ledger as storage, and retry brings it', async () => {
    await rig.prepare();
    const { pool } = rig.database;
    // The run has begun before the user's transaction does.
    const gateway = await rig.gateway({ latencyMs: 300 });
    const common = { database: rig.database, clock, source: rig.source(gateway.port), workers: 2, ...fast };
    const { handle } = await fetchBars({
      ...common,
      what: 'fetch',
      securities: codes,
      period: 'd',
      from: '2026-11-01',
    });
    const planned = new Promise<void>(resolve => handle.on(event => event.type === 'planned' && resolve()));
    await planned;
    await user('begin');
    await user(`delete from daily where code = '${codes[0]}'`);
    await pool.configure({ timeoutMs: 1_000 });
    const summary = await handle.done;
    expect(summary).toMatchObject({ planned: 3, ok: 0, end: 'parked' });
    expect(summary.failed).toBeGreaterThan(0);
    expect(summary.planned).toBe(summary.ok + summary.empty + summary.failed + summary.left);
    expect(summary.message).toMatch(/^\[12\] held the write lane for too long/);
    expect((await pool.suspend()).because).toContain('fetch is at work');
    await user('commit');
    const ends = 'select "end", planned, ok, empty, failed, "left" from meta.runs order by run desc limit 1';
    await expect
      .poll(() => rig.rows(ends), { timeout: 10_000 })
      .toEqual([['parked', 3, 0, 0, summary.failed, summary.left]]);
    const failures = await readFailures(rig.database, { classes: ['storage'] });
    expect(failures).toHaveLength(summary.failed);
    expect(await rig.value('select count(*) from daily')).toBe(0);
    const { handle: again } = await retryFailures({ ...common, what: 'retry', choice: { kind: 'all' } });
    expect(await again.done).toMatchObject({ ok: summary.failed, end: 'ok' });
    expect(await rig.value(doubled)).toBe(0);
    expect(await readFailures(rig.database)).toEqual([]);
  });

  it('fails in one sentence where the lane is never free for its first row', async () => {
    await rig.prepare();
    await user('begin');
    await user('delete from meta.failures');
    await rig.database.pool.configure({ timeoutMs: 500 });
    const { handle, notices } = await begin('2026-11-01');
    await expect(handle.done).rejects.toThrow(/^the write lane was not free within 0\.5 s: \[12\] has held it for/);
    expect(notices()).toEqual(['waits to store: [12] holds the write lane until its transaction ends']);
    await user('rollback');
  });
});
