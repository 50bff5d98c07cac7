/** Every fault as a client sees it on a raw socket. */
import { afterEach, describe, expect, it } from 'vitest';
import { FaultDice, type FaultKind, faultKinds, parseFault } from '../../src/gateway/faults.ts';
import type { Gateway, GatewayOptions } from '../../src/gateway/gateway.ts';
import { AnswerDecoder, type Decoded } from '../../src/source/baostock/frame.ts';
import { demoGateway, Talk } from './talk.ts';

const open: { gateway: Gateway; talk: Talk }[] = [];

afterEach(async () => {
  for (const { gateway, talk } of open.splice(0)) {
    talk.close();
    await gateway.close();
  }
});

const request = [
  'query_history_k_data_plus',
  'anonymous',
  '1',
  '2000',
  'sh.600519',
  'date,close',
  '2026-10-01',
  '2026-11-20',
  'd',
  '3',
];

async function faulty(kind: FaultKind, value?: string, options: Partial<GatewayOptions> = {}) {
  const fault = { kind, rate: 1, ...(value === undefined ? {} : { value }) };
  const gateway = await demoGateway({ faults: [fault], ...options });
  const talk = await Talk.loggedIn(gateway.port);
  open.push({ gateway, talk });
  return { gateway, talk };
}

/** What a decoder makes of everything that came before the end of the connection. */
async function decodedToEnd(talk: Talk): Promise<Decoded> {
  return new AnswerDecoder().push((await talk.untilClosed()).bytes);
}

async function firstDecoded(talk: Talk): Promise<Decoded> {
  for (;;) {
    const decoded = new AnswerDecoder().push(talk.waiting);
    if (decoded.state !== 'waiting') return decoded;
    await talk.more();
  }
}

describe('faults', () => {
  it('drop ends the connection without an answer', async () => {
    const { talk, gateway } = await faulty('drop');
    talk.send('95', request);
    expect(await talk.untilClosed()).toEqual({ bytes: Buffer.alloc(0), reset: false });
    expect(gateway.stats().faults).toEqual({ drop: 1 });
  });

  it('reset breaks it off', async () => {
    const { talk } = await faulty('reset');
    talk.send('95', request);
    expect(await talk.untilClosed()).toEqual({ bytes: Buffer.alloc(0), reset: true });
  });

  it('stall stays silent, and lets go when the client does', async () => {
    const { talk, gateway } = await faulty('stall');
    talk.send('95', request);
    await expect.poll(() => gateway.stats().faults.stall).toBe(1);
    talk.send('95', request);
    const witness = await Talk.loggedIn(gateway.port);
    witness.close();
    expect(talk.waiting.length).toBe(0);
    talk.close();
    await expect.poll(() => gateway.stats().openConnections).toBe(0);
  });

  it('truncate ends the connection inside the frame', async () => {
    const { talk } = await faulty('truncate');
    talk.send('95', request);
    expect((await decodedToEnd(talk)).state).toBe('waiting');
    expect(talk.waiting.length).toBeGreaterThan(21);
  });

  it('garbage is no frame', async () => {
    const { talk } = await faulty('garbage');
    talk.send('95', request);
    expect(await firstDecoded(talk)).toMatchObject({ state: 'broken', error: { fault: 'header' } });
  });

  it('zlib does not inflate', async () => {
    const { talk } = await faulty('zlib');
    talk.send('95', request);
    expect(await firstDecoded(talk)).toMatchObject({ state: 'broken', error: { fault: 'zlib' } });
  });

  it('zlib leaves plain answers alone', async () => {
    const { talk, gateway } = await faulty('zlib');
    expect((await talk.query('query_all_stock', ['2026-11-20'])).fields[0]).toBe('0');
    expect(gateway.stats().faults).toEqual({});
  });

  it.each([
    ['length', '33'],
    ['crc', '33'],
  ] as const)('%s is wrong', async (kind, type) => {
    const { talk } = await faulty(kind);
    talk.send(type, ['query_trade_dates', 'anonymous', '1', '2000', '2026-11-01', '2026-11-20']);
    expect(await firstDecoded(talk)).toMatchObject({ state: 'broken', error: { fault: kind } });
  });

  it('length of a packed answer does not fit its bytes', async () => {
    const { talk } = await faulty('length');
    talk.send('95', request);
    expect(await firstDecoded(talk)).toMatchObject({ state: 'broken' });
  });

  it('duplicate sends the same frame twice', async () => {
    const { talk } = await faulty('duplicate');
    talk.send('95', request);
    const first = await talk.answerBytes();
    expect((await talk.answerBytes()).equals(first)).toBe(true);
  });

  it.each([
    ['split', 3],
    ['drip', 20],
  ] as const)('%s brings the whole answer in pieces', async (kind, least) => {
    const { talk } = await faulty(kind, '5');
    let pieces = 0;
    talk.socket.on('data', () => pieces++);
    const { fields } = await talk.ask('95', request);
    expect(fields[0]).toBe('0');
    expect(pieces).toBeGreaterThanOrEqual(least);
  });

  it('error is a frame of the code asked for', async () => {
    const usual = await faulty('error');
    expect(await usual.talk.ask('95', request)).toEqual({ type: '04', fields: ['10005001', '系统错误'] });
    const chosen = await faulty('error', '10001011');
    expect((await chosen.talk.ask('95', request)).fields[0]).toBe('10001011');
  });

  it('forget loses the login', async () => {
    const { talk, gateway } = await faulty('forget');
    expect((await talk.ask('95', request)).fields[0]).toBe('10001001');
    expect((await talk.login()).fields[0]).toBe('0');
    expect(gateway.stats().logins).toBe(2);
  });

  it('late comes after a pause, or in front of the next answer', async () => {
    const { talk } = await faulty('late', '60000');
    talk.send('95', request);
    talk.send('33', ['query_trade_dates', 'anonymous', '1', '2000', '2026-11-20', '2026-11-20']);
    expect((await talk.answer()).fields[2]).toBe('query_history_k_data_plus');
    const soon = await faulty('late', '30');
    expect((await soon.talk.ask('95', request)).fields[0]).toBe('0');
  });

  it('spares logins unless told otherwise', async () => {
    const gateway = await demoGateway({ faults: [{ kind: 'error', rate: 1 }], faultLogin: true });
    const talk = await Talk.open(gateway.port);
    open.push({ gateway, talk });
    expect((await talk.login()).fields[0]).toBe('10005001');
  });

  it('hits only the security it names', async () => {
    const gateway = await demoGateway({ faults: [{ kind: 'error', rate: 1, code: 'sz.000001' }] });
    const talk = await Talk.loggedIn(gateway.port);
    open.push({ gateway, talk });
    expect((await talk.ask('95', request)).fields[0]).toBe('0');
    expect((await talk.ask('95', request.with(4, 'sz.000001'))).fields[0]).toBe('10005001');
    expect(gateway.stats().faults).toEqual({ error: 1 });
  });

  it('deals the same faults to the same requests in any order, and others to the next attempt', () => {
    const dice = () => new FaultDice([{ kind: 'drop', rate: 0.3 }], 7);
    const requests = Array.from({ length: 2000 }, (_, i) => ['method', String(i)]);
    const [one, other] = [dice(), dice()];
    const hits = requests.map(fields => one.deal(fields, true) !== null);
    const reversed = requests.toReversed().map(fields => other.deal(fields, true) !== null);
    expect(reversed.toReversed()).toEqual(hits);
    expect(hits.filter(Boolean).length / hits.length).toBeCloseTo(0.3, 1);
    const again = requests.map(fields => one.deal(fields, true) !== null);
    expect(again).not.toEqual(hits);
  });

  it('are read from the command line', () => {
    expect(parseFault('drop:0.1')).toEqual({ kind: 'drop', rate: 0.1 });
    expect(parseFault('error=10001005@sh.600519:1')).toEqual({
      kind: 'error',
      rate: 1,
      value: '10001005',
      code: 'sh.600519',
    });
    expect(parseFault('late=5000:0.5')).toEqual({ kind: 'late', rate: 0.5, value: '5000' });
    for (const kind of faultKinds) expect(parseFault(`${kind}:1`)).toEqual({ kind, rate: 1 });
    for (const wrong of [
      'drop',
      'drop:2',
      'drop:-1',
      'drop:x',
      'melt:0.1',
      'error=1:0.1',
      'drop=5:0.1',
      'drop@600519:1',
      '',
    ]) {
      expect(parseFault(wrong), wrong).toHaveProperty('wrong');
    }
  });
});
