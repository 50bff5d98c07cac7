/** A login session over real sockets, against servers that answer well, late, twice, half or not at all. */
import { afterEach, describe, expect, it } from 'vitest';
import type { IsoDate } from '../../src/market/date.ts';
import { Client, type Page, pageSizeOf, wireVersion } from '../../src/source/baostock/client.ts';
import { failureOf } from '../../src/source/baostock/errors.ts';
import { encodeAnswer } from '../../src/source/baostock/frame.ts';
import { apiKeyFailure, routed } from '../../src/source/baostock/login-key.ts';
import type { Method } from '../../src/source/baostock/messages.ts';
import { cellsOf } from '../../src/source/baostock/record.ts';
import type { Failure } from '../../src/source/outcome.ts';
import type { Permit, SourceOptions } from '../../src/source/source.ts';
import { type Asked, type Behave, errorReply, loginReply, type Provider, provider, rowsReply } from './provider.ts';
import { present, vectors } from './vectors.ts';

const today = '2026-11-20' as IsoDate;
const never = new AbortController().signal;
const allow: Permit = async () => {};
const short = { answerTimeoutMs: 80, silenceTimeoutMs: 80 };
const dates = { start: '2024-01-01', end: '2024-01-10' };
const days = [
  ['2024-01-01', '0'],
  ['2024-01-02', '1'],
];

let open: Provider | null = null;
afterEach(async () => {
  await open?.close();
  open = null;
});

async function serve(behave: Behave, options: Partial<SourceOptions> & { session?: boolean } = {}): Promise<Provider> {
  open = await provider(behave, options);
  return open;
}

/** A client that has logged in. */
async function loggedIn({ options }: Provider, permit: Permit = allow): Promise<Client> {
  const client = new Client(options, permit);
  expect(await client.login(never)).toBeNull();
  return client;
}

/** A client that has logged in and from then on waits only as long as told: a login on a busy machine may take its time. */
async function impatient(server: Provider, deadlines = short): Promise<Client> {
  const client = await loggedIn(server);
  Object.assign(server.options, deadlines);
  return client;
}

/** All cells of all pages, or the failure. */
async function cells(
  client: Client,
  method: Method,
  given: Readonly<Record<string, string>>,
  signal = never,
): Promise<string[][] | Failure> {
  const rows: string[][] = [];
  const take = ({ record }: Page): number => {
    const page = cellsOf(record) ?? [];
    rows.push(...page);
    return page.length;
  };
  return (await client.query(method, given, today, take, signal)) ?? rows;
}

describe('a session', () => {
  it('logs in, asks, logs out, and asks a permit before each', async () => {
    const server = await serve(asked => rowsReply(asked, days));
    const permits: string[] = [];
    const client = await loggedIn(server, async (message, method) => {
      expect(server.asked.length).toBe(permits.length);
      permits.push(`${message} ${method}`);
    });
    expect(await cells(client, 'query_trade_dates', dates)).toEqual(days);
    await client.close('20241120200000');
    expect(permits).toEqual(['login login', 'request query_trade_dates', 'logout logout']);
    expect(server.asked.map(({ fields }) => fields)).toEqual([
      ['login', 'anonymous', '123456', '0'],
      ['query_trade_dates', 'anonymous', '1', '2000', '2024-01-01', '2024-01-10'],
      ['logout', 'anonymous', '20241120200000'],
    ]);
    expect([client.requests, client.alive]).toEqual([3, false]);
    await server.closed(1);
  });

  it('speaks as the version it is told to be', async () => {
    const server = await serve(asked => rowsReply(asked, []), { clientVersion: '0.9.1', user: 'demo', password: 'x' });
    const client = await loggedIn(server);
    expect(await cells(client, 'query_trade_dates', dates)).toEqual([]);
    expect(server.asked.map(({ version }) => version)).toEqual(['00.9.10', '00.9.10']);
    expect(server.asked[1]?.fields.slice(1, 4)).toEqual(['demo', '1', '10000']);
    expect(['0.8.8', '0.9.1', '0.9.3', '0.9.4'].map(pageSizeOf)).toEqual([10_000, 10_000, 2000, 2000]);
    expect(wireVersion('0.8.9')).toBe('00.8.90');
  });

  it('takes the key to the host for keys, and no other endpoint', () => {
    const key = 'bs-0Aabcdefghijklmnopqrstuvwxy01X';
    expect(apiKeyFailure(key)).toBeNull();
    expect(routed({ host: 'public-api.baostock.com', port: 10_030 }, key).host).toBe('vip-api.baostock.com');
    expect(routed({ host: 'public-api.baostock.com', port: 10_030 }, undefined).host).toBe('public-api.baostock.com');
    expect(routed({ host: '127.0.0.1', port: 1 }, key)).toEqual({ host: '127.0.0.1', port: 1 });
  });

  it('finds a bad key, user, version or page size before it connects, and never repeats the key', async () => {
    const server = await serve(() => null, { session: true });
    const code = async (more: Partial<SourceOptions>) => {
      const failure = await new Client({ ...server.options, ...more }, allow).login(never);
      expect(failure?.message).not.toContain('nonsense');
      return failure?.code;
    };
    expect(await code({ apiKey: 'nonsense' })).toBe('10001012');
    expect(await code({ user: '' })).toBe('10001008');
    expect(await code({ password: '' })).toBe('10001009');
    expect(await code({ clientVersion: '9' })).toBe('10001004');
    expect(await code({ pageSize: 0 })).toBe('10004006');
    expect(server.connections).toBe(0);
  });

  it('says which way a login failed', async () => {
    const refuse = async (reply: Buffer) => {
      const server = await serve(() => reply, { session: true });
      const failure = await new Client(server.options, allow).login(never);
      await server.closed(1);
      await server.close();
      return failure;
    };
    expect(await refuse(errorReply('10001011', '黑名单用户，请与管理员联系'))).toEqual({
      class: 'banned',
      code: '10001011',
      message: 'The provider has blacklisted this address.',
      said: '黑名单用户，请与管理员联系',
    });
    expect(await refuse(encodeAnswer('01', ['10001002', 'x']))).toMatchObject({ class: 'auth' });
    expect(await refuse(errorReply('10001005'))).toMatchObject({ class: 'throttled' });
    expect(await refuse(encodeAnswer('34', ['0', 'success', 'query_trade_dates']))).toMatchObject({
      class: 'retry-network',
    });
    open = null;
  });

  it('logs in again once where the provider has forgotten it', async () => {
    const server = await serve(asked => (asked.number === 2 ? errorReply('10001001') : rowsReply(asked, days)));
    const client = await loggedIn(server);
    expect(await cells(client, 'query_trade_dates', dates)).toEqual(days);
    expect(server.asked.map(({ type }) => type)).toEqual(['00', '33', '00', '33']);
    expect(client.alive).toBe(true);
  });

  it('gives up where it is forgotten again', async () => {
    const server = await serve(() => errorReply('10001001'));
    const client = await loggedIn(server);
    expect(await cells(client, 'query_trade_dates', dates)).toMatchObject({ class: 'retry-session', code: '10001001' });
    expect(server.asked.map(({ type }) => type)).toEqual(['00', '33', '00', '33']);
    expect(client.alive).toBe(false);
  });

  it('says nothing more once it is blacklisted', async () => {
    const server = await serve(() => errorReply('10001011'));
    const client = await loggedIn(server);
    expect(await cells(client, 'query_trade_dates', dates)).toMatchObject({ class: 'banned' });
    await client.close('20241120200000');
    await server.closed(1);
    expect(server.asked.length).toBe(2);
  });

  it('goes on after an error frame', async () => {
    const server = await serve(asked => (asked.number === 2 ? errorReply('10004011', 'x') : rowsReply(asked, days)));
    const client = await loggedIn(server);
    expect(await cells(client, 'query_adjust_factor', { code: 'sh.999999' })).toMatchObject({ class: 'unknown-code' });
    expect(await cells(client, 'query_trade_dates', dates)).toEqual(days);
    expect(server.connections).toBe(1);
  });

  it('stops when no permit is given, with the session whole', async () => {
    const server = await serve(asked => rowsReply(asked, days));
    let left = 2;
    const client = await loggedIn(server, async () => {
      if (left-- === 0) throw new Error('no more');
    });
    expect(await cells(client, 'query_trade_dates', dates)).toEqual(days);
    await expect(cells(client, 'query_trade_dates', dates)).rejects.toThrow('no more');
    expect([client.alive, server.asked.length]).toEqual([true, 2]);
  });
});

describe('pages', () => {
  const rowsOf = (from: number, count: number) => Array.from({ length: count }, (_, n) => [`d${from + n}`, '1']);

  /** Serves `total` rows in pages of the size asked, or of `cap`. */
  function pages(total: number, cap = Number.POSITIVE_INFINITY): Behave {
    return asked => {
      const size = Math.min(Number(asked.fields[3]), cap);
      const from = (Number(asked.fields[2]) - 1) * size;
      return rowsReply(asked, rowsOf(from, Math.max(0, Math.min(size, total - from))), size);
    };
  }

  it.each([
    [0, 1],
    [4, 1],
    [5, 2],
    [12, 3],
  ])('of %i rows take %i requests at five a page', async (total, requests) => {
    const server = await serve(pages(total), { pageSize: 5 });
    const client = await loggedIn(server);
    expect(await cells(client, 'query_trade_dates', dates)).toEqual(rowsOf(0, total));
    expect(server.asked.length).toBe(1 + requests);
  });

  it('that the provider caps are asked for to the end', async () => {
    const server = await serve(pages(12, 4), { pageSize: 2000 });
    expect(await cells(await loggedIn(server), 'query_trade_dates', dates)).toEqual(rowsOf(0, 12));
    expect(server.asked.map(({ fields }) => fields[2])).toEqual([
      'anonymous'.length ? '123456' : '',
      '1',
      '2',
      '3',
      '4',
    ]);
  });

  it('fail the whole query when one fails', async () => {
    const server = await serve(
      asked => (asked.fields[2] === '2' ? errorReply('10005001') : pages(20)(asked, null as never)),
      {
        pageSize: 5,
      },
    );
    expect(await cells(await loggedIn(server), 'query_trade_dates', dates)).toMatchObject({ code: '10005001' });
  });

  it('that come again and again are bad data', async () => {
    const server = await serve(asked => rowsReply(asked, rowsOf(0, 5)), { pageSize: 5 });
    expect(await cells(await loggedIn(server), 'query_trade_dates', dates)).toMatchObject({ class: 'bad-data' });
    expect(server.asked.length).toBe(3);
  });

  it('are refused when they are another page than was asked', async () => {
    const server = await serve(asked => rowsReply({ ...asked, fields: asked.fields.with(2, '1') }, rowsOf(0, 5)), {
      pageSize: 5,
    });
    const client = await loggedIn(server);
    expect(await cells(client, 'query_trade_dates', dates)).toMatchObject({ class: 'retry-network' });
    expect(client.alive).toBe(false);
  });

  it('are not asked for where the provider has none', async () => {
    const server = await serve(asked => rowsReply(asked, new Array(5).fill(['2024-01-02', 'sh.600000'])), {
      pageSize: 5,
    });
    const client = await loggedIn(server);
    expect(await cells(client, 'query_daily_history_k_AStock', { date: '2024-01-02' })).toHaveLength(5);
    expect(server.asked.length).toBe(2);
  });
});

describe('the echo', () => {
  const bars = { code: 'sh.600000', fields: 'date,code', start: '2024-01-01', end: '2024-01-31', frequency: '5' };
  const changes: [string, (fields: readonly string[]) => readonly string[]][] = [
    ['method', fields => fields.with(0, 'query_trade_dates')],
    ['code', fields => fields.with(4, 'sh.600001')],
    ['fields', fields => fields.with(5, 'date,close')],
    ['start', fields => fields.with(6, '2024-01-02')],
    ['end', fields => fields.with(7, '2024-01-30')],
    ['frequency', fields => fields.with(8, 'd')],
    ['adjustflag', fields => fields.with(9, '1')],
  ];

  it.each(changes)('of another %s closes the connection', async (_, change) => {
    const server = await serve((asked: Asked) => rowsReply({ ...asked, fields: change(asked.fields) }, days));
    const client = await loggedIn(server);
    expect(await cells(client, 'query_history_k_data_plus', bars)).toMatchObject({ class: 'retry-network' });
    expect(client.alive).toBe(false);
    await server.closed(1);
  });

  it('takes money supply by month from type 56 and 54, and nothing from a wrong type', async () => {
    const types = ['56', '54', '52'];
    const server = await serve(asked => {
      const fields = ['0', 'success', ...asked.fields.slice(0, 4), '', ...asked.fields.slice(4), 'statYear'];
      return encodeAnswer(types[asked.number - 2] ?? '', fields);
    });
    const client = await loggedIn(server);
    expect(await cells(client, 'query_money_supply_data_month', {})).toEqual([]);
    expect(await cells(client, 'query_money_supply_data_month', {})).toEqual([]);
    expect(await cells(client, 'query_money_supply_data_month', {})).toMatchObject({ class: 'retry-network' });
  });

  it('of another number of fields is bad data', async () => {
    const server = await serve(asked => encodeAnswer('34', ['0', 'success', ...asked.fields.slice(0, 4), '']));
    const client = await loggedIn(server);
    expect(await cells(client, 'query_trade_dates', dates)).toMatchObject({ class: 'bad-data' });
    expect(client.alive).toBe(true);
  });
});

describe('a connection', () => {
  it('that cannot be made is said so in one sentence', async () => {
    const server = await serve(() => null);
    await server.close();
    open = null;
    const failure = await new Client(server.options, allow).login(never);
    expect(failure).toMatchObject({ class: 'retry-network', code: '10002002' });
    expect(failure?.message).toMatch(/^127\.0\.0\.1:\d+ cannot be reached: nothing listens there\.$/);
  });

  const ending = (end: () => void): null => {
    end();
    return null;
  };
  const broken: [string, Behave][] = [
    ['stays silent', () => null],
    ['is closed before the answer', (_, socket) => ending(() => socket.destroySoon())],
    ['is reset', (_, socket) => ending(() => socket.resetAndDestroy())],
    ['stalls inside the answer', asked => rowsReply(asked, days).subarray(0, 50)],
    ['stalls inside the header', asked => rowsReply(asked, days).subarray(0, 5)],
    ['carries garbage', () => Buffer.from('this is not the protocol, is it?')],
    ['carries a damaged answer', asked => Buffer.from(rowsReply(asked, days)).fill(0x30, 80, 84)],
  ];

  it.each(broken)('that %s fails the request and is given up', async (_, behave) => {
    const server = await serve(behave);
    const client = await impatient(server);
    const failure = await cells(client, 'query_trade_dates', dates);
    expect(failure).toMatchObject({ class: 'retry-network', message: expect.stringMatching(/^[\x20-\x7e]+\.$/) });
    expect(client.alive).toBe(false);
    await server.closed(1);
    expect(await cells(client, 'query_trade_dates', dates)).toMatchObject({ class: 'retry-network' });
    expect(server.asked.length).toBe(2);
  });

  it('that ends inside an answer says so', async () => {
    const server = await serve((asked, socket) => {
      socket.end(rowsReply(asked, days).subarray(0, 50));
      return null;
    });
    expect(await cells(await loggedIn(server), 'query_trade_dates', dates)).toMatchObject({
      class: 'retry-network',
      code: '10002004',
      message: expect.stringContaining('inside an answer'),
    });
  });

  it('may bring an answer in single bytes', async () => {
    const server = await serve(asked => [...rowsReply(asked, days)].map(byte => Buffer.of(byte)));
    expect(await cells(await loggedIn(server), 'query_trade_dates', dates)).toEqual(days);
  });

  it('may not trickle for ever', async () => {
    const server = await serve((asked, socket) => {
      const answer = rowsReply(asked, Array(500).fill(['2024-01-02', '1']));
      let at = 0;
      const drip = setInterval(() => socket.write(answer.subarray(at, ++at)), 4);
      socket.on('close', () => clearInterval(drip));
      return null;
    });
    const client = await impatient(server, { answerTimeoutMs: 40, silenceTimeoutMs: 40 });
    expect(await cells(client, 'query_trade_dates', dates)).toMatchObject({ code: '10002008' });
    expect(client.alive).toBe(false);
  });

  it('that brings an answer twice is given up, and the first one counts', async () => {
    const server = await serve(asked => Buffer.concat([rowsReply(asked, days), rowsReply(asked, days)]));
    const client = await loggedIn(server);
    expect(await cells(client, 'query_trade_dates', dates)).toEqual(days);
    expect(client.alive).toBe(false);
  });

  it('that speaks unasked is given up', async () => {
    const server = await serve(asked => [rowsReply(asked, days), rowsReply(asked, days)]);
    const client = await loggedIn(server);
    expect(await cells(client, 'query_trade_dates', dates)).toEqual(days);
    await server.closed(1);
    expect(client.alive).toBe(false);
    expect(await cells(client, 'query_trade_dates', dates)).toMatchObject({ class: 'retry-network' });
  });

  it('never lets a late answer be taken for the next one', async () => {
    let late: (() => void) | null = null;
    const server = await serve((asked, socket) => {
      late = () => socket.write(rowsReply(asked, days));
      return null;
    });
    const client = await impatient(server);
    expect(await cells(client, 'query_trade_dates', dates)).toMatchObject({ code: '10002008' });
    (late as (() => void) | null)?.();
    await server.closed(1);
    expect(client.alive).toBe(false);
  });

  it('is closed at once when the request is cancelled', async () => {
    const cancel = new AbortController();
    const server = await serve(() => {
      cancel.abort();
      return null;
    });
    const client = await loggedIn(server);
    expect(await cells(client, 'query_trade_dates', dates, cancel.signal)).toMatchObject({ class: 'retry-network' });
    await server.closed(1);
    expect(await new Client(server.options, allow).login(cancel.signal)).toMatchObject({ class: 'retry-network' });
    expect(server.connections).toBe(1);
  });
});

describe.skipIf(!present)('the checks of the official client', () => {
  const k = { code: 'sh.600000', fields: 'date,code', start: '2024-01-01', end: '2024-01-31' };
  const company = { code: 'sh.600000', year: '2023' };
  const calls: Readonly<Record<string, readonly [Method, Readonly<Record<string, string>>]>> = {
    'k code ""': ['query_history_k_data_plus', { ...k, code: '' }],
    'k code "600000"': ['query_history_k_data_plus', { ...k, code: '600000' }],
    'k fields ""': ['query_history_k_data_plus', { ...k, fields: '' }],
    'k start 2024-02-01 > end 2024-01-01': [
      'query_history_k_data_plus',
      { ...k, start: '2024-02-01', end: '2024-01-01' },
    ],
    'k start "2024/01/01"': ['query_history_k_data_plus', { ...k, start: '2024/01/01' }],
    'k start "2024-1-1" (accepted)': ['query_history_k_data_plus', { ...k, start: '2024-1-1' }],
    'k frequency ""': ['query_history_k_data_plus', { ...k, frequency: '' }],
    'k adjustflag ""': ['query_history_k_data_plus', { ...k, adjustflag: '' }],
    'k frequency "x" (sent)': ['query_history_k_data_plus', { ...k, frequency: 'x' }],
    'trade_dates("bad","worse") (sent unchecked)': ['query_trade_dates', { start: 'bad', end: 'worse' }],
    'hs300 date "2024/01/02"': ['query_hs300_stocks', { date: '2024/01/02' }],
    'profit quarter 5 (complains and still sends)': ['query_profit_data', { ...company, quarter: '5' }],
    'profit year "20x3"': ['query_profit_data', { ...company, year: '20x3' }],
    'dividend yearType ""': ['query_dividend_data', { ...company, yearType: '' }],
    'deposit start > end': ['query_deposit_rate_data', { start: '2015-01-01', end: '2014-01-01' }],
    'money month "2023-13"': ['query_money_supply_data_month', { start: '2023-13' }],
    'money year "23"': ['query_money_supply_data_year', { start: '23' }],
    'performance express start > end': [
      'query_performance_express_report',
      { code: 'sh.600000', start: '2024-01-02', end: '2024-01-01' },
    ],
    'daily AStock "2026/02/04"': ['query_daily_history_k_AStock', { date: '2026/02/04' }],
    'k before any login': ['query_history_k_data_plus', k],
    'hs300 before any login': ['query_hs300_stocks', {}],
    'industry before any login': ['query_stock_industry', {}],
  };
  const logins: Readonly<Record<string, Partial<SourceOptions>>> = {
    'login(user_id="")': { user: '' },
    'login(password="")': { password: '' },
    'set_API_key("nonsense"); login()': { apiKey: 'nonsense' },
  };

  it.each(vectors.client_validation)('$call sends $sends', async ({ call, sends, result }) => {
    const server = await serve(asked => (asked.type === '00' ? loginReply(asked.fields) : errorReply('10004020')), {
      session: true,
    });
    const options = { ...server.options, ...logins[call] };
    const client = new Client(options, allow);
    let failure: Failure | string[][] | null = null;
    let before = 0;
    if (call in logins) {
      failure = await client.login(never);
    } else {
      if (!call.includes('before any login')) {
        expect(await client.login(never)).toBeNull();
        before = 1;
      }
      const [method, given] = calls[call] as (typeof calls)[string];
      failure = await cells(client, method, given);
    }
    // Where the official client returns nothing or raises, ours says what is wrong.
    const silent: Readonly<Record<string, string>> = {
      'k start "2024/01/01"': '10004007',
      'hs300 before any login': '10001001',
      'industry before any login': '10001001',
    };
    const code = result?.error_code ?? silent[call] ?? 'none';
    expect(failure).toMatchObject({ code, message: expect.stringMatching(/^[\x20-\x7e]+\.$/) });
    expect(server.asked.length - before).toBe(sends);
  });
});

describe('errors', () => {
  it('have the class that decides what may be done', () => {
    const classes = (...codes: string[]) => codes.map(code => failureOf(code).class);
    expect(classes('10001001', '10001002', '10001005', '10001006', '10001011')).toEqual([
      'retry-session',
      'auth',
      'throttled',
      'permission',
      'banned',
    ]);
    expect(classes('10002007', '10005001', '10004006', '10004011', '10004012', '10004020')).toEqual([
      'retry-network',
      'retry-network',
      'bad-request',
      'unknown-code',
      'bad-request',
      'bad-request',
    ]);
    expect(classes('10001999', '10002999', '10004999', '10005999', '7')).toEqual([
      'auth',
      'retry-network',
      'bad-request',
      'retry-network',
      'bad-request',
    ]);
  });
});
