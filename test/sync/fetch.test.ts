/** From what was typed to the tables: a gateway, worker processes and a database file, all real. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/fetch/events.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { openDatabase } from '../../src/store/database.ts';
import { type FetchRequest, fetchBars } from '../../src/sync/fetch.ts';
import { retryFailures } from '../../src/sync/retry.ts';
import { clock, demo, Rig, stocks } from '../fetch/rig.ts';

const rig = new Rig();
let gateway: Gateway;

const fast = {
  random: () => 0.5,
  settings: {
    retry: { baseMs: 10, capMs: 50 },
    relogin: { baseMs: 10, capMs: 50 },
    probes: { freshMs: [50, 100], freshPatienceMs: 3_000, provenMs: [50, 100, 200] },
  },
};

function request(
  securities: FetchRequest['securities'],
  dates: { from?: string; to?: string } = {},
  server = gateway,
): FetchRequest {
  return {
    database: rig.database,
    clock,
    source: rig.source(server.port),
    workers: 2,
    what: 'fetch',
    securities,
    period: 'd',
    ...dates,
    ...fast,
  };
}

async function fetched(...asked: Parameters<typeof request>): Promise<RunSummary> {
  return (await fetchBars(request(...asked))).handle.done;
}

const [first = '', second = '', third = ''] = stocks(3) as readonly string[];
const nameOf = (code: string) => demo().listings.find(listing => listing.code === code)?.name ?? '';

beforeAll(async () => {
  await rig.open();
  gateway = await rig.gateway();
});
afterAll(() => rig.close());

describe('fetch', () => {
  it.each([
    [['60051'], {}, '“60051” is no code: it has 5 digits where a code has six'],
    [['600519', '399001x'], {}, '“399001x” names no exchange that is known here (sh, sz, bj)'],
    [['600519'], { from: '2024-02-30' }, '2024-02-30 is no date: February 2024 has 29 days'],
    [['600519'], { to: 'tomorrow' }, '“tomorrow” is no date'],
    [['600519'], { from: '2024-06-01', to: '2024-05' }, 'the range ends on 2024-05-31, before it starts on 2024-06-01'],
    [['600519', '920819'], {}, 'bj.920819 is of the Beijing exchange, and baostock has no data of it'],
    [[], {}, 'no code is given'],
  ])('refuses %j %j before anybody is asked', async (securities, dates, message) => {
    await expect(fetchBars(request(securities, dates))).rejects.toMatchObject({ kind: 'usage', message });
    expect(gateway.stats().connections).toBe(0);
  });

  it('asks for catalogue and calendar by itself, then for what was typed, names included', async () => {
    const { handle, resolved } = await fetchBars(
      request([first.slice(3), nameOf(second)], { from: '2026-06-01', to: 'today' }),
    );
    expect(resolved()).toBeNull();
    const summary = await handle.done;
    expect(summary).toMatchObject({ planned: 2, ok: 2, failed: 0, left: 0, end: 'ok' });
    expect(resolved()?.map(({ code, input }) => [code, input])).toEqual([
      [first, first.slice(3)],
      [second, nameOf(second)],
    ]);
    expect(summary.codes.map(({ code }) => code)).toEqual([first, second]);
    expect(await rig.value(`select count(*) from instruments`)).toBe(demo().listings.length);
    const sessions = await rig.value(
      `select count(*) from calendar where is_open and date between '2026-06-01' and '2026-11-20'`,
    );
    expect(await rig.value('select count(*) from daily')).toBe(2 * Number(sessions));
    expect(await rig.value(`select count(*) from instruments where pinyin is null`)).toBe(0);
  });

  it('asks for nothing, and starts nobody, when all of it is stored', async () => {
    const before = gateway.stats();
    const summary = await fetched([first, second], { from: '2026-06-01', to: 'today' });
    expect(summary).toMatchObject({ planned: 0, covered: 2, rows: 0, requests: 0, logins: 0, end: 'ok' });
    expect(gateway.stats()).toEqual(before);
  });

  it('refuses a name that the catalogue of today does not have, before a run exists', async () => {
    const runs = await rig.value('select count(*) from meta.runs');
    await expect(fetchBars(request(['无此公司名']))).rejects.toMatchObject({ kind: 'usage' });
    expect(await rig.value('select count(*) from meta.runs')).toBe(runs);
  });

  it('counts sessions back by the calendar', async () => {
    await fetched([third], { from: '-4s' });
    expect(await rig.value(`select count(*) from daily where code = '${third}'`)).toBe(5);
  });

  it('asks only for the days that are missing, without the factors that it has', async () => {
    const before = gateway.stats().requests;
    const summary = await fetched([third], { from: '-9s' });
    expect(summary).toMatchObject({ planned: 1, rows: 5 });
    const after = gateway.stats().requests;
    expect(after.query_adjust_factor).toBe(before.query_adjust_factor);
    expect((after.query_history_k_data_plus ?? 0) - (before.query_history_k_data_plus ?? 0)).toBe(1);
  });

  it('takes every stock that was listed within the range, and no index or fund', async () => {
    const all = await fetched('all', { from: '2026-11-16', to: '2026-11-20' });
    const listed = await rig.value(
      `select count(*) from instruments where kind = 'stock' and coalesce(delist_date, '9999-12-31') >= '2026-11-16'`,
    );
    expect(all.planned + all.covered).toBe(listed);
    expect(all).toMatchObject({ failed: 0, left: 0, end: 'ok' });
    expect(await rig.value(`select count(*) from daily join instruments using (code) where kind <> 'stock'`)).toBe(0);
    const old = await fetchBars(request('all', { from: '2026-11-16', to: '2026-11-20' }));
    await old.handle.done;
    expect(old.notListed?.()).toBe(
      await rig.value(`select count(*) from instruments where kind = 'stock' and list_date > '2026-11-20'`),
    );
    const again = await fetched('all', { from: '2026-11-16', to: '2026-11-20' });
    expect(again).toMatchObject({ planned: 0, rows: 0, requests: 0, logins: 0 });
  });

  it('stores nothing in a file that is open read-only', async () => {
    const path = `${rig.folder}/read-only.duckdb`;
    await (await openDatabase({ path, clock })).close();
    const database = await openDatabase({ path, clock, readOnly: true });
    await expect(fetchBars({ ...request([first]), database })).rejects.toMatchObject({ kind: 'refused' });
    await database.close();
  });
});

describe('retry', () => {
  it('asks for exactly what the ledger holds, with its own range, and empties it', async () => {
    const faulty = await rig.gateway({}, 'drop:1');
    const failed = await fetched([first, second, third], { from: '2025-03-03', to: '2025-03-14' }, faulty);
    expect(failed.failed + failed.left).toBe(3);
    const ledger = await rig.rows('select code from meta.failures order by code');
    expect(ledger.length).toBe(failed.failed);
    expect(ledger.length).toBeGreaterThan(0);

    const again = request([]);
    const [chosen] = (ledger[0] ?? []) as string[];
    const { handle, idle } = await retryFailures({
      ...again,
      choice: { kind: 'codes', inputs: [chosen as string, demo().listings.at(-1)?.code as string] },
    });
    expect(await handle.done).toMatchObject({ planned: 1, ok: 1, failed: 0, end: 'ok' });
    expect(idle).toEqual([demo().listings.at(-1)?.code]);
    expect(await rig.value(`select count(*) from meta.failures where code = '${chosen}'`)).toBe(0);

    const rest = await retryFailures({ ...again, choice: { kind: 'all' } });
    expect(await rest.handle.done).toMatchObject({ planned: ledger.length - 1, ok: ledger.length - 1, failed: 0 });
    expect(await rig.rows('from meta.failures')).toEqual([]);
    const empty = await retryFailures({ ...again, choice: { kind: 'all' } });
    expect(await empty.handle.done).toMatchObject({ planned: 0, requests: 0, logins: 0, end: 'ok' });
  });
});
