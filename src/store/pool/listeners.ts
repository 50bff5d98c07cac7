/** Typed events of the pool. A listener that throws harms neither the pool nor the other listeners. */
import type { Lane } from '../connection.ts';

export interface Subject {
  readonly connection: number;
  readonly lane?: Lane;
  readonly tag?: string;
}

export interface PoolEvents {
  /** Once for each generation, before its first `connect`. */
  'first-connect': Subject;
  connect: Subject;
  checkout: Subject & { readonly waitedMs: number };
  /** A returned connection needed more than nothing: what was found on it. */
  reset: Subject & { readonly found: string };
  checkin: Subject;
  invalidate: Subject & { readonly reason: string };
  close: Subject & { readonly reason: string };
  alert: { readonly percent: number; readonly raised: boolean; readonly sentence: string };
  /** Held for longer than `leakAfterMs`; `stack` is where it was checked out. */
  leak: Subject & { readonly heldMs: number; readonly stack: string };
  /** Returned twice, used after its return, or returned with something still open on it; `stack`: its checkout, or this. */
  misuse: Subject & { readonly what: string; readonly stack: string };
  /** The file was closed while idle, or opened again. */
  suspend: { readonly path: string };
  resume: { readonly path: string };
  /** The engine failed for good and the file was opened again. */
  reopen: { readonly path: string; readonly cause: string };
}

type Listener<K extends keyof PoolEvents> = (event: PoolEvents[K]) => void;

export class Listeners {
  readonly #of = new Map<keyof PoolEvents, Set<(event: never) => void>>();

  /** @returns the way to stop listening. */
  on<K extends keyof PoolEvents>(name: K, listener: Listener<K>): () => void {
    const all = this.#of.get(name) ?? new Set();
    this.#of.set(name, all);
    all.add(listener);
    return () => {
      all.delete(listener);
      if (all.size === 0) this.#of.delete(name);
    };
  }

  /** Whether anyone listens: the way to skip building an event that nobody reads. */
  has(name: keyof PoolEvents): boolean {
    return this.#of.has(name);
  }

  emit<K extends keyof PoolEvents>(name: K, event: PoolEvents[K]): void {
    for (const listener of [...(this.#of.get(name) ?? [])] as Listener<K>[]) {
      try {
        listener(event);
      } catch (thrown) {
        process.emitWarning(`a listener of the pool event '${name}' failed: ${String(thrown)}`);
      }
    }
  }
}
