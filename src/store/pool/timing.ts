/** Time and chance, passed in: the pool never asks the host for either, so that its tests wait for nothing. */
export interface Timing {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls `wake` once after `ms`; returns its cancellation. A `quiet` timer does not keep the process alive. */
  after(ms: number, wake: () => void, quiet?: boolean): () => void;
  /** 0 ≤ x < 1. */
  random(): number;
}

/** The longest delay that a timer of the host can hold (2^31 − 1 ms). */
const longest = 2_147_483_647;

export const hostTiming: Timing = {
  now: () => performance.now(),
  after(ms, wake, quiet = false) {
    const timer = setTimeout(wake, Math.min(Math.max(0, ms), longest));
    if (quiet) timer.unref();
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
