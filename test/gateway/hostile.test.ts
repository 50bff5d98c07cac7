/** Nothing that a client sends, or does not read, takes the gateway down or fills its memory. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { encodeRequest, requestBound } from '../../src/source/baostock/frame.ts';
import { messages } from '../../src/source/baostock/messages.ts';
import { demoGateway, Talk } from './talk.ts';

let gateway: Gateway;
let witness: Talk;

beforeAll(async () => {
  gateway = await demoGateway();
  witness = await Talk.loggedIn(gateway.port);
});
afterAll(async () => {
  witness.close();
  await gateway.close();
});

/** The gateway still answers somebody else. */
async function serves(): Promise<void> {
  expect((await witness.bars('sh.600519', '2026-11-20', '2026-11-20')).length).toBe(1);
}

const valid = encodeRequest('00.9.40', '33', ['query_trade_dates', 'anonymous', '1', '10', '2026-11-01', '2026-11-20']);
const longText = fc.string({ unit: 'binary', maxLength: 40 }).map(text => text.replaceAll(/[\x01\n]/g, ''));

describe('a hostile client', () => {
  it('may send any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, loggedIn) => {
        const talk = await Talk.open(gateway.port);
        if (loggedIn) await talk.login();
        talk.write(bytes);
        talk.write(Buffer.from('\n'));
        const { fields } = await talk.answer();
        expect(fields[0]).toBe('10004019');
        talk.close();
      }),
      { numRuns: 60 },
    );
    await serves();
  });

  it('may change any byte of a request, or leave off its end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(valid.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, flip, cut) => {
          const talk = await Talk.loggedIn(gateway.port);
          const bytes = Buffer.from(cut ? valid.subarray(0, at) : valid);
          if (!cut) bytes[at] = (bytes[at] as number) ^ flip;
          talk.write(bytes);
          if (cut) talk.socket.end();
          else {
            talk.write(Buffer.from('\n'));
            expect((await talk.answer()).fields[0]).toMatch(/^(0|1000\d{4})$/);
          }
          talk.close();
        },
      ),
      { numRuns: 60 },
    );
    await serves();
  });

  it('may send any fields to any method', async () => {
    const types = fc.constantFrom(...Object.values(messages).map(({ request, method }) => ({ request, method })));
    await fc.assert(
      fc.asyncProperty(types, fc.array(longText, { maxLength: 11 }), async ({ request, method }, values) => {
        const talk = await Talk.loggedIn(gateway.port);
        const { fields } = await talk.ask(request, [method, ...values]);
        expect(fields[0]).toMatch(/^(0|1000\d{4})$/);
        expect(fields[0]).not.toBe('10005001');
        talk.close();
      }),
      { numRuns: 150 },
    );
    await serves();
  });

  it('may send a request without end: it is refused and the connection closed', async () => {
    const talk = await Talk.loggedIn(gateway.port);
    const piece = Buffer.alloc(requestBound, 0x41);
    talk.write(piece);
    talk.write(piece);
    expect((await talk.answer()).fields[0]).toBe('10004019');
    await talk.untilClosed();
    await serves();
  });

  it('may ask for the largest pages there are', async () => {
    const talk = await Talk.loggedIn(gateway.port);
    const { fields } = await talk.query(
      'query_history_k_data_plus',
      ['sh.600519', 'date,time,close', '2021-11-22', '2026-11-20', '5', '3'],
      1,
      Number.MAX_SAFE_INTEGER,
    );
    expect(fields[5]).toBe('10000');
    talk.close();
    await serves();
  });

  it('may ask much and read nothing: the gateway waits with it', async () => {
    const talk = await Talk.loggedIn(gateway.port);
    talk.socket.pause();
    const request = encodeRequest('00.9.40', '45', ['query_stock_basic', 'anonymous', '1', '10000', '', '']);
    const before = gateway.stats().bytesOut;
    for (let i = 0; i < 2_000; i++) talk.write(request);
    await serves();
    let sent = -1;
    await expect
      .poll(
        () => {
          const now = gateway.stats().bytesOut - before;
          const settled = now === sent;
          sent = now;
          return settled;
        },
        { interval: 150, timeout: 20_000 },
      )
      .toBe(true);
    const inAll = 2_000 * 10_000;
    expect(sent).toBeLessThan(inAll);
    await serves();
    talk.close();
    await expect.poll(() => gateway.stats().openConnections).toBe(1);
  });

  it('may open a thousand connections and say nothing, or half a frame', async () => {
    const talks: Talk[] = [];
    for (let i = 0; i < 1_000; i++) talks.push(await Talk.open(gateway.port));
    for (const [i, talk] of talks.entries()) if (i % 2) talk.write(valid.subarray(0, i % valid.length));
    await serves();
    expect(gateway.stats().openConnections).toBe(1_001);
    for (const [i, talk] of talks.entries()) {
      if (i % 3 === 0) talk.socket.resetAndDestroy();
      else talk.close();
    }
    await expect.poll(() => gateway.stats().openConnections, { timeout: 10_000 }).toBe(1);
    await serves();
  });
});
