/** The knobs that play the real world: limits, publication, latency, idle connections, counters. */
import { get } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { clockFrom, readInstant } from '../../src/config/clock.ts';
import type { Gateway, GatewayOptions } from '../../src/gateway/gateway.ts';
import { parsePublishedUntil } from '../../src/gateway/published.ts';
import { allKnown, demo, demoGateway, evening, Talk } from './talk.ts';

const gateways: Gateway[] = [];
const talks: Talk[] = [];

afterEach(async () => {
  for (const talk of talks.splice(0)) talk.close();
  for (const gateway of gateways.splice(0)) await gateway.close();
});

async function serve(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const gateway = await demoGateway(options);
  gateways.push(gateway);
  return gateway;
}

async function open(gateway: Gateway): Promise<Talk> {
  const talk = await Talk.open(gateway.port);
  talks.push(talk);
  return talk;
}

async function loggedIn(gateway: Gateway): Promise<Talk> {
  const talk = await Talk.loggedIn(gateway.port);
  talks.push(talk);
  return talk;
}

function at(time: string) {
  const instant = readInstant(time, 'the test');
  return { clock: clockFrom(() => instant) };
}

describe('limits', () => {
  it('lets only so many log in at once, and gives a place back at logout and at the end', async () => {
    const gateway = await serve({ maxSessions: 2 });
    const [one, two, three] = [await loggedIn(gateway), await loggedIn(gateway), await open(gateway)];
    expect((await three.login()).fields[0]).toBe('10001005');
    expect((await one.login()).fields[0]).toBe('0');
    await one.ask('02', ['logout', 'anonymous', '20261120200000']);
    expect((await three.login()).fields[0]).toBe('0');
    expect((await one.login()).fields[0]).toBe('10001005');
    two.close();
    await expect.poll(() => gateway.stats().openConnections).toBe(2);
    expect((await one.login()).fields[0]).toBe('0');
  });

  it('bans after the quota, logins too, until the ban ends', async () => {
    let now = evening;
    const gateway = await serve({ quota: 3, banSeconds: 60, clock: clockFrom(() => now) });
    const talk = await loggedIn(gateway);
    const ask = async () => (await talk.query('query_trade_dates', ['2026-11-20', '2026-11-20'])).fields[0];
    expect([await ask(), await ask()]).toEqual(['0', '0']);
    expect((await talk.query('query_trade_dates', ['2026-11-20', '2026-11-20'])).fields).toEqual([
      '10001011',
      '黑名单用户，请与管理员联系',
    ]);
    expect((await (await open(gateway)).login()).fields[0]).toBe('10001011');
    now += 59_000;
    expect((await talk.login()).fields[0]).toBe('10001011');
    now += 1_000;
    expect((await talk.login()).fields[0]).toBe('0');
    expect(await ask()).toBe('0');
  });

  it('counts the quota anew each day', async () => {
    let now = evening;
    const gateway = await serve({ quota: 2, clock: clockFrom(() => now) });
    const talk = await loggedIn(gateway);
    const ask = async () => (await talk.query('query_trade_dates', ['2026-11-20', '2026-11-20'])).fields[0];
    expect(await ask()).toBe('0');
    now += 4 * 3_600_000;
    expect([await ask(), await ask()]).toEqual(['0', '0']);
    expect(await ask()).toBe('10001011');
  });

  it('closes connections that stay silent', async () => {
    const gateway = await serve({ idleDropSeconds: 0.05 });
    const talk = await loggedIn(gateway);
    expect(await talk.untilClosed()).toEqual({ bytes: Buffer.alloc(0), reset: false });
  });

  it('knows accounts of its own', async () => {
    const gateway = await serve({ accounts: { somebody: 'secret' } });
    const talk = await open(gateway);
    expect((await talk.login('somebody', 'wrong')).fields[0]).toBe('10001002');
    expect((await talk.login('somebody', 'secret')).fields.slice(0, 4)).toEqual(['0', 'success', 'login', 'somebody']);
  });
});

describe('time', () => {
  const last = async (gateway: Gateway, frequency = 'd') =>
    (await (await loggedIn(gateway)).bars('sh.600519', '2026-11-01', '2026-12-31', 'date', frequency)).at(-1)?.[0];

  it('stands in the answers', async () => {
    const talk = await open(await serve(at('2026-11-20T20:00:00')));
    expect((await talk.login()).fields[4]).toBe('20261120200000000');
  });

  it.each([
    ['2026-11-20T17:29:00', '2026-11-19', '2026-11-19'],
    ['2026-11-20T17:30:00', '2026-11-20', '2026-11-19'],
    ['2026-11-20T19:59:00', '2026-11-20', '2026-11-19'],
    ['2026-11-20T20:00:00', '2026-11-20', '2026-11-20'],
    ['2026-11-10T20:00:00', '2026-11-10', '2026-11-10'],
  ])('at %s the newest day is %s, of minutes %s', async (time, daily, minutes) => {
    const gateway = await serve(at(time));
    expect(await last(gateway)).toBe(daily);
    expect(await last(gateway, '60')).toBe(minutes);
  });

  it('publishes until a date', async () => {
    const gateway = await serve({ publishedUntil: { kind: 'date', date: '2026-11-18' } });
    expect(await last(gateway)).toBe('2026-11-18');
    expect(await (await loggedIn(gateway)).rows('query_all_stock', ['2026-11-19'])).toEqual([]);
    expect(await (await loggedIn(gateway)).rows('query_daily_history_k_AStock', ['2026-11-19'])).toEqual([]);
  });

  it('publishes at a time of day', async () => {
    expect(
      await last(await serve({ ...at('2026-11-20T15:30:00'), publishedUntil: { kind: 'time', minute: 930 } }), '5'),
    ).toBe('2026-11-20');
    expect(
      await last(await serve({ ...at('2026-11-20T15:29:00'), publishedUntil: { kind: 'time', minute: 930 } })),
    ).toBe('2026-11-19');
  });

  it('publishes factors half an hour after the bars', async () => {
    const exDate = demo().factors('sh.600519', allKnown).at(-1)?.[1] as string;
    const newest = async (time: string) => {
      const talk = await loggedIn(await serve(at(`${exDate}T${time}`)));
      return (await talk.rows('query_adjust_factor', ['sh.600519', '1990-01-01', '2026-12-31'])).at(-1)?.[1];
    };
    expect(await newest('17:59:00')).not.toBe(exDate);
    expect(await newest('18:00:00')).toBe(exDate);
  });

  it('makes forward factors end at 1 at the newest ex-date that is out', async () => {
    const talk = await loggedIn(await serve(at('2025-01-15T20:00:00')));
    const rows = await talk.rows('query_adjust_factor', ['sh.600519', '1990-01-01', '2026-12-31']);
    expect(rows.at(-1)?.[1]?.slice(0, 4)).toBe('2024');
    expect(rows.at(-1)?.[2]).toBe('1.000000');
  });

  it('reads dates and times of day', () => {
    expect(parsePublishedUntil('17:30')).toEqual({ kind: 'time', minute: 1050 });
    expect(parsePublishedUntil('2026-11-19')).toEqual({ kind: 'date', date: '2026-11-19' });
    for (const wrong of ['24:00', '2026-02-30', 'soon', '']) expect(parsePublishedUntil(wrong)).toBeNull();
  });
});

describe('the line', () => {
  it('waits before each answer', async () => {
    const gateway = await serve({ latencyMs: 60 });
    const talk = await loggedIn(gateway);
    const start = performance.now();
    await talk.bars('sh.600519', '2026-11-20', '2026-11-20');
    expect(performance.now() - start).toBeGreaterThan(55);
  });

  it('carries no more bytes a second than its bandwidth', async () => {
    const gateway = await serve({ bandwidthKbps: 100 });
    const talk = await loggedIn(gateway);
    const start = performance.now();
    talk.send('45', ['query_stock_basic', 'anonymous', '1', '2000', '', '']);
    const { length } = await talk.answerBytes();
    expect(performance.now() - start).toBeGreaterThan(length / 100 - 20);
  });
});

describe('counters', () => {
  it('tell what was asked, by method, code and connection', async () => {
    const gateway = await serve({ statsPort: 0 });
    const [one, two] = [await loggedIn(gateway), await loggedIn(gateway)];
    await one.bars('sh.600519', '2026-11-20', '2026-11-20');
    await one.bars('sh.600519', '2026-11-19', '2026-11-19');
    await two.query('query_adjust_factor', ['sz.000001', '2026-01-01', '2026-11-20']);
    await two.ask('75', ['query_cpi_data', 'anonymous', '1', '2000']);
    two.close();
    await expect.poll(() => gateway.stats().openConnections).toBe(1);
    const read = await new Promise<string>((resolve, reject) => {
      get(`http://127.0.0.1:${gateway.statsPort}/`, response => {
        let text = '';
        response.on('data', chunk => {
          text += chunk;
        });
        response.on('end', () => resolve(text));
      }).on('error', reject);
    });
    const stats = JSON.parse(read);
    expect(stats).toEqual(gateway.stats());
    expect(stats).toMatchObject({
      logins: 2,
      connections: 2,
      openConnections: 1,
      maxConnections: 2,
      requests: { login: 2, query_history_k_data_plus: 2, query_adjust_factor: 1, 'type 75': 1 },
      codes: { 'sh.600519': 2, 'sz.000001': 1 },
      errors: { '10004020': 1 },
      faults: {},
    });
    expect(stats.byConnection.map((one: { requests: number }) => one.requests)).toEqual([3, 3]);
    expect(stats.bytesOut).toBe(
      stats.byConnection.reduce((sum: number, one: { bytesOut: number }) => sum + one.bytesOut, 0),
    );
  });

  it('says in one sentence that a port is taken', async () => {
    const gateway = await serve();
    await expect(demoGateway({ port: gateway.port })).rejects.toMatchObject({
      kind: 'failed',
      message: `the gateway cannot listen on 127.0.0.1 port ${gateway.port}: something else listens there`,
    });
    await expect(demoGateway({ statsPort: gateway.port })).rejects.toMatchObject({ kind: 'failed' });
  });
});
