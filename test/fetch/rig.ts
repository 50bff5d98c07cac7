/** A gateway on a small demo market, a database in a temporary folder, and runs between them. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { RunEvent, RunSummary } from '../../src/fetch/events.ts';
import type { RunHandle, RunRequest } from '../../src/fetch/request.ts';
import { startRun } from '../../src/fetch/run.ts';
import { slotTimes } from '../../src/fetch/slot.ts';
import { type DemoMarket, makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import { parseFault } from '../../src/gateway/faults.ts';
import { type Gateway, type GatewayOptions, runGateway } from '../../src/gateway/gateway.ts';
import type { Code } from '../../src/market/code.ts';
import type { DatasetTask, SourceOptions } from '../../src/source/source.ts';
import { type OpenedDatabase, openDatabase } from '../../src/store/database.ts';
import { root } from './bundle.ts';
import { clock, planOf } from './plan.ts';

let market: DemoMarket | null = null;
export function demo(): DemoMarket {
  market ??= makeDemoMarket({ codes: 60, years: 2 });
  return market;
}

/** Stocks that have bars in all of the range used here. */
export function stocks(count: number): Code[] {
  const found = demo().listings.filter(
    ({ kind, span }) => kind === 'stock' && span.from === 0 && span.to >= demo().lastSession,
  );
  return found.slice(0, count).map(({ code }) => code as Code);
}

/** The worker of the sources as they are now. */
export async function buildWorker(folder: string): Promise<string> {
  const file = join(folder, 'worker.js');
  if (!existsSync(file)) {
    await build({
      absWorkingDir: root,
      entryPoints: ['src/fetch/worker.ts'],
      outfile: file,
      bundle: true,
      platform: 'node',
      target: 'node20.19',
      format: 'esm',
      logLevel: 'warning',
    });
  }
  return file;
}

export const prepare: readonly DatasetTask[] = [
  { kind: 'dataset', id: -1, dataset: 'instruments', params: {} },
  { kind: 'dataset', id: -2, dataset: 'calendar', params: { from: '2024-01-01', to: '2026-12-31' } },
];

export class Rig {
  readonly folder = mkdtempSync(join(tmpdir(), 'duckline-run-'));
  readonly #gateways: Gateway[] = [];
  /** Ports of gateways without faults: what is late there is only a busy machine. */
  readonly #sound = new Set<number>();
  #database: OpenedDatabase | null = null;

  async open(): Promise<this> {
    process.env.DUCKLINE_WORKER = await buildWorker(this.folder);
    this.#database = await openDatabase({ path: join(this.folder, 'market.duckdb'), clock });
    return this;
  }

  get database(): OpenedDatabase {
    return this.#database as OpenedDatabase;
  }

  async gateway(options: Partial<GatewayOptions> = {}, ...faults: string[]): Promise<Gateway> {
    const specs = faults.map(text => {
      const fault = parseFault(text);
      if ('wrong' in fault) throw new Error(fault.wrong);
      return fault;
    });
    const gateway = await runGateway({ market: demo(), clock, faults: specs, ...options });
    this.#gateways.push(gateway);
    if (faults.length === 0) this.#sound.add(gateway.port);
    return gateway;
  }

  source(port: number, options: Partial<SourceOptions> = {}): SourceOptions {
    const times = this.#sound.has(port)
      ? { connectTimeoutMs: 20_000, answerTimeoutMs: 20_000, silenceTimeoutMs: 20_000 }
      : { connectTimeoutMs: 500, answerTimeoutMs: 700, silenceTimeoutMs: 400 };
    return { source: 'baostock', endpoint: { host: '127.0.0.1', port }, ...times, ...options };
  }

  start(port: number, codes: readonly Code[], { settings, ...options }: Partial<RunRequest> = {}): RunHandle {
    return startRun({
      database: this.database,
      clock,
      source: this.source(port),
      workers: 3,
      what: `fetch ${codes.length} codes`,
      period: 'd',
      prepare: [],
      plan: async () => planOf(codes),
      random: () => 0.5,
      settings: {
        retry: { baseMs: 20, capMs: 200 },
        relogin: { baseMs: 20, capMs: 200 },
        probes: { freshMs: [50, 100], freshPatienceMs: 3_000, provenMs: [50, 100, 200] },
        cancelGraceMs: 200,
        times: { ...slotTimes, beatMs: 100 },
        ...settings,
      },
      ...options,
    });
  }

  run(port: number, codes: readonly Code[], options: Partial<RunRequest> = {}): Promise<RunSummary> {
    return this.start(port, codes, options).done;
  }

  /** Catalogue and calendar, from a gateway without faults. */
  async prepare(): Promise<void> {
    const gateway = await this.gateway();
    await this.run(gateway.port, [], { prepare, workers: 1 });
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

  async closeGateways(): Promise<void> {
    await Promise.all(this.#gateways.splice(0).map(gateway => gateway.close()));
  }

  async close(): Promise<void> {
    delete process.env.DUCKLINE_WORKER;
    await this.closeGateways();
    await this.#database?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** All events of a run, in the order of their coming. */
export function eventsOf(handle: RunHandle): RunEvent[] {
  const events: RunEvent[] = [];
  handle.on(event => events.push(event));
  return events;
}

export { clock } from './plan.ts';
