/** A clock that stands where a test puts it. */
import type { Clock } from '../../src/config/clock.ts';
import type { IsoDate } from '../../src/market/date.ts';

export class StandingClock implements Clock {
  at: number;

  constructor(at = '2026-11-20T20:00:00+08:00') {
    this.at = Date.parse(at);
  }

  now(): number {
    return this.at;
  }

  today(): IsoDate {
    return new Date(this.at + 8 * 3_600_000).toISOString().slice(0, 10) as IsoDate;
  }

  minuteOfDay(): number {
    return Math.floor(((this.at + 8 * 3_600_000) % 86_400_000) / 60_000);
  }
}
