/**
 * The circuit breaker of a crew: tells a bad line from a bad answer. While answers come it is closed and costs nothing.
 * When the line fails several times in a row, without one answer between, it opens: one probe at a time, further and further
 * apart. When all probes failed the endpoint is given up: one sentence instead of one failure a task. Pure: times come in.
 */
export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly threshold: number;
  /** Waits before the probes while nothing was ever answered, ms. */
  readonly freshMs: readonly number[];
  /** A line that was never reached is given up after so long, whatever probes are out, ms. */
  readonly freshPatienceMs: number;
  /** Waits before the probes of a line that has worked before: more patience. */
  readonly provenMs: readonly number[];
}

export class Breaker {
  readonly #options: BreakerOptions;
  readonly #random: () => number;
  #failures = 0;
  #proven = false;
  #firstAt = 0;
  /** Probes sent since it opened; null while closed. */
  #probes: number | null = null;
  #probing = false;
  #nextAt = 0;

  constructor(options: BreakerOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  /** Failures since the last answer. */
  get failures(): number {
    return this.#failures;
  }

  /** Time of the first failure since the last answer. */
  get failingSince(): number {
    return this.#firstAt;
  }

  get open(): boolean {
    return this.#probes !== null;
  }

  /** When a line that was never reached is given up; null for one that was, or that has not failed. */
  get deadline(): number | null {
    return this.#proven || this.#failures === 0 ? null : this.#firstAt + this.#options.freshPatienceMs;
  }

  /** True once all probes failed, or patience is at its end. */
  exhausted(now: number): boolean {
    if (this.deadline !== null && now >= this.deadline) return true;
    return this.#probes !== null && !this.#probing && this.#probes >= this.#waits.length;
  }

  get #waits(): readonly number[] {
    return this.#proven ? this.#options.provenMs : this.#options.freshMs;
  }

  /** An answer came, of whatever content: the line works. */
  answered(): void {
    this.#failures = 0;
    this.#proven = true;
    this.#probes = null;
    this.#probing = false;
  }

  /** A login succeeded: somebody is there. It proves no more: a line may let logins through and lose every answer after. */
  reached(): void {
    this.#proven = true;
    this.#probing = false;
  }

  /** A try failed for the line's sake. `since`: when that try began. */
  failed(now: number, since: number): void {
    if (this.#failures === 0) this.#firstAt = since;
    this.#failures += 1;
    if (this.#probes === null) {
      if (this.#failures < this.#options.threshold) return;
      this.#probes = 0;
    } else if (this.#probing) {
      this.#probing = false;
      this.#probes += 1;
    } else {
      return;
    }
    const wait = this.#waits[this.#probes];
    if (wait !== undefined) this.#nextAt = now + wait * (0.8 + 0.4 * this.#random());
  }

  /** Ms until something may be tried; 0 is now, null while a probe is out. */
  waitMs(now: number): number | null {
    if (this.#probes === null) return 0;
    if (this.#probing) return null;
    return Math.max(0, this.#nextAt - now);
  }

  /** Told when something is tried: while open it is the probe. */
  tried(): void {
    if (this.#probes !== null) this.#probing = true;
  }

  /** A try ended without telling anything of the line (it was cancelled, or its worker died). */
  dropped(): void {
    this.#probing = false;
  }
}
