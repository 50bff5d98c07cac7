/** The right to write: one holder at a time, in the order of asking. It is not a connection, so that the prompt can take it for its own. */
import { Problem } from '../../market/problem.ts';
import { cancelled, onAbort } from './abort.ts';
import type { Timing } from './timing.ts';

/** The right to write did not come in time. */
export class LaneHeld extends Problem {
  /** Who has it. */
  readonly holder: string;

  constructor(holder: string, sentence: string, next: string) {
    super('failed', sentence, { next });
    this.holder = holder;
  }
}

interface Asking {
  readonly tag: string;
  grant(): void;
  refuse(error: Problem): void;
}

export class Turn {
  readonly #timing: Timing;
  readonly #queue = new Set<Asking>();
  #holder: { readonly tag: string; readonly since: number } | null = null;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  get holder(): string | null {
    return this.#holder?.tag ?? null;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** @returns the way to give it back; calling that twice does nothing. */
  take(tag: string, timeoutMs: number | null, signal: AbortSignal | undefined): Promise<() => void> {
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    if (!this.#holder) return Promise.resolve(this.#grant(tag));
    return new Promise((resolve, reject) => {
      let stopTimer: () => void = () => undefined;
      const settle = () => {
        this.#queue.delete(asking);
        stopTimer();
        stopListening();
      };
      const asking: Asking = {
        tag,
        grant: () => {
          settle();
          resolve(this.#grant(tag));
        },
        refuse: error => {
          settle();
          reject(error);
        },
      };
      const stopListening = onAbort(signal, () => asking.refuse(cancelled(signal)));
      if (timeoutMs !== null) stopTimer = this.#timing.after(timeoutMs, () => asking.refuse(this.#timeout(timeoutMs)));
      this.#queue.add(asking);
    });
  }

  refuseAll(error: () => Problem): void {
    for (const asking of [...this.#queue]) asking.refuse(error());
  }

  #grant(tag: string): () => void {
    const mine = { tag, since: this.#timing.now() };
    this.#holder = mine;
    return () => {
      if (this.#holder !== mine) return;
      this.#holder = null;
      const [next] = this.#queue;
      next?.grant();
    };
  }

  #timeout(timeoutMs: number): Problem {
    const held = this.#holder ? Math.round((this.#timing.now() - this.#holder.since) / 100) / 10 : 0;
    const holder = this.#holder?.tag || 'a writer';
    return new LaneHeld(
      holder,
      `the write lane was not free within ${timeoutMs / 1000} s: ${holder} has held it for ${held} s.`,
      'wait for it to end, or COMMIT or ROLLBACK the open transaction',
    );
  }
}
