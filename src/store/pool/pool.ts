/**
 * The connection pool of one database file: the counts of `core.ts` over the sessions of `session.ts`, one gate for all
 * statements of the process, and one writer at a time. Nothing is opened until the first checkout.
 */
import { Problem } from '../../market/problem.ts';
import type {
  AcquireOptions,
  Bindings,
  Connection,
  ConnectionPool,
  Holder,
  Lane,
  Lease,
  PoolStatus,
  QueryResult,
  QueryStream,
  Suspended,
  WriteOptions,
  WriteTurn,
} from '../connection.ts';
import { Instance, type InstanceOptions, openInstance } from '../instance.ts';
import { PoolCore, type Slot, seconds } from './core.ts';
import { type Gate, processGate } from './gate.ts';
import { PoolLease } from './lease.ts';
import { Listeners, type PoolEvents } from './listeners.ts';
import type { Opener } from './opener.ts';
import { checkedOptions, isPreset, limitOf, type PoolOptions, type PresetName, presets } from './options.ts';
import { retryConflicts } from './retry.ts';
import { Session } from './session.ts';
import { StatementError } from './statement-error.ts';
import { hostTiming, type Timing } from './timing.ts';
import { Turn } from './turn.ts';

export interface OpenPoolOptions extends Partial<PoolOptions> {
  /** Where the single options start from. Default `default`. */
  readonly preset?: PresetName;
  /** Runs on each new connection; what it sets counts as clean state. Must leave no transaction open. */
  readonly prepareConnection?: (connection: Pick<Connection, 'query' | 'execute'>) => Promise<void>;
  /** After so many idle milliseconds the file is released by itself where nothing needs it. 0: never. Default 0. */
  readonly releaseAfterMs?: number;
  /** For tests: their own clock, chance and gate. */
  readonly timing?: Timing;
  readonly gate?: Gate;
}

export type FileOptions = InstanceOptions & { readonly path: string };

/**
 * @param target an instance, which stays its owner's to close; or a path, whose instance the pool opens at its first checkout
 * and closes in `dispose`.
 */
export function openPool(target: Instance | FileOptions, options: OpenPoolOptions = {}): Pool {
  return new Pool(target, options);
}

export class Pool implements ConnectionPool {
  readonly #target: Instance | FileOptions;
  readonly #given: OpenPoolOptions;
  readonly #timing: Timing;
  readonly #gate: Gate;
  readonly #listeners = new Listeners();
  readonly #core: PoolCore<Session>;
  readonly #turn: Turn;
  #preset: string;
  #instance: Promise<Instance> | null = null;
  #opened: Instance | null = null;
  #misused = 0;
  /** What all connections of the file share and would lose with it. */
  readonly #shared = new Set<string>();
  readonly #keptOpenFor = new Map<symbol, string>();
  #usedAt: number;
  #stopRelease: (() => void) | null = null;

  constructor(target: Instance | FileOptions, given: OpenPoolOptions) {
    this.#target = target;
    this.#given = given;
    this.#timing = given.timing ?? hostTiming;
    this.#gate = given.gate ?? processGate();
    this.#turn = new Turn(this.#timing);
    this.#usedAt = this.#timing.now();
    this.#preset = given.preset ?? 'default';
    const options = checkedOptions(pickOptions(given), presets[given.preset ?? 'default']);
    const { leakAfterMs: _, ...chosen } = pickOptions(given);
    if (Object.keys(chosen).length > 0) this.#preset = 'custom';
    this.#core = new PoolCore(this.#opener(), options, this.#timing, this.#listeners);
  }

  // ── Checkout ────────────────────────────────────────────────────────────────────────────────────────────────────────

  acquire({ lane = 'read', tag = '', signal }: AcquireOptions = {}): Promise<Lease> {
    if (lane === 'write') return this.#acquireWriter(tag, signal);
    try {
      const slot = this.#core.acquire({ lane, tag, signal });
      if (slot instanceof Promise) return slot.then(opened => new PoolLease(opened, this.#lender, null));
      return Promise.resolve(new PoolLease(slot, this.#lender, null));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #acquireWriter(tag: string, signal: AbortSignal | undefined): Promise<Lease> {
    this.#refuseReadOnly();
    const since = this.#timing.now();
    const trace = this.#core.trace('write');
    const give = await this.#turn.take(tag, this.#core.options.timeoutMs, signal);
    try {
      return new PoolLease(await this.#core.acquire({ lane: 'write', tag, signal, since, trace }), this.#lender, give);
    } catch (error) {
      give();
      throw error;
    }
  }

  async use<T>(work: (connection: Lease) => Promise<T>, options?: AcquireOptions): Promise<T> {
    await using lease = await this.acquire(options);
    return await work(lease);
  }

  query(sql: string, values?: Bindings, options: AcquireOptions = {}): Promise<QueryResult> {
    return this.use(connection => connection.query(sql, values, options), options);
  }

  execute(sql: string, values?: Bindings, options: AcquireOptions = {}): Promise<number> {
    return this.use(connection => connection.execute(sql, values, options), options);
  }

  async stream(sql: string, values?: Bindings, options: AcquireOptions = {}): Promise<QueryStream> {
    const lease = await this.acquire(options);
    try {
      return new HeldStream(await lease.stream(sql, values, options), lease);
    } catch (error) {
      await lease.release();
      throw error;
    }
  }

  transaction<T>(work: (connection: Connection) => Promise<T>, options?: AcquireOptions): Promise<T> {
    return this.use(connection => connection.transaction(work), options);
  }

  async write<T>(work: (connection: Connection) => Promise<T>, options: WriteOptions = {}): Promise<T> {
    const { tag = '', signal, before } = options;
    this.#refuseReadOnly();
    const write = (connection: Lease) =>
      retryConflicts(() => connection.transaction(work), {
        timing: this.#timing,
        signal,
        timeoutMs: this.#core.options.timeoutMs,
      });
    // Only where a connection is free: who has the turn may be waiting for one.
    if (before && this.#core.hasRoom('read')) {
      const slot = await this.#core.acquire({ lane: 'read', tag, signal });
      await using lease = new PoolLease(slot, this.#lender, null);
      await before(lease);
      await using _turn = await this.writeTurn(options);
      this.#core.move(slot, 'write');
      slot.resource.lane = 'write';
      return await write(lease);
    }
    await using lease = await this.#acquireWriter(tag, signal);
    await before?.(lease);
    return await write(lease);
  }

  async writeTurn({ tag = '', signal }: WriteOptions = {}): Promise<WriteTurn> {
    this.#refuseReadOnly();
    const give = await this.#turn.take(tag, this.#core.options.timeoutMs, signal);
    return { release: give, [Symbol.asyncDispose]: async () => give() };
  }

  #refuseReadOnly(): void {
    if (!this.#readOnly) return;
    throw new Problem('refused', `${this.path} is open read-only.`, { next: 'start without --read-only to write' });
  }

  // ── Replacing, suspending, ending ───────────────────────────────────────────────────────────────────────────────────

  /** Every connection is replaced: idle ones now; lent ones now (`hard`) or when they come back (`soft`). */
  invalidateAll(mode: 'soft' | 'hard' = 'soft', reason = 'invalidated'): Promise<void> {
    return this.#core.invalidateAll(mode, reason);
  }

  /** Closes the idle connections; the next checkouts open new ones. @returns how many. */
  async recycle(): Promise<number> {
    const { idle } = this.#core.figures;
    await this.#core.closeIdle('recycled by request');
    return idle;
  }

  /** A new generation, open again also after `dispose`. */
  recreate(): Promise<void> {
    return this.#core.recreate();
  }

  /** A preset, or single options on top of what holds now. Takes effect at once; nobody loses a connection. */
  async configure(change: PresetName | Partial<PoolOptions>): Promise<void> {
    if (typeof change !== 'string') {
      await this.#core.configure(checkedOptions(pickOptions(change), this.#core.options));
      this.#preset = 'custom';
    } else if (isPreset(change)) {
      // How long is too long does not depend on what the pool is for.
      const { leakAfterMs } = this.#core.options;
      await this.#core.configure({ ...presets[change], leakAfterMs });
      this.#preset = change;
    } else {
      throw new Problem('usage', `there is no pool preset ${String(change)}.`, {
        next: `presets: ${Object.keys(presets).join(', ')}`,
      });
    }
  }

  get options(): PoolOptions {
    return this.#core.options;
  }

  /**
   * Closes the file until the next statement, so that another process may open it: only where nothing would be lost. The
   * prompt keeps its lease; its connection comes back with its next statement.
   */
  async suspend(): Promise<Suspended> {
    const pinned = this.#core.lent();
    for (const { resource } of pinned) {
      if (resource.holds.length === 0 && this.#shared.size === 0) continue;
      if ((await resource.recheck()) === 0) this.#shared.delete('an attached database');
    }
    const because = this.#needs();
    if (because.length > 0) return { suspended: false, because };
    await this.#core.closeIdle('suspended');
    if (this.#needs().length > 0 || !pinned.every(slot => slot.resource.suspend())) {
      return { suspended: false, because: this.#needs() };
    }
    if (!this.#opened || (await this.#opened.suspend())) return { suspended: true, because: [] };
    return { suspended: false, because: ['another part of the program uses the file'] };
  }

  /** Closes the file where nothing would be lost, and works on it before anybody opens it again. */
  async whileSuspended(work: () => Promise<void>): Promise<Suspended> {
    const end = await this.suspend();
    if (!end.suspended) return end;
    const instance = await this.#open();
    if (await instance.whileClosed(work)) return end;
    return { suspended: false, because: ['a statement came first'] };
  }

  async whileQuiet(sql: string): Promise<boolean> {
    const instance = this.#opened;
    return instance !== null && this.#gate.alone(() => instance.runBeside(sql));
  }

  #needs(): string[] {
    if (this.path === ':memory:') return ['the database is in memory only'];
    const { opening, waiting } = this.#core.figures;
    return [
      ...this.#keptOpenFor.values(),
      ...[...this.#shared].map(what => `${what} would be lost`),
      ...(this.#turn.holder === null ? [] : [`${this.#turn.holder || 'a writer'} is writing`]),
      ...(opening + waiting > 0 ? ['connections are being opened'] : []),
      ...this.#core.lent().flatMap(slot => {
        const who = slot.tag || `connection ${slot.id}`;
        if (slot.lane !== 'interactive') return slot.lane === 'write' ? [] : [`${who} is at work`];
        return slot.resource.holds.map(what => `${who} holds ${what}`);
      }),
    ];
  }

  async attach(name: string, path: string): Promise<void> {
    await (await this.#open()).attach(name, path);
  }

  async detach(name: string): Promise<void> {
    await this.#opened?.detach(name);
  }

  /** Keeps the file open until the returned function is called: for a job between two of its statements. */
  keepOpen(reason: string): () => void {
    const key = Symbol(reason);
    this.#keptOpenFor.set(key, reason);
    return () => this.#keptOpenFor.delete(key);
  }

  async dispose({ graceMs = 0 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stopRelease?.();
    this.#stopRelease = null;
    this.#turn.refuseAll(() => new Problem('failed', 'the connection pool was closed while this waited to write.'));
    await this.#core.dispose(graceMs);
    const opened = this.#opened;
    this.#instance = null;
    this.#opened = null;
    if (!opened) return;
    opened.onBreak.delete(this.#onBreak);
    opened.onState.delete(this.#onState);
    if (!(this.#target instanceof Instance)) await opened.close();
  }

  // ── What it tells ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** @returns the way to stop listening. */
  on<K extends keyof PoolEvents>(name: K, listener: (event: PoolEvents[K]) => void): () => void {
    return this.#listeners.on(name, listener);
  }

  get path(): string {
    return this.#target.path;
  }

  get #readOnly(): boolean {
    return this.#target.readOnly ?? false;
  }

  status(): PoolStatus {
    const now = this.#timing.now();
    const { options, figures } = this.#core;
    const total = figures.idle + figures.out + figures.opening;
    const lanes = (['interactive', 'write', 'read'] as const).map((lane: Lane) => ({
      lane,
      held: this.#core.takenBy(lane),
      waiting: this.#core.waitingIn(lane) + (lane === 'write' ? this.#turn.waiting : 0),
    }));
    return {
      preset: this.#preset,
      state: this.#core.closed ? 'closed' : this.#opened?.suspended ? 'suspended' : 'open',
      path: this.path,
      size: options.size,
      maxOverflow: options.maxOverflow,
      timeoutMs: options.timeoutMs,
      recycleMs: options.recycleMs,
      checkedOut: figures.out,
      checkedIn: figures.idle,
      overflow: options.size === 0 ? 0 : Math.max(0, total - options.size),
      opening: figures.opening,
      waiting: figures.waiting + this.#turn.waiting,
      waitP50Ms: this.#core.percentile(0.5),
      waitP99Ms: this.#core.percentile(0.99),
      opened: figures.opened,
      closed: figures.closed,
      failedOpens: figures.failedOpens,
      recycled: figures.recycled,
      invalidated: figures.invalidated,
      leaked: figures.leaked,
      misused: this.#misused,
      lanes,
      running: this.#gate.running,
      runningLimit: this.#gate.limit,
      runningWaiting: this.#gate.waiting,
      writer: this.#turn.holder,
      holders: this.#core.lent().map(slot => holder(slot, now)),
      alerts: this.#alerts(now),
    };
  }

  #alerts(now: number): string[] {
    const alerts: string[] = [];
    const standing = this.#core.standingAlert;
    if (standing) {
      alerts.push(`${standing.percent} % of the connections are checked out, for ${seconds(now - standing.since)}`);
    }
    const limit = limitOf(this.#core.options);
    if (Number.isFinite(limit) && limit > this.#gate.limit) {
      alerts.push(
        `${limit} connections are allowed and ${this.#gate.limit} statements can run at once; the others wait for a thread (UV_THREADPOOL_SIZE)`,
      );
    }
    for (const slot of this.#core.lent()) {
      if (slot.leaked)
        alerts.push(`${slot.tag || `connection ${slot.id}`} has held a connection for ${seconds(now - slot.lentAt)}`);
    }
    return alerts;
  }

  // ── Sessions of the instance ────────────────────────────────────────────────────────────────────────────────────────

  #open(): Promise<Instance> {
    this.#instance ??= (async () => {
      const instance =
        this.#target instanceof Instance ? this.#target : await openInstance(this.#target.path, this.#target);
      instance.onBreak.add(this.#onBreak);
      instance.onState.add(this.#onState);
      this.#opened = instance;
      this.#armRelease();
      return instance;
    })();
    this.#instance.catch(() => {
      this.#instance = null;
    });
    return this.#instance;
  }

  #opener(): Opener<Session> {
    const host = {
      gate: this.#gate,
      timing: this.#timing,
      connect: async () => (await this.#open()).connect(),
      prepare: async (connection: Pick<Connection, 'query' | 'execute'>) => this.#given.prepareConnection?.(connection),
      onFatal: (error: StatementError) => this.#opened?.break(error.engineMessage),
      onShared: (what: string) => void this.#shared.add(what),
      onUsed: () => {
        this.#usedAt = this.#timing.now();
      },
    };
    return {
      open: async () => {
        try {
          return await Session.open(host);
        } catch (error) {
          if (!isFatal(error) || !this.#opened) throw error;
          this.#opened.break(String(error));
          return Session.open(host);
        }
      },
      validate: session => session.ping(),
      reset: session => (session.clean && this.#core.options.resetOnReturn !== 'renew' ? true : this.#reset(session)),
      close: (session, reason) => session.close(reason),
    };
  }

  async #reset(session: Session): Promise<boolean> {
    const { resetOnReturn } = this.#core.options;
    session.unlend();
    const left = session.leftovers;
    await session.quiet();
    if (session.transactionState !== 'none' && resetOnReturn !== 'none') {
      if (resetOnReturn === 'commit' && session.transactionState === 'open') await session.execute('COMMIT');
      else await session.rollback();
    }
    return resetOnReturn !== 'renew' && left.every(what => what.startsWith('a ')) && session.clean;
  }

  readonly #lender = {
    takeBack: (slot: Slot<Session>): void | Promise<void> => {
      const { resource } = slot;
      if (!resource.clean) this.#tell(slot);
      return this.#core.release(slot);
    },
    throwAway: (slot: Slot<Session>, mode: 'hard' | 'soft') => this.#core.invalidate(slot, mode, 'thrown away'),
    misused: (lease: Lease, tag: string, what: string, stack: string) => {
      this.#misused++;
      this.#listeners.emit('misuse', { connection: lease.id, lane: lease.lane, tag, what, stack });
    },
  };

  /** A returned connection is not clean: an event, and a report where the borrower forgot something. */
  #tell(slot: Slot<Session>): void {
    const { resource, lane, tag } = slot;
    this.#listeners.emit('reset', { connection: slot.id, lane, tag, found: resource.holds.join(', ') });
    for (const what of resource.leftovers) {
      this.#misused++;
      this.#listeners.emit('misuse', {
        connection: slot.id,
        lane,
        tag,
        what: `returned with ${what}`,
        stack: slot.trace.stack ?? '',
      });
    }
  }

  readonly #onBreak = async (cause: string): Promise<void> => {
    await this.#core.invalidateAll('hard', 'the engine failed');
    this.#listeners.emit('reopen', { path: this.path, cause });
  };

  readonly #onState = (state: 'suspended' | 'open'): void => {
    this.#shared.clear();
    this.#listeners.emit(state === 'open' ? 'resume' : 'suspend', { path: this.path });
    if (state === 'open') this.#armRelease();
  };

  /** Looks again when the file could have been idle for long enough. */
  #armRelease(): void {
    const { releaseAfterMs = 0 } = this.#given;
    if (releaseAfterMs <= 0) return;
    this.#stopRelease?.();
    const idle = this.#timing.now() - this.#usedAt;
    this.#stopRelease = this.#timing.after(
      Math.max(releaseAfterMs / 10, releaseAfterMs - idle),
      () => void this.#releaseIfIdle(),
      true,
    );
  }

  async #releaseIfIdle(): Promise<void> {
    const idle = this.#timing.now() - this.#usedAt >= (this.#given.releaseAfterMs ?? 0);
    if (idle && (await this.suspend()).suspended) return;
    this.#armRelease();
  }
}

/** A stream that returns its connection when it ends. */
class HeldStream implements QueryStream {
  readonly #stream: QueryStream;
  readonly #lease: Lease;

  constructor(stream: QueryStream, lease: Lease) {
    this.#stream = stream;
    this.#lease = lease;
  }

  get names() {
    return this.#stream.names;
  }

  get types() {
    return this.#stream.types;
  }

  async *[Symbol.asyncIterator]() {
    try {
      yield* this.#stream;
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    await this.#stream.close();
    await this.#lease[Symbol.asyncDispose]();
  }
}

function holder(slot: Slot<Session>, now: number): Holder {
  const { sql, startedAt } = slot.resource;
  return {
    connection: slot.id,
    lane: slot.lane,
    tag: slot.tag,
    heldMs: now - slot.lentAt,
    sql,
    runningMs: startedAt === null ? null : now - startedAt,
  };
}

function isFatal(error: unknown): boolean {
  return error instanceof StatementError
    ? error.fatal
    : /^FATAL Error|"FATAL"|database has been invalidated/.test(String(error));
}

const optionNames = Object.keys(presets.default) as (keyof PoolOptions)[];

/** The pool's own options out of what was given with others. */
function pickOptions(given: Partial<PoolOptions>): Partial<PoolOptions> {
  return Object.fromEntries(optionNames.filter(name => given[name] !== undefined).map(name => [name, given[name]]));
}
