/** A gateway and a file whose clocks are moved together, and syncs between them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunSummary } from '../../src/fetch/events.ts';
import { type Gateway, type GatewayOptions, runGateway } from '../../src/gateway/gateway.ts';
import type { Market } from '../../src/gateway/market.ts';
import type { Code } from '../../src/market/code.ts';
import type { IsoDate } from '../../src/market/date.ts';
import { type OpenedDatabase, openDatabase } from '../../src/store/database.ts';
import { previewSync, type SyncPreview, type SyncRequest, syncBars } from '../../src/sync/sync.ts';
import { readUniverse } from '../../src/sync/universe.ts';
import { verifyCodes } from '../../src/sync/verify.ts';
import { syncWaiting } from '../../src/sync/wait.ts';
import { StandingClock } from '../fetch/clock.ts';
import { buildWorker } from '../fetch/rig.ts';

export type Change = Partial<Pick<Market, 'barsOn' | 'bars' | 'factors' | 'factorsOn' | 'table'>>;

const quick = {
  random: () => 0.5,
  settings: { retry: { baseMs: 10, capMs: 50 }, relogin: { baseMs: 10, capMs: 50 } },
};

export interface Asked {
  readonly codes?: readonly string[];
  readonly universe?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly period?: SyncRequest['period'];
}

export class MarketRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'duckline-sync-'));
  readonly clock: StandingClock;
  readonly #market: Market;
  #gateway: Gateway | null = null;
  #database: OpenedDatabase | null = null;

  constructor(market: Market, now = '2026-11-20T20:00:00+08:00') {
    this.#market = market;
    this.clock = new StandingClock(now);
  }

  async open(): Promise<this> {
    process.env.DUCKLINE_WORKER = await buildWorker(this.folder);
    await this.provider();
    await this.fresh();
    return this;
  }

  /** Another gateway, with what it answers instead; answers that were given once are kept by a gateway. */
  async provider(change: Change = {}, options: Partial<GatewayOptions> = {}): Promise<void> {
    await this.#gateway?.close();
    this.#gateway = await runGateway({ market: { ...this.#market, ...change }, clock: this.clock, ...options });
  }

  /** A new file. */
  async fresh(): Promise<void> {
    await this.#database?.close();
    this.#database = await openDatabase({
      path: join(this.folder, `market-${performance.now()}.duckdb`),
      clock: this.clock,
    });
  }

  get database(): OpenedDatabase {
    return this.#database as OpenedDatabase;
  }

  get port(): number {
    return (this.#gateway as Gateway).port;
  }

  get market(): Market {
    return this.#market;
  }

  at(text: string): void {
    this.clock.at = Date.parse(`${text}+08:00`);
  }

  async #request({ codes = [], universe = [], from, to, period = 'd' }: Asked): Promise<SyncRequest> {
    return {
      database: this.database,
      clock: this.clock,
      source: {
        source: 'baostock',
        endpoint: { host: '127.0.0.1', port: (this.#gateway as Gateway).port },
        connectTimeoutMs: 2_000,
        answerTimeoutMs: 5_000,
        silenceTimeoutMs: 5_000,
      },
      workers: 2,
      what: 'sync',
      universe: await readUniverse(universe, codes),
      from,
      to,
      period,
      ...quick,
    };
  }

  async sync(asked: Asked = {}): Promise<RunSummary & { readonly asked: Record<string, number> }> {
    const before = this.requests();
    const { handle } = await syncBars(await this.#request(asked));
    const summary = await handle.done;
    return { ...summary, asked: less(this.requests(), before) };
  }

  async verify(codes: readonly Code[], from: IsoDate | 'year' | null = null) {
    const { universe: _, ...common } = await this.#request({});
    const { handle, compared, idle } = await verifyCodes({ ...common, what: 'verify', codes, from });
    const summary = await handle.done;
    return { ...summary, idle, compared: await compared() };
  }

  /** Looks at the clock every few milliseconds. */
  async waiting(asked: Asked = {}, change: Partial<SyncRequest> = {}) {
    return syncWaiting({ ...(await this.#request(asked)), ...change }, { stepMs: 5 }).handle;
  }

  async start(asked: Asked = {}) {
    return (await syncBars(await this.#request(asked))).handle;
  }

  async plan(asked: Asked = {}): Promise<SyncPreview & { readonly asked: Record<string, number> }> {
    const before = this.requests();
    const preview = await previewSync(await this.#request(asked));
    return { ...preview, asked: less(this.requests(), before) };
  }

  requests(): Readonly<Record<string, number>> {
    return (this.#gateway as Gateway).stats().requests;
  }

  async value(sql: string): Promise<unknown> {
    const { rows } = await this.database.pool.query(sql);
    const value = rows[0]?.[0];
    return typeof value === 'bigint' ? Number(value) : value;
  }

  async rows(sql: string): Promise<unknown[][]> {
    const { rows } = await this.database.pool.query(sql);
    return rows.map(row => row.map(value => (typeof value === 'bigint' ? Number(value) : value)));
  }

  async close(): Promise<void> {
    delete process.env.DUCKLINE_WORKER;
    await this.#gateway?.close();
    await this.#database?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Messages of each method but logins and logouts. */
function less(
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after)
      .map(([method, count]): [string, number] => [method, count - (before[method] ?? 0)])
      .filter(([method, count]) => count > 0 && method !== 'login' && method !== 'logout'),
  );
}
