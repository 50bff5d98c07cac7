/**
 * The pool itself, over anything that can be opened, validated, reset and closed. It promises:
 *
 * 1. Nothing is opened until asked for. At most `size` are idle, at most `size + maxOverflow` exist, at every moment, also
 *    while connections open, close, or come back after `dispose` and `recreate`: a place stays taken until its connection is
 *    really closed.
 * 2. opened − closed = idle + out + opening. A failed open counts in `opened` and in `closed`.
 * 3. Waiters of a lane are served in the order in which they came. One that times out or is aborted changes no count, and
 *    what was being prepared for it goes to the next; so does the place of a failed open.
 * 4. Lanes: the last two places are kept for the prompt and for the writer while these hold nothing, where there are three
 *    or more places. So readers can neither lock out the one nor the other.
 */
import { Problem } from '../../market/problem.ts';
import type { Lane } from '../connection.ts';
import { cancelled, onAbort } from './abort.ts';
import { Utilisation, Waits } from './figures.ts';
import type { Listeners } from './listeners.ts';
import type { Opener } from './opener.ts';
import { idleLimitOf, limitOf, type PoolOptions } from './options.ts';
import type { Timing } from './timing.ts';

/** One connection with its place in the pool. */
export interface Slot<R> {
  readonly id: number;
  readonly resource: R;
  readonly generation: number;
  readonly expiresAt: number;
  state: 'idle' | 'lent' | 'leaving' | 'closed';
  usedAt: number;
  /** Soft invalidation: closed when it comes back. */
  outdated: boolean;
  lane: Lane;
  tag: string;
  lentAt: number;
  /** Where it was checked out. */
  trace: Trace;
  leaked: boolean;
}

export interface Request {
  readonly lane: Lane;
  readonly tag: string;
  readonly signal?: AbortSignal | undefined;
  /** When the asking began: waiting elsewhere, as for the writer's turn, counts too. Default now. */
  readonly since?: number;
  /** Where it was asked for. */
  readonly trace?: Trace;
}

interface Trace {
  stack?: string;
}

interface Waiter<R> extends Request {
  readonly since: number;
  readonly trace: Trace;
  settled: boolean;
  resolve(slot: Slot<R>): void;
  reject(error: unknown): void;
}

const lanes: readonly Lane[] = ['interactive', 'write', 'read'];

export interface CoreFigures {
  readonly idle: number;
  /** Lent, or on its way out of or back into the pool. */
  readonly out: number;
  readonly opening: number;
  readonly waiting: number;
  readonly opened: number;
  readonly closed: number;
  readonly failedOpens: number;
  readonly recycled: number;
  readonly invalidated: number;
  readonly leaked: number;
}

export class PoolCore<R> {
  #options: PoolOptions;
  #limit: number;
  readonly #opener: Opener<R>;
  readonly #timing: Timing;
  readonly #listeners: Listeners;

  readonly #idle: Slot<R>[] = [];
  readonly #out = new Set<Slot<R>>();
  /** Places taken: by a connection that is lent, leaving or being reset, and by a waiter that is being served. */
  #taken = 0;
  readonly #takenBy: Record<Lane, number> = { interactive: 0, write: 0, read: 0 };
  readonly #waiters: Record<Lane, Set<Waiter<R>>> = { interactive: new Set(), write: new Set(), read: new Set() };
  #opening = 0;
  /** Waiters that hold a place already; true while theirs is being opened. */
  readonly #serving = new Map<Waiter<R>, boolean>();

  #ids = 0;
  #generation = 1;
  #connected = 0;
  #closed = false;
  #lastOpenError: unknown;
  #stopSweep: (() => void) | null = null;
  #sweepAt = Number.POSITIVE_INFINITY;

  #openedCount = 0;
  #closedCount = 0;
  #failedOpens = 0;
  #recycled = 0;
  #invalidated = 0;
  #leaked = 0;
  readonly #waits = new Waits();
  readonly #utilisation = new Utilisation();

  constructor(opener: Opener<R>, options: PoolOptions, timing: Timing, listeners: Listeners) {
    this.#opener = opener;
    this.#options = options;
    this.#limit = limitOf(options);
    this.#timing = timing;
    this.#listeners = listeners;
  }

  get options(): PoolOptions {
    return this.#options;
  }

  get limit(): number {
    return this.#limit;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get figures(): CoreFigures {
    return {
      idle: this.#idle.length,
      out: this.#out.size,
      opening: this.#opening,
      waiting: this.waitingIn('interactive') + this.waitingIn('write') + this.waitingIn('read'),
      opened: this.#openedCount,
      closed: this.#closedCount,
      failedOpens: this.#failedOpens,
      recycled: this.#recycled,
      invalidated: this.#invalidated,
      leaked: this.#leaked,
    };
  }

  waitingIn(lane: Lane): number {
    return this.#waiters[lane].size;
  }

  takenBy(lane: Lane): number {
    return this.#takenBy[lane];
  }

  /** Those lent now, in the order of their checkout. */
  lent(): Slot<R>[] {
    return [...this.#out].filter(slot => slot.state === 'lent');
  }

  percentile(q: number): number {
    return this.#waits.percentile(q);
  }

  get standingAlert(): { readonly percent: number; readonly since: number } | null {
    return this.#utilisation.standing;
  }

  // ── Checkout ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A connection: at once, without a promise, when a fresh one is idle. */
  acquire(request: Request): Slot<R> | Promise<Slot<R>> {
    this.#refuseClosed();
    if (request.signal?.aborted) throw cancelled(request.signal);
    const { lane } = request;
    const now = this.#timing.now();
    const trace = request.trace ?? this.trace(lane);
    if (this.#waiters[lane].size === 0 && this.#admits(lane)) {
      const slot = this.#next();
      if (slot && !this.#expired(slot, now) && !this.#needsPing(slot, now)) {
        this.#takeIdle();
        this.#take(lane);
        return this.#lend(slot, request, trace, now, now - (request.since ?? now));
      }
    }
    return this.#wait(request, trace, request.since ?? now);
  }

  /** The stack of the caller, where leaks are looked for. Its text is made only when somebody reads it. */
  trace(lane: Lane): Trace {
    const trace: Trace = {};
    if (this.#options.leakAfterMs > 0 && lane !== 'interactive') Error.captureStackTrace(trace);
    return trace;
  }

  #refuseClosed(): void {
    if (this.#closed) throw new Problem('failed', 'the connection pool is closed.');
  }

  /** Whether a connection of this lane would be lent or opened at once. */
  hasRoom(lane: Lane): boolean {
    return !this.#closed && this.#waiters[lane].size === 0 && this.#admits(lane);
  }

  /** A lent connection goes on in another lane. */
  move(slot: Slot<R>, lane: Lane): void {
    this.#takenBy[slot.lane]--;
    this.#takenBy[lane]++;
    slot.lane = lane;
    this.#pump();
  }

  /** Whether this lane may take one more place. */
  #admits(lane: Lane): boolean {
    return this.#limit - this.#taken > this.#keptFrom(lane);
  }

  #keptFrom(lane: Lane): number {
    if (this.#limit < 3) return 0;
    const kept = (other: Lane) => (lane !== other && this.#takenBy[other] === 0 ? 1 : 0);
    return kept('interactive') + kept('write');
  }

  #wait(request: Request, trace: Trace, since: number): Promise<Slot<R>> {
    return new Promise((resolve, reject) => {
      const { lane, tag, signal } = request;
      const queue = this.#waiters[lane];
      let stopTimer: (() => void) | undefined;
      const settle = () => {
        waiter.settled = true;
        queue.delete(waiter);
        this.#serving.delete(waiter);
        stopTimer?.();
        stopListening();
      };
      const waiter: Waiter<R> = {
        lane,
        tag,
        signal,
        since,
        trace,
        settled: false,
        resolve(slot) {
          settle();
          resolve(slot);
        },
        reject(error) {
          if (waiter.settled) return;
          settle();
          reject(error);
        },
      };
      const stopListening = onAbort(signal, () => waiter.reject(cancelled(signal)));
      const { timeoutMs } = this.#options;
      if (timeoutMs !== null) {
        const left = timeoutMs - (this.#timing.now() - since);
        stopTimer = this.#timing.after(left, () => waiter.reject(this.timeout(lane)));
      }
      queue.add(waiter);
      this.#pump();
    });
  }

  /** Serves every waiter for whom there is a place, those first whose own connection is slow to open. */
  #pump(): void {
    if (this.#closed) return;
    for (const [waiter, opening] of this.#serving) {
      const slot = this.#next();
      const now = this.#timing.now();
      if (!slot || this.#expired(slot, now) || this.#needsPing(slot, now)) break;
      if (!opening || !this.#admits(waiter.lane)) continue;
      this.#takeIdle();
      this.#take(waiter.lane);
      waiter.resolve(this.#lend(slot, waiter, waiter.trace, now, now - waiter.since));
    }
    for (const lane of lanes) {
      for (const waiter of this.#waiters[lane]) {
        if (!this.#admits(lane)) break;
        this.#waiters[lane].delete(waiter);
        this.#take(lane);
        this.#serving.set(waiter, false);
        void this.#serve(waiter);
      }
    }
  }

  /** Gives the waiter an idle connection that still answers, else a new one. Holds one place from beginning to end. */
  async #serve(waiter: Waiter<R>): Promise<void> {
    const { lane } = waiter;
    let slot: Slot<R> | undefined;
    try {
      slot = this.#takeIdle();
      if (slot && !(await this.#usable(slot))) slot = undefined;
      // A connection that was opened for a generation that ended meanwhile is closed, and the waiter kept.
      while (!waiter.settled && slot === undefined) {
        this.#serving.set(waiter, true);
        slot = await this.#open();
        if (slot.generation === this.#generation && !this.#closed) break;
        await this.#close(slot, 'its generation ended');
        slot = undefined;
      }
    } catch (error) {
      this.#give(lane);
      waiter.reject(error);
      this.#pump();
      return;
    }
    if (slot && !waiter.settled && !this.#outlived(slot)) {
      const now = this.#timing.now();
      waiter.resolve(this.#lend(slot, waiter, waiter.trace, now, now - waiter.since));
      return;
    }
    const closing = slot && this.#keepOrClose(slot);
    if (closing) await closing;
    if (waiter.settled) this.#give(lane);
    else {
      // The pool was told to begin anew while this one was being checked: the waiter goes on with another.
      void this.#serve(waiter);
      return;
    }
    this.#pump();
  }

  /** Whether an idle connection may be lent: not too old, and answering. One that may not is closed. */
  async #usable(slot: Slot<R>): Promise<boolean> {
    const now = this.#timing.now();
    if (this.#expired(slot, now)) {
      this.#recycled++;
      await this.#close(slot, 'recycled');
      return false;
    }
    if (!this.#needsPing(slot, now)) return true;
    const alive = await this.#within(() => this.#opener.validate(slot.resource)).catch(() => false);
    if (alive) return true;
    this.#countInvalid(slot, 'it did not answer');
    await this.#close(slot, 'it did not answer');
    return false;
  }

  #expired(slot: Slot<R>, now: number): boolean {
    return now >= slot.expiresAt;
  }

  #needsPing(slot: Slot<R>, now: number): boolean {
    return this.#options.prePing && now - slot.usedAt > this.#options.pingAfterMs;
  }

  /** The idle connection that is lent next. */
  #next(): Slot<R> | undefined {
    return this.#options.lifo ? this.#idle.at(-1) : this.#idle[0];
  }

  #takeIdle(): Slot<R> | undefined {
    const slot = this.#options.lifo ? this.#idle.pop() : this.#idle.shift();
    if (slot) {
      slot.state = 'leaving';
      this.#out.add(slot);
    }
    return slot;
  }

  #lend(slot: Slot<R>, request: Request, trace: Trace, now: number, waitedMs: number): Slot<R> {
    slot.state = 'lent';
    slot.lane = request.lane;
    slot.tag = request.tag;
    slot.lentAt = now;
    slot.leaked = false;
    slot.trace = trace;
    const { leakAfterMs } = this.#options;
    if (leakAfterMs > 0 && slot.lane !== 'interactive') this.#sweepBy(now + leakAfterMs);
    this.#waits.add(waitedMs);
    if (this.#listeners.has('checkout')) this.#listeners.emit('checkout', { ...subject(slot), waitedMs });
    return slot;
  }

  async #open(): Promise<Slot<R>> {
    const generation = this.#generation;
    this.#opening++;
    this.#openedCount++;
    let resource: R;
    try {
      resource = await this.#opener.open();
    } catch (error) {
      this.#opening--;
      this.#closedCount++;
      this.#failedOpens++;
      this.#lastOpenError = error;
      throw error;
    }
    this.#opening--;
    const now = this.#timing.now();
    const { recycleMs } = this.#options;
    const slot: Slot<R> = {
      id: ++this.#ids,
      resource,
      generation,
      expiresAt: recycleMs === -1 ? Number.POSITIVE_INFINITY : now + recycleMs * (1 - this.#timing.random() / 10),
      state: 'leaving',
      usedAt: now,
      outdated: false,
      lane: 'read',
      tag: '',
      lentAt: now,
      trace: {},
      leaked: false,
    };
    this.#out.add(slot);
    if (this.#connected !== generation) {
      this.#connected = generation;
      this.#listeners.emit('first-connect', { connection: slot.id });
    }
    this.#listeners.emit('connect', { connection: slot.id });
    return slot;
  }

  // ── Return ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes a lent connection back: resets it and keeps it, or closes it. At once, without a promise, when it is clean. */
  release(slot: Slot<R>): void | Promise<void> {
    if (slot.state !== 'lent') return;
    slot.state = 'leaving';
    if (this.#listeners.has('checkin')) this.#listeners.emit('checkin', subject(slot));
    if (this.#outlived(slot)) return this.#leave(slot, this.#closed ? 'the pool was closed' : 'invalidated');
    let clean: boolean | Promise<boolean>;
    try {
      clean = this.#opener.reset(slot.resource);
    } catch {
      clean = false;
    }
    if (clean === true && this.#fits()) {
      this.#keep(slot);
      this.#give(slot.lane);
      this.#pump();
      return;
    }
    return this.#settle(slot, clean);
  }

  async #settle(slot: Slot<R>, clean: boolean | Promise<boolean>): Promise<void> {
    const { lane } = slot;
    const kept = typeof clean === 'boolean' ? clean : await this.#within(() => clean).catch(() => false);
    const closing = kept ? this.#keepOrClose(slot) : this.#close(slot, 'renewed');
    if (closing) await closing;
    this.#give(lane);
    this.#pump();
  }

  /** Room among the idle. */
  #fits(): boolean {
    return this.#idle.length < idleLimitOf(this.#options);
  }

  #outlived(slot: Slot<R>): boolean {
    return this.#closed || slot.outdated || slot.generation !== this.#generation;
  }

  /** Keeps it at once, so that its place is given back before anybody can be lent it; only closing takes time. */
  #keepOrClose(slot: Slot<R>): void | Promise<void> {
    if (this.#outlived(slot)) return this.#close(slot, this.#closed ? 'the pool was closed' : 'invalidated');
    if (!this.#fits()) return this.#close(slot, 'overflow');
    this.#keep(slot);
  }

  #keep(slot: Slot<R>): void {
    this.#out.delete(slot);
    slot.state = 'idle';
    slot.usedAt = this.#timing.now();
    this.#idle.push(slot);
    if (this.#options.idleTimeoutMs > 0) this.#sweepBy(slot.usedAt + this.#options.idleTimeoutMs);
  }

  async #leave(slot: Slot<R>, reason: string): Promise<void> {
    const { lane } = slot;
    await this.#close(slot, reason);
    this.#give(lane);
    this.#pump();
  }

  /** Closes a connection that is out; its place stays taken until that is done, or has taken longer than `stepTimeoutMs`. */
  async #close(slot: Slot<R>, reason: string): Promise<void> {
    slot.state = 'leaving';
    // A close that fails or hangs leaves nothing to be done: the connection is out of our hands.
    await this.#within(() => this.#opener.close(slot.resource, reason)).catch(() => undefined);
    slot.state = 'closed';
    this.#out.delete(slot);
    this.#closedCount++;
    this.#listeners.emit('close', { ...subject(slot), reason });
  }

  // ── Invalidation, end and new beginning ─────────────────────────────────────────────────────────────────────────────

  /** Hard: closed now, whatever it does. Soft: it may finish, and is closed when it comes back. */
  async invalidate(slot: Slot<R>, mode: 'soft' | 'hard', reason: string): Promise<void> {
    if (slot.state !== 'lent') return;
    this.#countInvalid(slot, reason);
    if (mode === 'soft') slot.outdated = true;
    else await this.#leave(slot, reason);
  }

  #countInvalid(slot: Slot<R>, reason: string): void {
    if (slot.outdated) return;
    this.#invalidated++;
    this.#listeners.emit('invalidate', { ...subject(slot), reason });
  }

  /** Ends the generation: idle connections close now; lent ones now (`hard`) or when they come back (`soft`). */
  async invalidateAll(mode: 'soft' | 'hard', reason: string): Promise<void> {
    for (const slot of [...this.#idle, ...this.lent()]) this.#countInvalid(slot, reason);
    await this.#newGeneration(mode, reason);
  }

  async #newGeneration(mode: 'soft' | 'hard', reason: string): Promise<void> {
    this.#generation++;
    const idle = this.closeIdle(reason);
    const lent = mode === 'hard' ? this.lent().map(slot => this.#leave(slot, reason)) : [];
    await Promise.all([idle, ...lent]);
  }

  /** Closes what is idle now; the next checkout opens anew. */
  async closeIdle(reason: string, enough: (slot: Slot<R>) => boolean = () => true): Promise<void> {
    const chosen = this.#idle.filter(enough);
    await Promise.all(
      chosen.map(slot => {
        this.#idle.splice(this.#idle.indexOf(slot), 1);
        this.#out.add(slot);
        slot.lane = 'read';
        this.#take('read');
        return this.#leave(slot, reason);
      }),
    );
  }

  /** Takes new options at once; connections beyond a smaller size close as they come back. */
  async configure(options: PoolOptions): Promise<void> {
    this.#options = options;
    this.#limit = limitOf(options);
    const surplus = this.#idle.length - idleLimitOf(options);
    const first = this.#idle.slice(0, Math.max(0, surplus));
    this.#pump();
    this.#measure();
    await this.closeIdle('overflow', slot => first.includes(slot));
  }

  /**
   * No checkout from now on; waiters are told. Lent connections may come back for `graceMs`; then they are closed, whatever
   * they do. Resolves when every connection is closed.
   */
  async dispose(graceMs: number): Promise<void> {
    this.#closed = true;
    this.#generation++;
    this.#stopSweep?.();
    this.#stopSweep = null;
    this.#sweepAt = Number.POSITIVE_INFINITY;
    const error = () => new Problem('failed', 'the connection pool was closed while this waited for a connection.');
    for (const lane of lanes) for (const waiter of [...this.#waiters[lane]]) waiter.reject(error());
    for (const waiter of [...this.#serving.keys()]) waiter.reject(error());
    await this.closeIdle('the pool was closed');
    if (graceMs > 0 && this.#out.size > 0) await this.#emptied(graceMs);
    await Promise.all(this.lent().map(slot => this.#leave(slot, 'the pool was closed')));
    if (this.#out.size > 0) await this.#emptied(this.#options.stepTimeoutMs);
  }

  async #emptied(ms: number): Promise<void> {
    await new Promise<void>(resolve => {
      const done = () => {
        stopTimer();
        this.#whenEmpty = null;
        resolve();
      };
      const stopTimer = this.#timing.after(ms, done);
      this.#whenEmpty = done;
    });
  }
  #whenEmpty: (() => void) | null = null;

  /** A new generation, open again after `dispose` too. What is still lent belongs to the old one and closes on return. */
  async recreate(): Promise<void> {
    this.#closed = false;
    await this.#newGeneration('soft', 'recreated');
    this.#pump();
  }

  // ── Places, time and alerts ─────────────────────────────────────────────────────────────────────────────────────────

  #take(lane: Lane): void {
    this.#taken++;
    this.#takenBy[lane]++;
    this.#measure();
  }

  #give(lane: Lane): void {
    this.#taken--;
    this.#takenBy[lane]--;
    this.#measure();
    if (this.#out.size === 0) this.#whenEmpty?.();
  }

  #measure(): void {
    // Far below the first level, with nothing to clear: the usual case, and it must cost nothing.
    if (this.#taken * 10 < this.#limit * 8 && this.#utilisation.standing === null) return;
    for (const { percent, raised } of this.#utilisation.update(this.#taken, this.#limit, this.#timing.now())) {
      const sentence = raised
        ? `${percent} % of the connections are checked out (${this.#taken} of ${this.#limit})`
        : `below ${percent} % of the connections again (${this.#taken} of ${this.#limit})`;
      this.#listeners.emit('alert', { percent, raised, sentence });
    }
  }

  /** The result of one step, or a rejection when it takes longer than `stepTimeoutMs`. */
  #within<T>(step: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const { stepTimeoutMs } = this.#options;
      const stop = this.#timing.after(
        stepTimeoutMs,
        () => reject(new Error(`took longer than ${stepTimeoutMs} ms`)),
        true,
      );
      step().finally(stop).then(resolve, reject);
    });
  }

  /** One timer for everything that comes due: idle time-outs and leaks. */
  #sweepBy(at: number): void {
    if (at >= this.#sweepAt || this.#closed) return;
    this.#stopSweep?.();
    this.#sweepAt = at;
    this.#stopSweep = this.#timing.after(Math.max(1, at - this.#timing.now()), () => this.#sweep(), true);
  }

  #sweep(): void {
    this.#sweepAt = Number.POSITIVE_INFINITY;
    this.#stopSweep = null;
    const now = this.#timing.now();
    const { idleTimeoutMs, minIdle, leakAfterMs } = this.#options;
    if (idleTimeoutMs > 0) {
      const stale = this.#idle.filter(slot => now >= slot.usedAt + idleTimeoutMs);
      const surplus = stale.slice(0, Math.max(0, this.#idle.length - minIdle));
      if (surplus.length > 0) void this.closeIdle('idle for long', slot => surplus.includes(slot));
      if (this.#idle.length > minIdle) {
        this.#sweepBy(Math.min(...this.#idle.map(slot => slot.usedAt)) + idleTimeoutMs);
      }
    }
    for (const slot of leakAfterMs > 0 ? this.lent() : []) {
      if (slot.lane === 'interactive' || slot.leaked) continue;
      const heldMs = now - slot.lentAt;
      if (now < slot.lentAt + leakAfterMs) this.#sweepBy(slot.lentAt + leakAfterMs);
      else {
        slot.leaked = true;
        this.#leaked++;
        this.#listeners.emit('leak', { ...subject(slot), heldMs, stack: slot.trace.stack ?? '' });
      }
    }
  }

  /** What a waiter is told whose time ran out. */
  timeout(lane: Lane): Problem {
    const { size, maxOverflow, timeoutMs } = this.#options;
    const now = this.#timing.now();
    const held = this.lent().map(slot => `#${slot.id} ${slot.tag || slot.lane} for ${seconds(now - slot.lentAt)}`);
    const sentence =
      `no connection was free within ${seconds(timeoutMs ?? 0)} for the ${lane} lane ` +
      `(size ${size}, overflow ${maxOverflow}, timeout ${seconds(timeoutMs ?? 0)}); ` +
      `${held.length > 0 ? `held: ${held.join(', ')}` : 'none is held'}${this.#opening > 0 ? `; ${this.#opening} opening` : ''}.`;
    return new Problem('failed', sentence, {
      next: 'wait for one of these to end or cancel it, or allow more: pool set size N',
      cause: this.#lastOpenError,
    });
  }
}

function subject<R>(slot: Slot<R>): { connection: number; lane: Lane; tag: string } {
  return { connection: slot.id, lane: slot.lane, tag: slot.tag };
}

/** `12.3 s`, and milliseconds below one second. */
export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
