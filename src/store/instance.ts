/**
 * One engine instance for each database file of this process, whatever path leads to it: a second one of the same file
 * would silently lose tables, and closing it would drop the file's lock. Files are told apart by device and inode; one that
 * does not exist yet by its folder's real path and its name. Instances are counted by their users and closed by the last.
 * A file that cannot be opened is a Problem in one sentence that says what to do.
 */
import { readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, version } from '@duckdb/node-api';
import { Problem } from '../market/problem.ts';

export interface InstanceOptions {
  /** Several processes may read a file at once while none writes it. */
  readonly readOnly?: boolean;
  /** The engine's settings at opening, such as `memory_limit`. The same for every user of the file. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** `1.5.6` */
export const engineVersion = version().replace(/^v/, '');

/** Memory for the last checkpoint of a file. */
const lastMemory = '192MB';

/** Memory only: every call opens a database of its own. */
export const memory = ':memory:';

const registry = new Map<string, Instance>();
/** Openings and closings happen one after the other, so that two of the same file cannot overtake each other. */
let turn: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work, work);
  turn = mine.catch(() => undefined);
  return mine;
}

/** Opens the file, or joins those who have it open. Each success wants one `close()`. */
export function openInstance(path: string, options: InstanceOptions = {}): Promise<Instance> {
  return inTurn(async () => {
    if (path === memory) return Instance.open(path, options, null);
    const known = registry.get(await keyOf(path));
    if (known) return known.join(options);
    const instance = await Instance.open(resolve(path), options, key => {
      if (registry.get(key) === instance) registry.delete(key);
    });
    instance.key = await keyOf(path);
    registry.set(instance.key, instance);
    return instance;
  });
}

/** The same text for every path to the same file. */
async function keyOf(path: string, links = 0): Promise<string> {
  const full = resolve(path);
  const found = await stat(full).catch(() => null);
  if (found) return `${found.dev}:${found.ino}`;
  const target = links < 40 ? await readlink(full).catch(() => null) : null;
  if (target !== null) return keyOf(resolve(dirname(full), target), links + 1);
  const folder = await realpath(dirname(full)).catch(() => dirname(full));
  return join(folder, basename(full));
}

export class Instance {
  readonly path: string;
  readonly readOnly: boolean;
  /** Where the registry finds it. */
  key = '';
  readonly #settings: string;
  readonly #config: Record<string, string>;
  readonly #forget: ((key: string) => void) | null;
  #database: DuckDBInstance | null;
  #users = 1;
  #connections = 0;
  #ended = false;
  #broken: string | null = null;
  /** Told when the file was closed or opened again. */
  readonly onState = new Set<(state: 'suspended' | 'open') => void>();
  /** Told when the engine failed for good: resolves when the listener's connections are closed. */
  readonly onBreak = new Set<(cause: string) => Promise<void>>();
  #breaking: Promise<unknown> = Promise.resolve();
  /** Databases of the program's own that come and go with the file: their files by their names. */
  readonly #beside = new Map<string, string>();

  private constructor(
    path: string,
    options: InstanceOptions,
    forget: ((key: string) => void) | null,
    database: DuckDBInstance,
  ) {
    this.path = path;
    this.readOnly = options.readOnly ?? false;
    this.#settings = settingsText(options);
    this.#config = configOf(options);
    this.#forget = forget;
    this.#database = database;
  }

  static async open(path: string, options: InstanceOptions, forget: ((key: string) => void) | null): Promise<Instance> {
    return new Instance(path, options, forget, await openDatabase(path, configOf(options)));
  }

  join(options: InstanceOptions): Instance {
    if (settingsText(options) !== this.#settings) {
      const same = this.readOnly === (options.readOnly ?? false);
      const how = same ? 'with other settings' : this.readOnly ? 'read-only' : 'for writing';
      throw new Problem('usage', `${this.path} is open in this program already, ${how}.`, {
        next: 'use the same settings, or close it first',
      });
    }
    this.#users++;
    return this;
  }

  /** The file is closed for the moment; the next connection opens it. */
  get suspended(): boolean {
    return this.#database === null && !this.#ended;
  }

  get connections(): number {
    return this.#connections;
  }

  /** A new connection; opens the file again where it was suspended or the engine had failed. Closing it is counted. */
  async connect(): Promise<DuckDBConnection> {
    if (this.#database === null || this.#broken !== null) await inTurn(() => this.#reopen());
    if (this.#ended || !this.#database) throw new Problem('failed', `${this.path} was closed.`);
    this.#connections++;
    let connection: DuckDBConnection;
    try {
      connection = await this.#database.connect();
    } catch (error) {
      this.#connections--;
      throw error;
    }
    const close = connection.closeSync.bind(connection);
    let closed = false;
    connection.closeSync = () => {
      if (closed) return;
      closed = true;
      close();
      this.#connections--;
    };
    return connection;
  }

  /** After a fatal error: every user closes its connections, and the next `connect` opens the file anew, once for all. */
  break(cause: string): void {
    if (this.#broken !== null || this.#ended) return;
    this.#broken = cause;
    this.#breaking = Promise.allSettled([...this.onBreak].map(tell => tell(cause)));
  }

  get broken(): string | null {
    return this.#broken;
  }

  async #reopen(): Promise<void> {
    if (this.#ended || (this.#database !== null && this.#broken === null)) return;
    await this.#breaking;
    if (this.#connections > 0) {
      throw new Problem(
        'failed',
        `the engine failed and ${this.#connections} of its connections are still open: ${this.#broken}.`,
      );
    }
    this.#database?.closeSync();
    this.#database = null;
    const other = registry.get(await keyOf(this.path));
    if (other && other !== this) {
      throw new Problem('failed', `${this.path} was replaced while it was released, and is open a second time.`, {
        next: 'close the other one, or start again',
      });
    }
    this.#database = await openDatabase(this.path, this.#config);
    this.#broken = null;
    // What stands beside the file is a convenience: the file opens without it.
    for (const name of this.#beside.keys()) await this.#attach(name).catch(() => this.#beside.delete(name));
    if (this.path !== memory) {
      this.#forget?.(this.key);
      this.key = await keyOf(this.path);
      registry.set(this.key, this);
    }
    for (const tell of this.onState) tell('open');
  }

  /** Attaches a database file that comes and goes with this one; also to a file that is open read-only. */
  attach(name: string, path: string): Promise<void> {
    return inTurn(async () => {
      this.#beside.set(name, path);
      try {
        await this.#attach(name);
      } catch (error) {
        this.#beside.delete(name);
        throw error;
      }
    });
  }

  detach(name: string): Promise<void> {
    return inTurn(async () => {
      if (!this.#beside.delete(name)) return;
      await this.runBeside(`DETACH DATABASE IF EXISTS "${name}"`);
    });
  }

  async #attach(name: string): Promise<void> {
    const path = this.#beside.get(name) ?? '';
    await this.runBeside(`ATTACH IF NOT EXISTS '${path.replaceAll("'", "''")}' AS "${name}" (READ_WRITE)`);
  }

  /** On a connection of its own; nothing where the file is closed. */
  async runBeside(sql: string): Promise<void> {
    const connection = await this.#database?.connect();
    try {
      await connection?.run(sql);
    } finally {
      connection?.closeSync();
    }
  }

  /** Closes the file, so that another process may have it, until the next `connect`. False: it is in use, or in memory. */
  suspend(): Promise<boolean> {
    return inTurn(async () => {
      if (this.#ended || this.suspended) return true;
      if (this.path === memory || this.#connections > 0 || this.#broken !== null) return false;
      await this.#checkpoint({ last: false });
      if (this.#connections > 0) return false;
      this.#database?.closeSync();
      this.#database = null;
      for (const tell of this.onState) tell('suspended');
      return true;
    });
  }

  /**
   * Works on the file itself while nobody has it open here; who wants it meanwhile waits. False: it is open, and nothing was
   * done.
   */
  whileClosed(work: () => Promise<void>): Promise<boolean> {
    return inTurn(async () => {
      if (!this.suspended) return false;
      await work();
      return true;
    });
  }

  /** The last user's call closes the file. */
  close(): Promise<void> {
    return inTurn(async () => {
      if (this.#ended || --this.#users > 0) return;
      if (this.#connections === 0 && this.#broken === null) await this.#checkpoint({ last: true });
      this.#ended = true;
      this.#forget?.(this.key);
      this.#database?.closeSync();
      this.#database = null;
    });
  }

  /**
   * Beforehand and on a thread: closing would do it while the whole program waits. What fails here is in the WAL.
   *
   * @param last nobody comes after: with little memory where that is enough, or every block that it joins is kept for nobody
   */
  async #checkpoint({ last }: { readonly last: boolean }): Promise<void> {
    if (this.readOnly || this.path === memory || !this.#database) return;
    const connection = await this.#database.connect().catch(() => null);
    if (!connection) return;
    const ran = (sql: string): Promise<boolean> =>
      connection.run(sql).then(
        () => true,
        () => false,
      );
    const done = last && (await ran(`SET memory_limit = '${lastMemory}'; CHECKPOINT`));
    if (!done) await ran(last ? 'RESET memory_limit; CHECKPOINT' : 'CHECKPOINT');
    connection.closeSync();
  }
}

/**
 * The driver prepares a statement first and runs it afterwards, and prepared ones are kept. Plans are simplified by what
 * the tables hold when they are made: after more rows came, such a plan leaves rows out, cuts strings short or fails. Without
 * this optimizer plans are true of any rows; zone maps are read when a plan runs, so queries are no slower.
 */
const always = { disabled_optimizers: 'statistics_propagation' } as const;

function configOf(options: InstanceOptions): Record<string, string> {
  return { ...always, ...options.settings, ...(options.readOnly ? { access_mode: 'READ_ONLY' } : {}) };
}

function settingsText(options: InstanceOptions): string {
  return JSON.stringify(Object.entries(configOf(options)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function openDatabase(path: string, config: Record<string, string>): Promise<DuckDBInstance> {
  const readOnly = config.access_mode === 'READ_ONLY';
  if (path === memory) return DuckDBInstance.create(memory, config);
  const folder = dirname(path);
  if (!(await stat(folder).catch(() => null))?.isDirectory()) {
    throw new Problem('failed', `the folder ${folder} does not exist.`, { next: `make it: mkdir -p '${folder}'` });
  }
  if ((await stat(path).catch(() => null))?.isDirectory()) {
    throw new Problem('failed', `${path} is a folder, not a database file.`, { next: 'name a file in it' });
  }
  try {
    return await DuckDBInstance.create(path, config);
  } catch (error) {
    throw openingProblem(path, readOnly, error);
  }
}

/** What the engine said about opening a file, as one sentence with the way out. */
export function openingProblem(path: string, readOnly: boolean, error: unknown): Problem {
  const text = error instanceof Error ? error.message : String(error);
  const problem = (sentence: string, next: string) => new Problem('failed', sentence, { next, cause: error });
  if (/could not set lock|conflicting lock/i.test(text)) {
    const [, pid] = /\(PID (\d+)\)/.exec(text) ?? [];
    const holder = pid ? `process ${pid}` : 'another process';
    return problem(
      `${path} is held by ${holder}${readOnly ? '; a writer also keeps readers out' : ''}.`,
      `wait until ${pid ? 'it' : 'that process'} ends, or type release in that shell`,
    );
  }
  if (/not a valid duckdb database file/i.test(text)) {
    return problem(`${path} exists but is not a database file.`, 'name another file; this one was not touched');
  }
  if (/permission denied|read-only file system/i.test(text)) {
    return problem(
      `${path} may not be ${readOnly ? 'read' : 'written'} by this user.`,
      readOnly ? 'ask for the right to read it' : 'ask for the right to write it, or open it with --read-only',
    );
  }
  if (readOnly && /does not exist/i.test(text)) {
    return problem(`${path} does not exist, and read-only makes no file.`, 'leave --read-only out to make it');
  }
  if (/version number|newer version of duckdb|serialization version/i.test(text)) {
    return problem(
      `${path} was written by a newer version of the engine: ${firstLine(text)}`,
      'open it with a newer duckline',
    );
  }
  if (/corrupt database file|checksum/i.test(text)) {
    return problem(`${path} is damaged: ${firstLine(text)}`, 'restore it from a copy');
  }
  if (/no space left/i.test(text)) return problem(`the disk of ${path} is full.`, 'free some space');
  return problem(`${path} could not be opened: ${firstLine(text)}`, 'check the path and try again');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
