/**
 * How many workers may be at work: starts at what was asked, goes down when the provider refuses a login (10001005) or says
 * that requests come too fast, and up again by one after a quiet time. Each refusal doubles that time, so that a provider
 * which allows two sessions is not asked for a third all day. Pure: times come in.
 */
export interface GateOptions {
  readonly workers: number;
  /** First quiet time before one more worker is tried, ms. */
  readonly quietMs: number;
  /** Longest quiet time, ms. */
  readonly quietCapMs: number;
}

export class Gate {
  readonly #options: GateOptions;
  #limit: number;
  #quietMs: number;
  #raiseAt = Number.POSITIVE_INFINITY;

  constructor(options: GateOptions, limit = options.workers) {
    this.#options = options;
    this.#limit = Math.max(1, Math.min(limit, options.workers));
    this.#quietMs = options.quietMs;
  }

  get limit(): number {
    return this.#limit;
  }

  /** A limit known from an earlier run: raised only after a quiet time. */
  learned(now: number): void {
    if (this.#limit < this.#options.workers) this.#raiseAt = now + this.#quietMs;
  }

  /** A login was refused while so many sessions were open. */
  loginRefused(now: number, open: number): void {
    this.#lower(now, Math.max(1, open));
  }

  /** The provider said that requests come too fast. */
  throttled(now: number): void {
    this.#lower(now, Math.max(1, this.#limit - 1));
  }

  #lower(now: number, limit: number): void {
    if (limit < this.#limit || this.#raiseAt <= now)
      this.#quietMs = Math.min(this.#options.quietCapMs, this.#quietMs * 2);
    this.#limit = Math.min(this.#limit, limit);
    this.#raiseAt = now + this.#quietMs;
  }

  /** A task was answered; true when one more worker may be tried now. */
  answered(now: number): boolean {
    if (this.#limit >= this.#options.workers || now < this.#raiseAt) return false;
    this.#limit += 1;
    this.#raiseAt = now + this.#quietMs;
    return true;
  }
}
