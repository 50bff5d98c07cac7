/** A clock that moves when told, and an opener whose every step succeeds, fails or hangs as told. */
import type { Opener } from '../../../src/store/pool/opener.ts';
import type { Timing } from '../../../src/store/pool/timing.ts';

export class FakeTiming implements Timing {
  time = 0;
  readonly #timers = new Map<number, { at: number; wake: () => void }>();
  #next = 0;
  readonly random: () => number;

  constructor(random: () => number = () => 0) {
    this.random = random;
  }

  now(): number {
    return this.time;
  }

  after(ms: number, wake: () => void): () => void {
    const id = ++this.#next;
    this.#timers.set(id, { at: this.time + ms, wake });
    return () => this.#timers.delete(id);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Lets the time pass and everything that came due happen, in order. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      const [id, { at, wake }] = due;
      this.#timers.delete(id);
      this.time = Math.max(this.time, at);
      wake();
      await settled();
    }
    this.time = end;
    await settled();
  }
}

/** After every promise that can settle has settled. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

export interface Thing {
  readonly id: number;
  open: boolean;
}

export type Step = 'open' | 'validate' | 'reset' | 'close';
type Behaviour = 'works' | 'fails' | 'waits';

export class FakeOpener implements Opener<Thing> {
  readonly live = new Set<Thing>();
  readonly calls: Record<Step, number> = { open: 0, validate: 0, reset: 0, close: 0 };
  behaviour: Record<Step, () => Behaviour> = {
    open: () => 'works',
    validate: () => 'works',
    reset: () => 'works',
    close: () => 'works',
  };
  readonly #waiting: { step: Step; finish: (works: boolean) => void }[] = [];
  #ids = 0;
  most = 0;

  waiting(step?: Step): number {
    return this.#waiting.filter(one => !step || one.step === step).length;
  }

  /** Ends the oldest waiting step (of this kind). */
  finish(works = true, step?: Step): void {
    const index = this.#waiting.findIndex(one => !step || one.step === step);
    const [one] = index < 0 ? [] : this.#waiting.splice(index, 1);
    one?.finish(works);
  }

  #do(step: Step): Promise<boolean> {
    this.calls[step]++;
    const behaviour = this.behaviour[step]();
    if (behaviour === 'waits') return new Promise(finish => this.#waiting.push({ step, finish }));
    return Promise.resolve(behaviour === 'works');
  }

  async open(): Promise<Thing> {
    if (!(await this.#do('open'))) throw new Error('open failed');
    const thing = { id: ++this.#ids, open: true };
    this.live.add(thing);
    this.most = Math.max(this.most, this.live.size);
    return thing;
  }

  validate(): Promise<boolean> {
    return this.#do('validate');
  }

  reset(): boolean | Promise<boolean> {
    if (this.behaviour.reset() === 'works') {
      this.calls.reset++;
      return true;
    }
    return this.#do('reset');
  }

  async close(thing: Thing): Promise<void> {
    if (!thing.open) throw new Error('closed twice');
    thing.open = false;
    const works = await this.#do('close');
    this.live.delete(thing);
    if (!works) throw new Error('close failed');
  }
}
