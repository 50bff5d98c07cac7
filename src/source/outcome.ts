/**
 * How a task ends: exactly one of these classes, in the worker, on the ledger, in tests. Never a comparison of texts.
 * The classes and what may be retried are those of the market's providers: only `retry-*` and `throttled` are tried again
 * within a run.
 */
export type EmptyReason =
  | 'suspended'
  | 'before-listing'
  | 'after-delisting'
  | 'not-published'
  | 'no-events'
  | 'not-offered'
  | 'no-sessions';

export const failureClasses = [
  'retry-network',
  'retry-session',
  'throttled',
  'quota',
  'banned',
  'auth',
  'permission',
  'bad-request',
  'unknown-code',
  'bad-data',
  'poison',
  'storage',
] as const;

export type FailureClass = (typeof failureClasses)[number];

export interface Failure {
  readonly class: FailureClass;
  /** One English sentence, our own; the provider's words are in `said`. */
  readonly message: string;
  /** The provider's error code, where it gave one: `10001011`. */
  readonly code?: string;
  /** The provider's own text, untrusted. */
  readonly said?: string;
  /** Milliseconds to wait at least, where the provider named a time. */
  readonly retryAfterMs?: number;
  /** The host name leads to no address, so that nobody was there to ask. */
  readonly unresolved?: true;
}

export type Outcome =
  | { readonly class: 'ok'; readonly rows: number }
  | { readonly class: 'ok-empty'; readonly reason: EmptyReason }
  | Failure;

export function isRetryable(failure: Failure): boolean {
  return failure.class === 'retry-network' || failure.class === 'retry-session' || failure.class === 'throttled';
}

/** How a run ended: `abandoned` is one whose process died; it is found and closed when the file is next opened. */
export type RunEnd = 'ok' | 'partial' | 'failed' | 'cancelled' | 'refused' | 'parked' | 'abandoned';
