/** Doing a transaction again when another one was first, and only then. */
import { cancelled, onAbort } from './abort.ts';
import { StatementError } from './statement-error.ts';
import type { Timing } from './timing.ts';

export interface RetryOptions {
  readonly timing: Timing;
  readonly signal?: AbortSignal | undefined;
  /** After this long the conflict is thrown. null: never. */
  readonly timeoutMs: number | null;
}

/** The first wait, its growth and its end, ms. Each wait is a random share of it, so that rivals part. */
const first = 2;
const most = 200;

/** Runs `work` until it ends without a conflict; every other error is thrown at once. */
export async function retryConflicts<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { timing, signal, timeoutMs } = options;
  const begun = timing.now();
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const late = timeoutMs !== null && timing.now() - begun >= timeoutMs;
      if (!(error instanceof StatementError) || !error.conflict || late) throw error;
      await pause(timing, Math.min(most, first * 2 ** attempt) * (0.5 + timing.random() / 2), signal);
    }
  }
}

function pause(timing: Timing, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled(signal));
    const stopTimer = timing.after(ms, () => {
      stopListening();
      resolve();
    });
    const stopListening = onAbort(signal, () => {
      stopTimer();
      reject(cancelled(signal));
    });
  });
}
