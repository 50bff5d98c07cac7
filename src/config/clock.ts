/**
 * The one clock. Everything that asks "now" gets it from here: `DUCKLINE_NOW` (an instant from which the clock runs on),
 * else the host. The zone is Asia/Shanghai (UTC+8, no daylight saving) whatever the host's zone is.
 */
import type { IsoDate } from '../market/date.ts';

export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
  /** Today in Shanghai. */
  today(): IsoDate;
  /** Minutes since midnight in Shanghai: 17:30 is 1050. */
  minuteOfDay(): number;
}
