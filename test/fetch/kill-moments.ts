/**
 * The built program, killed with `kill -9` in the middle of a fetch, and what must hold then: no process of it and no socket
 * at the gateway after 5 s; a file in which `check` holds, whose bookkeeping and tables say the same, and whose covered ranges
 * hold what the gateway serves, row by row; and the same command, given again, ends with the tables of an undisturbed one
 * without asking for what was covered. The test does so at a few moments, the script `kill-moments` at many.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { demoNow } from '../../src/gateway/demo/demo-market.ts';
import type { Code } from '../../src/market/code.ts';
import { type OpenedDatabase, openDatabase } from '../../src/store/database.ts';
import { tableHash } from '../../src/store/table-hash.ts';
import { checkFile } from '../../src/sync/check.ts';
import { Talk } from '../gateway/talk.ts';
import { Home, type RunningGateway, root } from '../slice/program.ts';
import { contradictions } from '../store/contradictions.ts';
import { all } from '../store/fixture.ts';
import { clock } from './plan.ts';
import { stocks } from './rig.ts';

/** Small pages, so that the tasks end one by one and every few of them are a commit. */
const pageRows = 50;
const from = '2024-12-02';
const to = '2026-11-20';
const tables = ['daily', 'adj_factors', 'meta.factor_spans', 'instruments', 'calendar'];
const program = process.env.DUCKLINE_TEST_PROGRAM ?? join(root, 'dist', 'duckline.cjs');
/** For processes and sockets to be gone after a kill, ms. */
const goneMs = 5_000;
const lookMs = 100;

export interface Calm {
  readonly bars: number;
  readonly requests: number;
  /** From the plan to the program's end, ms: the span in which it is killed, and stores. */
  readonly ms: number;
}

export interface Struck {
  /** After the plan, ms. */
  readonly atMs: number;
  /** Worker processes and their sockets at that time. */
  readonly processes: number;
  readonly sockets: number;
  /** Until the last process and socket were gone, ms. */
  readonly goneMs: number;
  readonly codes: number;
  readonly bars: number;
  readonly onLedger: number;
  readonly checks: number;
  /** Messages that the gateway was sent by the same command, given again. */
  readonly requestsAfter: number;
}

/** By code and date: what the gateway serves of the columns that are compared. */
type Served = ReadonlyMap<string, ReadonlyMap<string, string>>;

export class KillMoments {
  readonly home: Home;
  readonly codes: readonly Code[];
  readonly #gateway: RunningGateway;
  readonly #served: Served;
  #hashes: readonly string[] = [];
  #struck = 0;

  private constructor(home: Home, codes: readonly Code[], gateway: RunningGateway, served: Served) {
    this.home = home;
    this.codes = codes;
    this.#gateway = gateway;
    this.#served = served;
  }

  /** One of so many codes is refused by the gateway each time, so that the ledger is never empty. */
  static async open(count: number, latencyMs: number): Promise<KillMoments> {
    const home = new Home({ DUCKLINE_NOW: demoNow() });
    const codes = stocks(count);
    const refused = codes[Math.floor(count / 4)];
    const market = ['--demo', '--codes', '60', '--years', '2'];
    const fault = `error=10004020@${refused}:1`;
    const manner = ['--page-cap', String(pageRows), '--latency', String(latencyMs), '--fault', fault];
    const gateway = await home.gateway(...market, ...manner, '--stats-port', '0');
    const served = await servedBy(
      gateway,
      codes.filter(code => code !== refused),
    );
    return new KillMoments(home, codes, gateway, served);
  }

  /** An undisturbed run, with which the others are compared; the first thing to do. */
  async undisturbed(): Promise<Calm> {
    const file = this.home.path('calm.duckdb');
    const sent = await this.#requests();
    const program = this.#start(file);
    const exit = exitOf(program);
    await planned(program);
    const begun = performance.now();
    expectEnd(await exit);
    const ms = performance.now() - begun;
    const requests = (await this.#requests()) - sent;
    const database = await openDatabase({ path: file, clock });
    try {
      await this.#proveTrue(database);
      this.#hashes = await Promise.all(tables.map(table => tableHash(database, table)));
      const [row] = await all(database, 'select count(*), count(distinct code) from daily');
      const [bars, codes] = row as [number, number];
      if (codes !== this.codes.length - 1) throw new Error(`the undisturbed run stored ${codes} codes`);
      return { bars, requests, ms };
    } finally {
      await database.close();
    }
  }

  /**
   * Fetches into a new file and kills the program so many ms after it has planned; null where it had ended by itself before.
   *
   * @throws where anything of what must hold does not
   */
  async strike(atMs: number): Promise<Struck | null> {
    this.#struck += 1;
    const file = this.home.path(`killed-${this.#struck}.duckdb`);
    const program = this.#start(file);
    const exit = exitOf(program);
    await planned(program);
    const begun = performance.now();
    const passed = (ms: number) => Promise.race([new Promise(resolve => setTimeout(resolve, ms)), exit]);
    // Who is there is asked a little earlier and not waited for, so that the kill comes when it should.
    await passed(atMs - lookMs);
    const [looked, counted] = [groupOf(program), this.#gateway.stats()];
    await passed(atMs - (performance.now() - begun));
    program.kill('SIGKILL');
    const end = await exit;
    const [{ length }, { openConnections: sockets }] = await Promise.all([looked, counted]);
    if (end !== 'SIGKILL') return null;
    const gone = await this.#untilGone(program);

    const database = await openDatabase({ path: file, clock });
    let found: Pick<Struck, 'codes' | 'bars' | 'onLedger' | 'checks'>;
    let covered: string[];
    try {
      const checks = await this.#proveTrue(database);
      covered = (await all(database, 'select distinct code from meta.coverage')).map(([code]) => String(code));
      const [[bars] = [], [onLedger] = []] = await Promise.all([
        all(database, 'select count(*) from daily').then(rows => rows[0]),
        all(database, 'select count(*) from meta.failures').then(rows => rows[0]),
      ]);
      found = { codes: covered.length, bars: Number(bars), onLedger: Number(onLedger), checks };
    } finally {
      await database.close();
    }
    const requestsAfter = await this.#resume(file, covered);
    return { atMs, processes: Math.max(0, length - 1), sockets, goneMs: gone, ...found, requestsAfter };
  }

  close(): void {
    this.home.close();
  }

  /** In a process group of its own, so that what it leaves behind is found. */
  #start(file: string): ChildProcess {
    const { endpoint } = this.#gateway;
    const range = ['--from', from, '--to', to];
    const args = ['fetch', ...this.codes, ...range, '--workers', '3', '--endpoint', endpoint, '--db', file];
    return spawn(process.execPath, [program, ...args], {
      cwd: this.home.folder,
      env: this.home.environment,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
  }

  /** Bookkeeping, tables and gateway say the same. Returns the number of checks. */
  async #proveTrue(database: OpenedDatabase): Promise<number> {
    const checks = await checkFile(database);
    const broken = checks.filter(({ found, means }) => found > 0 && means === 'broken');
    if (broken.length > 0) throw new Error(`checks that do not hold: ${JSON.stringify(broken)}`);
    const wrong = await contradictions(database);
    if (Object.keys(wrong).length > 0) throw new Error(`contradictions: ${JSON.stringify(wrong)}`);
    await this.#compareServed(database);
    return checks.length;
  }

  /** What is covered holds every row that the gateway serves in that range, and no other; outside nothing is stored. */
  async #compareServed(database: OpenedDatabase): Promise<void> {
    const stored = new Map<string, Map<string, string>>();
    const columns = `code, date::varchar, ${compared.map(({ column }) => column).join(', ')}`;
    for (const [code, date, ...values] of await all(database, `select ${columns} from daily`)) {
      const bars = stored.get(String(code)) ?? new Map<string, string>();
      stored.set(String(code), bars.set(String(date), values.map(number).join(' ')));
    }
    const ranges = await all(database, 'select code, from_date::varchar, to_date::varchar from meta.coverage');
    for (const [code, first, last] of ranges as [string, string, string][]) {
      const bars = stored.get(code) ?? new Map<string, string>();
      for (const [date, expected] of this.#served.get(code) ?? []) {
        if (date < first || date > last) continue;
        if (bars.get(date) !== expected) {
          throw new Error(`${code} ${date} is covered; served ${expected}, stored ${bars.get(date) ?? 'nothing'}`);
        }
        bars.delete(date);
      }
    }
    for (const [code, bars] of stored) {
      if (bars.size > 0) throw new Error(`${code} has ${bars.size} bars that are not covered or not served`);
    }
  }

  /** The same command again ends as an undisturbed one, and asks for nothing that was covered. */
  async #resume(file: string, covered: readonly string[]): Promise<number> {
    const before = await this.#gateway.stats();
    const sentBefore = await this.#requests();
    expectEnd(await exitOf(this.#start(file)));
    const after = await this.#gateway.stats();
    const again = covered.filter(code => after.codes[code] !== before.codes[code]);
    if (again.length > 0) throw new Error(`covered, and asked for again: ${again.join(' ')}`);
    const database = await openDatabase({ path: file, clock });
    try {
      await this.#proveTrue(database);
      const hashes = await Promise.all(tables.map(table => tableHash(database, table)));
      const other = tables.filter((_, at) => hashes[at] !== this.#hashes[at]);
      if (other.length > 0) throw new Error(`other content than after an undisturbed run: ${other.join(' ')}`);
    } finally {
      await database.close();
    }
    return (await this.#requests()) - sentBefore;
  }

  /** Time until no process of the program and no socket at the gateway is left, ms. */
  async #untilGone(program: ChildProcess): Promise<number> {
    const begun = performance.now();
    for (;;) {
      const [left, { openConnections }] = await Promise.all([groupOf(program), this.#gateway.stats()]);
      const passed = performance.now() - begun;
      if (left.length === 0 && openConnections === 0) return passed;
      if (passed > goneMs) {
        for (const pid of left) process.kill(pid, 'SIGKILL');
        throw new Error(`${goneMs} ms after the kill: processes ${left.join(' ')}, ${openConnections} sockets`);
      }
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }

  async #requests(): Promise<number> {
    const { requests } = await this.#gateway.stats();
    return Object.values(requests).reduce((sum, count) => sum + count, 0);
  }
}

/** Columns of ours, and the names that the provider has for them. */
const compared = [
  { column: 'open', field: 'open' },
  { column: 'close', field: 'close' },
  { column: 'pre_close', field: 'preclose' },
  { column: 'volume', field: 'volume' },
  { column: 'amount', field: 'amount' },
] as const;

function number(value: unknown): string {
  return String(Number(value ?? 0));
}

/** All bars of the codes, page by page over a connection of its own. */
async function servedBy({ endpoint }: RunningGateway, codes: readonly string[]): Promise<Served> {
  const talk = await Talk.loggedIn(Number(endpoint.split(':')[1]));
  const fields = ['date', ...compared.map(({ field }) => field)].join(',');
  const served = new Map<string, Map<string, string>>();
  for (const code of codes) {
    const bars = new Map<string, string>();
    for (let page = 1; ; page++) {
      const values = [code, fields, from, to, 'd', '3'];
      const rows = await talk.rows('query_history_k_data_plus', values, page, pageRows);
      for (const [date, ...cells] of rows) bars.set(date as string, cells.map(number).join(' '));
      if (rows.length < pageRows) break;
    }
    served.set(code, bars);
  }
  talk.close();
  return served;
}

function exitOf(program: ChildProcess): Promise<number | string | null> {
  let said = '';
  program.stderr?.on('data', chunk => {
    said += chunk;
  });
  return once(program, 'exit').then(([code, signal]) => {
    if (code !== null && code !== partial) throw new Error(`the program ended with ${code}: ${said}`);
    return signal ?? code;
  });
}

/** The exit code where something is on the ledger. */
const partial = 3;

function expectEnd(end: number | string | null): void {
  if (end !== partial) throw new Error(`the program ended with ${end}`);
}

/** Resolves when the run has planned its tasks, or the program has ended. */
function planned(program: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    program.stderr?.on('data', chunk => {
      if (String(chunk).includes(' tasks planned')) resolve();
    });
    program.once('exit', () => resolve());
  });
}

/** Process numbers of the program and all that it started, as far as they live. */
async function groupOf({ pid }: ChildProcess): Promise<number[]> {
  const ps = spawn('ps', ['-A', '-o', 'pid=,pgid=,stat='], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  for await (const chunk of ps.stdout) text += chunk;
  return text
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, group, state]) => Number(group) === pid && !state?.startsWith('Z'))
    .map(([process]) => Number(process));
}
