/**
 * The events of one run, for any number of listeners. Who comes late first hears what came before, as far as it still
 * matters: the start, the plan, the newest state of each worker, the newest counts, the last task ends and notices.
 */
import type { RunEvent } from './events.ts';

/** Task ends and notices kept for late listeners. */
const kept = 200;

export class Broadcast {
  readonly #listeners = new Set<(event: RunEvent) => void>();
  /** By what replaces what; in order of the last change. */
  readonly #newest = new Map<string, RunEvent>();
  #serial = 0;

  emit(event: RunEvent): void {
    this.#keep(event);
    for (const listener of [...this.#listeners]) listener(event);
  }

  on(listener: (event: RunEvent) => void): () => void {
    for (const event of [...this.#newest.values()]) listener(event);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #keep(event: RunEvent): void {
    const key = this.#keyOf(event);
    this.#newest.delete(key);
    this.#newest.set(key, event);
  }

  /** Each of the last task ends and notices has a place of its own; the place of an older one is taken again. */
  #keyOf(event: RunEvent): string {
    if (event.type === 'worker') return `worker ${event.worker.id}`;
    if (event.type !== 'task' && event.type !== 'notice') return event.type;
    this.#serial += 1;
    return `${event.type} ${this.#serial % kept}`;
  }
}
