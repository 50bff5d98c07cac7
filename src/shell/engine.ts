/**
 * What a shell or a command works with: settings, clock, provider, and the database, which is opened at its first use, so that
 * a prompt stands before the file is open. Closing follows dependence: the database, then the demo market.
 */
import { resolve } from 'node:path';
import { type Clock, systemClock } from '../config/clock.ts';
import type { ConfigEntry } from '../config/file.ts';
import type { Environment } from '../config/paths.ts';
import { makeHome } from '../config/paths.ts';
import { atEndpoint, defaultWorkers, type Settings } from '../config/settings.ts';
import { Problem } from '../market/problem.ts';
import type { SourceOptions } from '../source/source.ts';
import type { Database } from '../store/database.ts';
import type { DemoMarket } from './demo.ts';

export interface Engine {
  readonly settings: Settings;
  readonly environment: Environment;
  /** Settings that come from files. */
  readonly configured: readonly ConfigEntry[];
  readonly demo: boolean;
  readonly readOnly: boolean;
  /** Absolute path of the database file. */
  readonly file: string;
  readonly version: string;
  /** The one clock; on the demo it starts in the evening of the demo's last session. */
  clock(): Promise<Clock>;
  /** Opens the file at the first call; rejects with a Problem each time until it could be opened. */
  database(): Promise<Database>;
  /** The database if it is open now. */
  readonly opened: Database | null;
  /** The provider as set; on the demo it waits for the demo market. */
  source(): Promise<SourceOptions>;
  /** Workers to use: what a command says, else the setting, else what is right for the endpoint. */
  workers(asked?: number): Promise<number>;
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly configured?: readonly ConfigEntry[];
  readonly version: string;
  /** The program's own entry, to start the demo market with. */
  readonly program: string;
  /** After so many idle milliseconds the file is closed until the next statement, where nothing needs it. 0: never (default). */
  readonly releaseAfterMs?: number;
}

/** A connection that a command or a job holds for longer is reported. */
const leakAfterMs = 300_000;

/** Milliseconds: to connect; to the first byte of an answer; between two pieces of one. */
const deadlines = { connectTimeoutMs: 10_000, answerTimeoutMs: 30_000, silenceTimeoutMs: 30_000 };

export function createEngine(options: EngineOptions): Engine {
  return new ProgramEngine(options);
}

class ProgramEngine implements Engine {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly configured: readonly ConfigEntry[];
  readonly demo: boolean;
  readonly readOnly: boolean;
  readonly file: string;
  readonly version: string;
  readonly #program: string;
  readonly #releaseAfterMs: number;
  #clock: Promise<Clock> | null = null;
  #opening: Promise<Database> | null = null;
  #market: Promise<DemoMarket> | null = null;
  #opened: Database | null = null;
  #closed = false;

  constructor({ settings, environment, configured = [], version, program, releaseAfterMs = 0 }: EngineOptions) {
    this.configured = configured;
    this.settings = settings;
    this.environment = environment;
    this.version = version;
    this.demo = settings.demo.value;
    this.readOnly = settings.readOnly.value;
    const path = settings.db.value;
    this.file = path === ':memory:' ? path : resolve(path);
    this.#program = program;
    this.#releaseAfterMs = releaseAfterMs;
  }

  get opened(): Database | null {
    return this.#opened;
  }

  clock(): Promise<Clock> {
    this.#clock ??= this.#now().then(now => systemClock(now === null ? this.environment : { DUCKLINE_NOW: now }));
    return this.#clock;
  }

  /** The instant from which the clock runs, where it is not the host's. */
  async #now(): Promise<string | null> {
    if (this.environment.DUCKLINE_NOW || !this.demo) return null;
    const { demoNow } = await import('../gateway/demo/demo-market.ts');
    return demoNow();
  }

  database(): Promise<Database> {
    if (this.#closed) return Promise.reject(new Problem('interrupted', 'the program is closing.'));
    if (!this.#opening) {
      const opening = this.#open();
      this.#opening = opening;
      opening.catch(() => {
        this.#opening = null;
      });
    }
    return this.#opening;
  }

  async #open(): Promise<Database> {
    const [{ openDatabase }, clock] = await Promise.all([import('../store/database.ts'), this.clock()]);
    if (this.settings.db.origin === 'default' && this.demo) makeHome('data', this.environment);
    this.#opened = await openDatabase({
      path: this.file,
      readOnly: this.readOnly,
      clock,
      origin: this.demo ? 'demo' : 'real',
      pool: { leakAfterMs, releaseAfterMs: this.#releaseAfterMs },
    });
    return this.#opened;
  }

  async source(): Promise<SourceOptions> {
    const { source, endpoint, apiKey, budget } = await this.#reached();
    return {
      source: source.value,
      endpoint: endpoint.value,
      ...deadlines,
      ...(apiKey === null ? {} : { apiKey }),
      ...(budget.value === null ? {} : { budget: budget.value }),
    };
  }

  async workers(asked?: number): Promise<number> {
    if (asked === undefined) {
      return this.settings.workers.value ?? defaultWorkers((await this.#reached()).endpoint.value.host);
    }
    if (Number.isInteger(asked) && asked >= 1 && asked <= 16) return asked;
    throw new Problem('usage', `--workers is ${asked}, and workers go from 1 to 16`);
  }

  /** The settings with an endpoint that can be asked; on the demo that of its market, which is started here. */
  async #reached(): Promise<Settings> {
    if (!this.demo) return this.settings;
    if (!this.#market) {
      const market = this.#startMarket();
      this.#market = market;
      market.catch(() => {
        this.#market = null;
      });
    }
    return atEndpoint(this.settings, (await this.#market).endpoint);
  }

  async #startMarket(): Promise<DemoMarket> {
    const [{ startDemo }, clock] = await Promise.all([import('./demo.ts'), this.clock()]);
    return startDemo({
      program: this.#program,
      environment: { ...this.environment },
      now: new Date(clock.now()).toISOString(),
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const database = await this.#opening?.catch(() => null);
    this.#opened = null;
    await database?.close();
    const market = await this.#market?.catch(() => null);
    await market?.close();
  }
}
