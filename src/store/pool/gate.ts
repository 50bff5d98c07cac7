/**
 * How many statements may be in the driver's hands at once. Each occupies a thread of the process (UV_THREADPOOL_SIZE), and
 * so do file calls, name look-ups and the driver's own `connect`: when all are taken, everything waits for the longest
 * statement, and interrupting a statement that still waits for a thread does nothing. So two threads always stay free, a
 * statement is handed over only when a thread is free for it, and one that is aborted while it waits here never starts.
 * Of the places, one is kept for the prompt and one for the writer: short statements never queue behind long readers.
 */
import type { Lane } from '../connection.ts';
import { cancelled, onAbort } from './abort.ts';

/** Threads left to the rest of the process. */
const spare = 2;

interface Waiting {
  readonly start: () => void;
}

export class Gate {
  readonly limit: number;
  #running = 0;
  #closed = false;
  readonly #queues: Record<Lane, Set<Waiting>> = { interactive: new Set(), write: new Set(), read: new Set() };

  /** @param threads of the process's pool; the limit is two fewer, at least one. */
  constructor(threads: number) {
    this.limit = Math.max(1, threads - spare);
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#queues.interactive.size + this.#queues.write.size + this.#queues.read.size;
  }

  /** Runs `work` when a place is free for this lane. Throws `cancelled` without starting it when a signal comes first. */
  async run<T>(lane: Lane, signals: readonly (AbortSignal | undefined)[], work: () => Promise<T>): Promise<T> {
    for (const signal of signals) if (signal?.aborted) throw cancelled(signal);
    if (this.#queues[lane].size > 0 || !this.#admits(lane)) await this.#wait(lane, signals);
    else this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#next();
    }
  }

  /** Does `work`, which asks for no place itself, while no statement runs and none begins; false where one runs now. */
  async alone(work: () => Promise<void>): Promise<boolean> {
    if (this.#running > 0 || this.#closed) return false;
    this.#closed = true;
    try {
      await work();
      return true;
    } finally {
      this.#closed = false;
      this.#next();
    }
  }

  /** Readers leave two places free, the writer one, the prompt may take the last; with fewer places, as many as there are. */
  #admits(lane: Lane): boolean {
    if (this.#closed) return false;
    const kept = lane === 'interactive' ? 0 : lane === 'write' ? 1 : 2;
    return this.#running < Math.max(1, this.limit - kept);
  }

  #wait(lane: Lane, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.#queues[lane];
      const settle = () => {
        queue.delete(waiting);
        for (const stop of stops) stop();
      };
      const waiting: Waiting = {
        start: () => {
          settle();
          this.#running++;
          resolve();
        },
      };
      const abort = () => {
        settle();
        reject(cancelled(signals.find(signal => signal?.aborted)));
        this.#next();
      };
      const stops = signals.map(signal => onAbort(signal, abort));
      queue.add(waiting);
    });
  }

  #next(): void {
    for (const lane of ['interactive', 'write', 'read'] as const) {
      for (const waiting of this.#queues[lane]) {
        if (!this.#admits(lane)) break;
        waiting.start();
      }
    }
  }
}

/** Threads of this process's pool: `UV_THREADPOOL_SIZE`, 4 when unset, 1024 at most (libuv's own rule). */
export function threadsOfProcess(setting: string | undefined = process.env.UV_THREADPOOL_SIZE): number {
  const threads = Number.parseInt(setting ?? '', 10);
  return Number.isNaN(threads) ? 4 : Math.min(1024, Math.max(1, threads));
}

let shared: Gate | undefined;

/** The gate of this process: threads are shared by all pools, so their statements are counted together. */
export function processGate(): Gate {
  shared ??= new Gate(threadsOfProcess());
  return shared;
}
