/**
 * The one door to a provider: every message needs a permit from here, logins, pages and logouts alike. Permits end with the
 * day's budget and with a ban; they come no faster than the rate allows. Promises: what was sent is counted exactly once,
 * what was lent and not used comes back, and the count of permits out plus messages sent never exceeds the budget.
 */
import type { Clock } from '../config/clock.ts';
import type { Failure } from '../source/outcome.ts';
import { type Ban, banLengthMs, duration, type Known, shanghaiTime } from './provider.ts';

/** What is left of a budget must be so large that permits may be lent before they are asked for. */
const abundance = 200;

/** Where the policy's counts are kept beyond this process. Both may be called often; neither throws. */
export interface ProviderMemory {
  /** Adds messages to today's count; what is known after it. */
  add(messages: number): Known;
  saveBan(ban: Ban): void;
  saveSessions(allowed: number): void;
}

export interface PolicyOptions {
  readonly clock: Clock;
  /** How the endpoint is called in sentences: `127.0.0.1:10030`. */
  readonly endpoint: string;
  readonly known: Known;
  /** Messages a day (Shanghai); null: no limit. */
  readonly budget: number | null;
  /** Messages a second; null: no limit. */
  readonly perSecond: number | null;
  readonly memory: ProviderMemory | null;
}

export class Policy {
  readonly #options: PolicyOptions;
  #day: string;
  #used: number;
  #lent = 0;
  #ban: Ban | null;
  #bans: number;
  /** Messages not yet written to the memory. */
  #unsaved = 0;
  /** Messages by method, not yet taken for a commit. */
  #uncommitted = new Map<string, number>();
  #nextAt = 0;
  readonly #changed = new Set<() => void>();
  #flush: NodeJS.Timeout | null = null;
  /** Told when permits that are out would be needed elsewhere. */
  onShort: () => void = () => {};
  /** Told when a ban becomes known, from whichever process. */
  onBan: (failure: Failure) => void = () => {};
  requests = 0;
  logins = 0;

  constructor(options: PolicyOptions) {
    this.#options = options;
    this.#day = options.clock.today();
    this.#used = options.known.used;
    this.#ban = options.known.ban;
    this.#bans = options.known.bans;
  }

  /** Messages counted today, by all processes as far as known. */
  get used(): number {
    this.#turnDay();
    return this.#used;
  }

  get budget(): number | null {
    return this.#options.budget;
  }

  get ban(): Ban | null {
    return this.#ban && this.#ban.until > this.#options.clock.now() ? this.#ban : null;
  }

  /** Messages that may still be lent today. */
  get remaining(): number {
    if (this.#options.budget === null) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#options.budget - this.used - this.#lent);
  }

  /** Permits ahead of need, as long as there are plenty; 0 where each must be asked for. */
  lend(count: number): number {
    if (this.ban || this.#options.perSecond !== null || this.remaining < abundance) return 0;
    this.#lent += count;
    return count;
  }

  /** One permit, when its time has come; a failure when none will be given. Rejects never; `null` is a permit. */
  async take(signal: AbortSignal): Promise<Failure | null> {
    for (;;) {
      const refusal = this.#refusal();
      if (refusal) return refusal;
      if (this.remaining >= 1) break;
      const change = this.#change(signal);
      this.onShort();
      await change;
      if (signal.aborted) return cancelled;
    }
    this.#lent += 1;
    const wait = this.#wait();
    if (wait > 0) {
      await sleep(wait, signal);
      if (signal.aborted) {
        this.giveBack(1);
        return cancelled;
      }
      const refusal = this.#refusal();
      if (refusal) {
        this.giveBack(1);
        return refusal;
      }
    }
    return null;
  }

  /** The logout of an orderly end needs no question. */
  lendLogout(): void {
    this.#lent += 1;
  }

  giveBack(count: number): void {
    this.#lent -= count;
    for (const tell of [...this.#changed]) tell();
  }

  sent(message: 'login' | 'request' | 'logout', method: string): void {
    this.#turnDay();
    this.#lent -= 1;
    this.#used += 1;
    this.#unsaved += 1;
    this.requests += 1;
    if (message === 'login') this.logins += 1;
    this.#uncommitted.set(method, (this.#uncommitted.get(method) ?? 0) + 1);
    if (this.#options.memory) this.#flush ??= setTimeout(() => this.save(), 500).unref();
  }

  /** The provider said that the address is banned: nothing goes out from now on. */
  banned(failure: Failure): void {
    if (this.ban) return;
    const now = this.#options.clock.now();
    this.#bans += 1;
    const length = failure.retryAfterMs ?? banLengthMs(this.#bans);
    this.#ban = { until: now + length, saidAt: now, said: failure.said ?? failure.message };
    this.#options.memory?.saveBan(this.#ban);
    this.onBan(this.#banFailure(this.#ban));
    for (const tell of [...this.#changed]) tell();
  }

  learned(sessions: number): void {
    this.#options.memory?.saveSessions(sessions);
  }

  /** Messages by method since the last call. */
  takeCounts(): ReadonlyMap<string, number> {
    const counts = this.#uncommitted;
    this.#uncommitted = new Map();
    return counts;
  }

  /** Counts of a commit that failed. */
  putBack(counts: ReadonlyMap<string, number>): void {
    for (const [method, count] of counts) this.#uncommitted.set(method, (this.#uncommitted.get(method) ?? 0) + count);
  }

  /** Writes what was counted to the memory, and learns what other processes wrote there. */
  save(): void {
    if (this.#flush) clearTimeout(this.#flush);
    this.#flush = null;
    const { memory } = this.#options;
    if (!memory || this.#unsaved === 0) return;
    const known = memory.add(this.#unsaved);
    this.#unsaved = 0;
    this.#used = Math.max(this.#used, known.used);
    if (known.ban && known.ban.until > (this.#ban?.until ?? 0)) {
      this.#ban = known.ban;
      this.#bans = known.bans;
      if (this.ban) this.onBan(this.#banFailure(known.ban));
    }
  }

  #refusal(): Failure | null {
    const { ban } = this;
    if (ban) return this.#banFailure(ban);
    const { budget, clock } = this.#options;
    if (budget === null || this.used < budget) return null;
    const wait = (24 * 60 - clock.minuteOfDay()) * 60_000;
    return {
      class: 'quota',
      message: `Today's ${budget.toLocaleString('en-US')} requests are used; more at 00:00 in Shanghai, in ${duration(wait)}.`,
      retryAfterMs: wait,
    };
  }

  #banFailure(ban: Ban): Failure {
    return {
      class: 'banned',
      message: `${this.#options.endpoint} has banned this address until ${shanghaiTime(ban.until)} in Shanghai.`,
      said: ban.said,
      retryAfterMs: Math.max(0, ban.until - this.#options.clock.now()),
    };
  }

  #turnDay(): void {
    const day = this.#options.clock.today();
    if (day === this.#day) return;
    this.#day = day;
    this.#used = 0;
  }

  /** Ms to wait for the rate; takes the place in the line. */
  #wait(): number {
    const { perSecond } = this.#options;
    if (perSecond === null) return 0;
    const now = performance.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + 1_000 / perSecond;
    return at - now;
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        this.#changed.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#changed.add(done);
      signal.addEventListener('abort', done);
    });
  }
}

const cancelled: Failure = { class: 'retry-network', message: 'The run was ended.' };

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
