/**
 * What the provider allows one address: logins at once, requests a day, and the ban that follows. All clients of a gateway
 * come from one address. A day is one of Shanghai.
 */
import type { Clock } from '../config/clock.ts';
import type { ErrorCode } from './errors.ts';

export interface LimitOptions {
  /** Logins at once; further ones are refused with 10001005. */
  readonly maxSessions?: number;
  /** Messages a day, logins included; the one after is the first to be answered with 10001011. */
  readonly quota?: number;
  /** How long a ban lasts, in seconds; default 6 hours, as reported of the provider's first one. */
  readonly banSeconds?: number;
}

const usualBan = 6 * 3600;

export class Limits {
  private readonly options: LimitOptions;
  private readonly clock: Clock;
  private day = '';
  private used = 0;
  private bannedUntil = 0;
  private sessions = 0;

  constructor(options: LimitOptions, clock: Clock) {
    this.options = options;
    this.clock = clock;
  }

  /** Counts a message; the error it must be answered with, if any. */
  count(): ErrorCode | null {
    const { quota, banSeconds = usualBan } = this.options;
    if (quota === undefined) return null;
    const now = this.clock.now();
    if (now < this.bannedUntil) return '10001011';
    const today = this.clock.today();
    if (today !== this.day || this.bannedUntil > 0) {
      this.day = today;
      this.used = 0;
      this.bannedUntil = 0;
    }
    this.used++;
    if (this.used <= quota) return null;
    this.bannedUntil = now + banSeconds * 1000;
    return '10001011';
  }

  /** Takes a place for a login; false when all are taken. */
  enter(): boolean {
    if (this.options.maxSessions !== undefined && this.sessions >= this.options.maxSessions) return false;
    this.sessions++;
    return true;
  }

  leave(): void {
    this.sessions--;
  }
}
