/**
 * The fault matrix: what a line or a provider can do, and how a run ends then. Whatever it is, every task is accounted for,
 * nothing is stored twice, and the same codes from a healthy provider make the tables whole.
 */
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/fetch/events.ts';
import type { Plan, RunRequest } from '../../src/fetch/request.ts';
import type { GatewayOptions } from '../../src/gateway/gateway.ts';
import type { Code } from '../../src/market/code.ts';
import { planOf } from './plan.ts';
import { eventsOf, prepare, Rig, stocks } from './rig.ts';

const rig = new Rig();
let codes: Code[];
let victim: Code;

function adds({ planned, ok, empty, failed, left }: RunSummary): void {
  expect(planned).toBe(ok + empty + failed + left);
}

/** The ledger of the victim: class and tries. */
async function ledger(): Promise<unknown[][]> {
  return rig.rows('select code, class, attempts from meta.failures order by code');
}

async function attempts(run: number): Promise<unknown[]> {
  const rows = await rig.rows(
    `select class from meta.attempts where run = ${run} and code = '${victim}' order by number`,
  );
  return rows.flat();
}

async function sound(): Promise<void> {
  expect(await rig.rows('select code, date from daily group by all having count(*) > 1')).toEqual([]);
  const mixed = await rig.rows(`select f.code from meta.failures f join meta.coverage c using (code)
    where f.dataset = c.dataset and f.from_date <= c.to_date and f.to_date >= c.from_date`);
  expect(mixed).toEqual([]);
}

async function forget(): Promise<void> {
  for (const table of ['daily', 'meta.coverage', 'meta.failures']) {
    await rig.database.pool.write(connection => connection.execute(`delete from ${table}`));
  }
}

/** A run with a fault on the first of six codes. */
async function withFault(
  fault: string,
  options: Partial<RunRequest> = {},
  gateway: Partial<GatewayOptions> = {},
): Promise<RunSummary> {
  const server = await rig.gateway(gateway, fault);
  const summary = await rig.run(server.port, codes, options);
  adds(summary);
  await sound();
  return summary;
}

beforeAll(async () => {
  await rig.open();
  await rig.prepare();
  codes = stocks(6);
  victim = codes[0] as Code;
});

afterEach(async () => {
  await rig.closeGateways();
  await forget();
});

afterAll(() => rig.close());

describe('a fault on one code', () => {
  it.each(['drop', 'reset', 'stall', 'truncate', 'garbage', 'zlib', 'length', 'error=10005001'])(
    '%s: tried four times, then on the ledger as a fault of the network, and the others are stored',
    async kind => {
      const summary = await withFault(`${kind}@${victim}:1`);
      expect(summary).toMatchObject({ planned: 6, ok: 5, failed: 1, left: 0, end: 'partial' });
      expect(await ledger()).toEqual([[victim, 'retry-network', 4]]);
      expect(await attempts(summary.run)).toEqual(Array(4).fill('retry-network'));
      const healthy = await rig.gateway();
      expect(await rig.run(healthy.port, [victim])).toMatchObject({ ok: 1, end: 'ok' });
      expect(await ledger()).toEqual([]);
      expect(await rig.value('select count(distinct code) from daily')).toBe(6);
    },
  );

  it.each([
    ['error=10004012', 'bad-request', 1],
    ['error=10004011', 'unknown-code', 1],
    ['error=10001005', 'throttled', 4],
    ['forget', 'retry-session', 4],
  ])('%s: on the ledger as %s', async (kind, failure, tries) => {
    const summary = await withFault(`${kind}@${victim}:1`);
    expect(summary).toMatchObject({ planned: 6, ok: 5, failed: 1, left: 0, end: 'partial' });
    expect(await ledger()).toEqual([[victim, failure, tries]]);
  });

  it.each(['split=5', 'drip=1', 'duplicate', 'crc'])('%s: does no harm', async kind => {
    expect(await withFault(`${kind}@${victim}:1`)).toMatchObject({ ok: 6, failed: 0, end: 'ok' });
  });

  it('late: an answer that comes after its time is never stored under the next code', async () => {
    const server = await rig.gateway({}, `late=1200@${victim}:1`);
    const summary = await rig.run(server.port, codes, { workers: 1, settings: { tries: 1 } });
    adds(summary);
    expect(summary).toMatchObject({ ok: 5, failed: 1 });
    const healthy = await rig.gateway();
    await rig.run(healthy.port, codes);
    const prints = 'select code, hash(list(close order by date)) from daily group by code order by code';
    const after = await rig.rows(prints);
    await forget();
    await rig.run(healthy.port, codes);
    expect(await rig.rows(prints)).toEqual(after);
  });

  it('a page that fails never leaves a half code marked complete', async () => {
    const server = await rig.gateway({}, 'drop:0.3');
    const source = rig.source(server.port, { pageSize: 50 });
    const summary = await rig.run(server.port, codes, { source, settings: { tries: 2 } });
    adds(summary);
    await sound();
    const whole = await rig.rows('select code, count(*) from daily group by code');
    expect(new Set(whole.map(([, rows]) => rows)).size).toBeLessThanOrEqual(1);
    expect(whole.length).toBe(summary.ok);
  });

  it('a tenth of all answers dropped: retry makes it whole', async () => {
    const server = await rig.gateway({}, 'drop:0.1');
    const many = stocks(30);
    const first = await rig.run(server.port, many, { settings: { tries: 2 } });
    adds(first);
    expect(server.stats().faults.drop).toBeGreaterThan(0);
    await sound();
    const rest = (await rig.rows('select code from meta.failures')).flat() as Code[];
    expect(rest.length).toBe(first.failed);
    const healthy = await rig.gateway();
    if (rest.length > 0) expect(await rig.run(healthy.port, rest)).toMatchObject({ ok: rest.length, end: 'ok' });
    expect(await rig.value('select count(distinct code) from daily')).toBe(30);
    expect(Object.keys(healthy.stats().codes).sort()).toEqual([...rest].sort());
  });

  it('a provider that closes idle connections costs a login and nothing else', async () => {
    const server = await rig.gateway({ idleDropSeconds: 1 });
    const closed = async (): Promise<Plan> => {
      await expect.poll(() => server.stats().openConnections, { timeout: 10_000 }).toBe(0);
      return planOf(codes);
    };
    const summary = await rig.run(server.port, codes, { prepare, plan: closed, workers: 1 });
    expect(summary).toMatchObject({ ok: 6, failed: 0, end: 'ok', logins: 2 });
  });

  it('two sessions allowed, five asked: settles at two, wastes few logins, stores all', async () => {
    const server = await rig.gateway({ maxSessions: 2, latencyMs: 10 });
    const many = stocks(30);
    const handle = rig.start(server.port, many, { workers: 5 });
    const events = eventsOf(handle);
    expect(await handle.done).toMatchObject({ ok: 30, failed: 0, end: 'ok' });
    expect(server.stats().errors['10001005']).toBeLessThanOrEqual(10);
    const notices = events.flatMap(event => (event.type === 'notice' ? [event.sentence] : []));
    expect(notices.filter(sentence => sentence.includes('2 login sessions')).length).toBe(1);
    // The next run knows it from the start.
    const refused = server.stats().errors['10001005'];
    expect(await rig.run(server.port, many, { workers: 5 })).toMatchObject({ ok: 30, logins: 2 });
    expect(server.stats().errors['10001005']).toBe(refused);
  });

  it('an unpublished evening is not taken for an empty one', async () => {
    const server = await rig.gateway({ publishedUntil: { kind: 'date', date: '2026-11-19' } });
    const today = '2026-11-20';
    const plan = planOf(codes);
    const tasks = plan.tasks.map(task => ({ ...task, from: today as never }));
    const summary = await rig.run(server.port, codes, { plan: async () => ({ ...plan, tasks }) });
    expect(summary).toMatchObject({ ok: 0, empty: 6, failed: 0 });
    expect(await rig.value(`select count(*) from meta.coverage where to_date >= '${today}'`)).toBe(0);
  });
});

describe('a fault of the whole line', () => {
  it('nobody at the endpoint: one sentence, nothing on the ledger, all left', async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise(resolve => server.close(resolve));
    const handle = rig.start(port, codes);
    const events = eventsOf(handle);
    const summary = await handle.done;
    expect(summary).toMatchObject({ planned: 6, ok: 0, failed: 0, left: 6, end: 'failed' });
    expect(summary.message).toMatch(new RegExp(`^127\\.0\\.0\\.1:${port} does not answer: \\d+ tries in \\d+ s`));
    expect(await ledger()).toEqual([]);
    expect(events.filter(({ type }) => type === 'notice').length).toBeLessThanOrEqual(1);
  });

  it('a host that nobody knows: says that, and not that it does not answer', async () => {
    // Longer than a label may be, so that no name server is asked.
    const host = `${'x'.repeat(64)}.invalid`;
    const source = { ...rig.source(10030, { connectTimeoutMs: 10_000 }), endpoint: { host, port: 10030 } };
    const summary = await rig.run(10030, codes, { source });
    expect(summary).toMatchObject({ planned: 6, ok: 0, failed: 0, left: 6, end: 'failed' });
    expect(summary.message).toMatch(new RegExp(`^${host} cannot be found: \\d+ tries in \\d+ s, nothing lost`));
  });

  it('every answer lost: few requests, what was tried is on the ledger, the rest left', async () => {
    const server = await rig.gateway({}, 'drop:1');
    const summary = await rig.run(server.port, stocks(30));
    adds(summary);
    expect(summary).toMatchObject({ ok: 0, end: 'failed' });
    expect(summary.left).toBeGreaterThan(20);
    expect(summary.requests).toBeLessThanOrEqual(30);
    const healthy = await rig.gateway();
    expect(await rig.run(healthy.port, stocks(30))).toMatchObject({ ok: 30, end: 'ok' });
    expect(await ledger()).toEqual([]);
  });

  it('today’s budget: sends exactly so many, parks the rest, and a new run says so first', async () => {
    const server = await rig.gateway();
    const handle = rig.start(server.port, stocks(30), { budget: (await used(server.port)) + 12, workers: 2 });
    const events = eventsOf(handle);
    const summary = await handle.done;
    adds(summary);
    expect(summary).toMatchObject({ end: 'parked', failed: 0 });
    expect(summary.left).toBeGreaterThan(0);
    expect(summary.requests - 2).toBe(12);
    expect(events.some(event => event.type === 'notice' && /12 are left today/.test(event.sentence))).toBe(true);
    expect(Object.values(server.stats().requests).reduce((sum, count) => sum + count, 0)).toBe(summary.requests);
  });

  it('a ban: all stop without a logout, and a new run is refused without a connection', async () => {
    const server = await rig.gateway({ quota: 20, latencyMs: 5 });
    const summary = await rig.run(server.port, stocks(40));
    adds(summary);
    expect(summary.end).toBe('refused');
    expect(summary.left).toBeGreaterThan(0);
    expect(server.stats().requests.logout ?? 0).toBe(0);
    expect(server.stats().errors['10001011']).toBeLessThanOrEqual(3);
    const { connections } = server.stats();
    await expect(rig.run(server.port, stocks(40))).rejects.toMatchObject({ kind: 'refused', exitCode: 4 });
    expect(server.stats().connections).toBe(connections);
    expect(await rig.value(`select count(*) from meta.providers where ban_until is not null`)).toBe(1);
  });

  it('a wrong password: one sentence, no retry', async () => {
    const server = await rig.gateway();
    const source = rig.source(server.port, { password: 'wrong' });
    const summary = await rig.run(server.port, codes, { source });
    expect(summary).toMatchObject({ failed: 0, left: 6, end: 'failed' });
    expect(summary.message).toMatch(/password/);
    expect(server.stats().requests.login).toBeLessThanOrEqual(3);
  });

  it('cancelled: stores what came, leaves the rest, and the same run goes on', async () => {
    const server = await rig.gateway({ latencyMs: 60 });
    // A slow machine gets the time that a logout takes there.
    const handle = rig.start(server.port, stocks(40), { settings: { cancelGraceMs: 20_000 } });
    let ended = 0;
    handle.on(event => {
      if (event.type === 'task') ended += 1;
      if (ended >= 3 && (server.stats().requests.login ?? 0) >= 3) handle.cancel();
    });
    const summary = await handle.done;
    adds(summary);
    expect(summary.end).toBe('cancelled');
    expect(summary.ok).toBeGreaterThanOrEqual(3);
    expect(summary.left).toBeGreaterThan(0);
    expect(server.stats().requests.logout).toBe(3);
    expect(await rig.value('select count(distinct code) from daily')).toBe(summary.ok);
    expect(
      await rig.rows(`select planned = ok + empty + failed + "left", "end" from meta.runs where run = ${summary.run}`),
    ).toEqual([[true, 'cancelled']]);
  });

  it('workers killed again and again: complete all the same', async () => {
    const server = await rig.gateway({ latencyMs: 15 });
    const many = stocks(40);
    const handle = rig.start(server.port, many);
    let kills = 0;
    let seen = 0;
    handle.on(event => {
      if (event.type !== 'task') return;
      seen += 1;
      if (seen % 6 !== 0 || kills >= 5) return;
      const pid = handle.workers()[kills % 3]?.pid;
      if (pid) process.kill(pid, 'SIGKILL');
      kills += 1;
    });
    const summary = await handle.done;
    adds(summary);
    expect(summary).toMatchObject({ planned: 40, ok: 40, failed: 0 });
    await sound();
    expect(await rig.value('select count(distinct code) from daily')).toBe(40);
  });

  it('the database refuses the rows: the run ends as failed and nothing is marked complete', async () => {
    const server = await rig.gateway();
    await rig.database.pool.write(connection => connection.execute('alter table daily rename close to closing'));
    await expect(rig.run(server.port, codes)).rejects.toThrow();
    await rig.database.pool.write(connection => connection.execute('alter table daily rename closing to close'));
    expect(await rig.value('select count(*) from meta.coverage')).toBe(0);
    expect(
      await rig.rows('select "end", planned = ok + empty + failed + "left" from meta.runs order by run desc limit 1'),
    ).toEqual([['failed', true]]);
  });
});

/** Messages that the day's count of an endpoint holds. */
async function used(port: number): Promise<number> {
  return Number(
    (await rig.value(`select coalesce(sum(count), 0) from meta.requests where provider = '127.0.0.1:${port}'`)) ?? 0,
  );
}
