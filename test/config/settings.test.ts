import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endpointText, isPublicHost, readEndpoint } from '../../src/config/endpoint.ts';
import { homePath, makeHome } from '../../src/config/paths.ts';
import { allowedWorkers, atEndpoint, type Flags, readSettings } from '../../src/config/settings.ts';
import { exitCodes } from '../../src/market/problem.ts';

const home = { HOME: '/home/ann' };
const problem = (kind: string, message: string | RegExp) =>
  expect.objectContaining({
    kind,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
    exitCode: exitCodes[kind as keyof typeof exitCodes],
  });

describe('settings', () => {
  it('have defaults, and say that they are', () => {
    expect(readSettings({}, home)).toEqual({
      db: { value: './market.duckdb', origin: 'default' },
      readOnly: { value: false, origin: 'default' },
      source: { value: 'baostock', origin: 'default' },
      endpoint: { value: { host: 'public-api.baostock.com', port: 10030 }, origin: 'default' },
      workers: { value: null, origin: 'default' },
      acceptProviderRule: { value: false, origin: 'default' },
      budget: { value: null, origin: 'default' },
      demo: { value: false, origin: 'default' },
      format: { value: null, origin: 'default' },
      theme: { value: 'auto', origin: 'default' },
      keys: { value: 'emacs', origin: 'default' },
      apiKey: null,
    });
  });

  it('take a flag before the environment, and the environment before the default', () => {
    const env = { ...home, DUCKLINE_DB: 'env.duckdb', DUCKLINE_ENDPOINT: 'server:1', DUCKLINE_WORKERS: '3' };
    const fromEnv = readSettings({}, env);
    expect(fromEnv.db).toEqual({ value: 'env.duckdb', origin: 'environment' });
    expect(fromEnv.endpoint).toEqual({ value: { host: 'server', port: 1 }, origin: 'environment' });
    expect(fromEnv.workers).toEqual({ value: 3, origin: 'environment' });
    const fromFlags = readSettings(
      { db: 'flag.duckdb', endpoint: 'tcp://127.0.0.1:2', workers: 4, format: 'CSV' },
      env,
    );
    expect(fromFlags.db).toEqual({ value: 'flag.duckdb', origin: 'flag' });
    expect(fromFlags.endpoint).toEqual({ value: { host: '127.0.0.1', port: 2 }, origin: 'flag' });
    expect(fromFlags.workers).toEqual({ value: 4, origin: 'flag' });
    expect(fromFlags.format).toEqual({ value: 'csv', origin: 'flag' });
  });

  it('take a budget of requests a day, but not for the demo', () => {
    const env = { ...home, DUCKLINE_BUDGET: '2000' };
    expect(readSettings({}, env).budget).toEqual({ value: 2000, origin: 'environment' });
    expect(readSettings({ demo: true }, env).budget.value).toBeNull();
    for (const DUCKLINE_BUDGET of ['0', '-1', 'many', '1.5', '12345678901']) {
      expect(() => readSettings({}, { ...home, DUCKLINE_BUDGET })).toThrow(
        problem('usage', /^DUCKLINE_BUDGET is “.*”, and it is a number of requests a day, 1 or more$/),
      );
    }
  });

  it('route an API key to the host that takes keys, unless an endpoint is named', () => {
    const env = { ...home, DUCKLINE_API_KEY: ' bs-key ' };
    expect(readSettings({}, env)).toMatchObject({
      apiKey: 'bs-key',
      endpoint: { value: { host: 'vip-api.baostock.com' } },
    });
    expect(readSettings({ endpoint: '127.0.0.1:9' }, env).endpoint.value).toEqual({ host: '127.0.0.1', port: 9 });
  });

  it('keep the demo away from every real provider and every real file', () => {
    const env = { ...home, DUCKLINE_ENDPOINT: 'server:1', DUCKLINE_DB: 'real.duckdb', DUCKLINE_API_KEY: 'bs-key' };
    const settings = readSettings({ demo: true }, env);
    expect(settings.db.value).toBe('/home/ann/.local/share/duckline/demo.duckdb');
    expect(settings.endpoint.value).toEqual({ host: '127.0.0.1', port: 0 });
    expect(settings.apiKey).toBeNull();
    expect(atEndpoint(settings, { host: '127.0.0.1', port: 4711 }).endpoint.value.port).toBe(4711);
    expect(readSettings({ demo: true, db: 'mine.duckdb' }, env).db.value).toBe('mine.duckdb');
  });

  it.each([
    [{ workers: 0 }, '--workers is “0”, and workers go from 1 to 16'],
    [{ workers: '17' }, '--workers is “17”, and workers go from 1 to 16'],
    [{ workers: 'many' }, '--workers is “many”, and workers go from 1 to 16'],
    [{ workers: '1.5' }, '--workers is “1.5”, and workers go from 1 to 16'],
    [{ source: 'yahoo' }, '--source is “yahoo”, which is none of baostock, tushare'],
    [{ format: 'xml' }, '--format is “xml”, which is none of table, line, csv, tsv, json, jsonl, markdown, html'],
    [{ endpoint: 'host:0' }, 'the endpoint “host:0” has a port outside 1 to 65535'],
    [{ endpoint: 'host:99999' }, 'the endpoint “host:99999” has a port outside 1 to 65535'],
    [{ endpoint: 'a b:1' }, 'the endpoint “a b:1” is no address'],
    [{ endpoint: '' }, 'the endpoint “” is no address'],
    [{ endpoint: 'http://host:1' }, 'the endpoint “http://host:1” is no address'],
    [{ db: ' ' }, '--db names no file'],
    [{ store: 'mysql://host/db' }, '--store is a mysql store, and only DuckDB files can be opened here'],
    [{ db: 'a', store: 'b' }, '--db and --store name two different stores'],
    [{ demo: true, endpoint: 'host:1' }, '--demo has a market of its own, so it takes no --endpoint'],
  ] as [Flags, string][])('refuse %o', (flags, sentence) => {
    expect(() => readSettings(flags, home)).toThrow(problem('usage', sentence));
  });

  it('name the variable that holds what is malformed, and never show a secret', () => {
    expect(() => readSettings({}, { DUCKLINE_WORKERS: 'x' })).toThrow('DUCKLINE_WORKERS is “x”');
    const secret = 'bs-秘密';
    try {
      readSettings({}, { DUCKLINE_API_KEY: secret });
      expect.unreachable();
    } catch (thrown) {
      expect(String(thrown)).toContain('DUCKLINE_API_KEY');
      expect(JSON.stringify(thrown) + String(thrown)).not.toContain(secret);
    }
  });
});

describe('workers at once', () => {
  it.each([
    [{}, 1],
    [{ workers: 1 }, 1],
    [{ workers: 5, acceptProviderRule: true }, 5],
    [{ endpoint: '127.0.0.1:10030' }, 5],
    [{ endpoint: '127.0.0.1:10030', workers: 16 }, 16],
  ] as [Flags, number][])('with %o are %i', (flags, count) => {
    expect(allowedWorkers(readSettings(flags, home))).toBe(count);
  });

  it('are refused beyond one on the public host until its rule is accepted', () => {
    for (const endpoint of ['public-api.baostock.com', 'VIP-API.baostock.com.:10030', 'www.baostock.com:1']) {
      expect(() => allowedWorkers(readSettings({ workers: 2, endpoint }, home))).toThrow(
        problem('refused', /forbids parallel connections/),
      );
    }
  });
});

describe('endpoints', () => {
  it('know the public hosts by their domain, not by a look-alike', () => {
    for (const host of ['baostock.com', 'public-api.baostock.com', 'Public-API.BAOSTOCK.com.'])
      expect(isPublicHost(host)).toBe(true);
    for (const host of ['notbaostock.com', 'baostock.com.example.org', '127.0.0.1', ''])
      expect(isPublicHost(host)).toBe(false);
  });

  it('read what they write', () => {
    for (const text of ['127.0.0.1:10030', '[::1]:4711', 'my-server.local:80'])
      expect(endpointText(readEndpoint(text))).toBe(text);
    expect(readEndpoint('localhost')).toEqual({ host: 'localhost', port: 10030 });
  });
});

describe('homes', () => {
  it('follow the XDG variables, and the standard without them', () => {
    expect(homePath('state', { HOME: '/h' })).toBe('/h/.local/state/duckline');
    expect(homePath('config', { HOME: '/h', XDG_CONFIG_HOME: '/c' })).toBe('/c/duckline');
    expect(homePath('data', { HOME: '/h', XDG_DATA_HOME: 'relative' })).toBe('/h/.local/share/duckline');
  });

  it('are made for the user alone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'duckline-homes-'));
    try {
      const path = makeHome('state', { XDG_STATE_HOME: join(folder, 'deep') });
      expect(statSync(path).mode & 0o777).toBe(0o700);
      expect(makeHome('state', { XDG_STATE_HOME: join(folder, 'deep') })).toBe(path);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
