/** What a crew goes by: how often and how soon something is tried again, what wears out, how long anything is waited for. */
import type { BackoffOptions } from './backoff.ts';
import type { BreakerOptions } from './breaker.ts';
import { type SlotTimes, slotTimes } from './slot.ts';

export interface CrewSettings {
  /** Tries of a task in one run. */
  readonly tries: number;
  readonly retry: BackoffOptions;
  /** For logins that fail. */
  readonly relogin: BackoffOptions;
  /** For a line that fails. */
  readonly probes: Omit<BreakerOptions, 'threshold'>;
  /** Permits lent to a worker ahead of need. */
  readonly permitsAhead: number;
  /** A session is renewed after so many messages or minutes, a process beyond so much memory. */
  readonly recycle: { readonly messages: number; readonly minutes: number; readonly memoryMb: number };
  /** Quiet time before one more worker is tried after a refusal, ms, and its upper end. */
  readonly quietMs: number;
  readonly quietCapMs: number;
  /** How long the first tasks wait for all workers to be logged in, so that all share the work from its start, ms. */
  readonly musterMs: number;
  /** How long running tasks may go on after a cancel, ms. */
  readonly cancelGraceMs: number;
  /** Deaths in a row, without a task ended, after which a slot is not filled again. */
  readonly deaths: number;
  readonly times: SlotTimes;
}

export const crewSettings: CrewSettings = {
  tries: 4,
  retry: { baseMs: 250, capMs: 30_000 },
  relogin: { baseMs: 400, capMs: 15_000 },
  probes: { freshMs: [1_000, 3_000], freshPatienceMs: 15_000, provenMs: [1_000, 5_000, 20_000, 34_000] },
  permitsAhead: 4,
  recycle: { messages: 5_000, minutes: 25, memoryMb: 400 },
  quietMs: 30_000,
  quietCapMs: 600_000,
  musterMs: 5_000,
  cancelGraceMs: 700,
  deaths: 4,
  times: slotTimes,
};
