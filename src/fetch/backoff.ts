/**
 * How long to wait before trying again: exponential with full jitter, so that tasks that failed together do not come back
 * together. The formula is that of the AWS Architecture Blog, "Exponential Backoff And Jitter" (2015): a random point between 0
 * and the cap.
 */
export interface BackoffOptions {
  /** Upper end of the first wait, ms. */
  readonly baseMs: number;
  /** No wait is longer, ms. */
  readonly capMs: number;
}

/**
 * @param failures tries that failed so far, counted from 1
 * @param random 0 <= random < 1
 * @param atLeastMs a time that the provider named
 */
export function backoff(failures: number, random: number, options: BackoffOptions, atLeastMs = 0): number {
  const ceiling = Math.min(options.capMs, options.baseMs * 2 ** Math.min(failures - 1, 30));
  return atLeastMs + Math.round(random * ceiling);
}
