/** Signals: what listens to them here, and what their bearer is told. */
import { setMaxListeners } from 'node:events';
import { Problem } from '../../market/problem.ts';

const nothing = () => undefined;

/** Calls `act` once when the signal comes; returns the way to stop listening. One signal may stop any number of statements. */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (!signal) return nothing;
  setMaxListeners(0, signal);
  signal.addEventListener('abort', act, { once: true });
  return () => signal.removeEventListener('abort', act);
}

/** What waiting for or running a statement throws after its signal; the reason of the signal is the cause. */
export function cancelled(signal: AbortSignal | undefined): Problem {
  return new Problem('interrupted', 'the statement was cancelled.', { cause: signal?.reason });
}
