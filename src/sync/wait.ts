/**
 * `sync --wait`: a sync that does what can be done now, waits for what it cannot have yet, and goes on by itself: for the
 * session of today, whose bars come out in the evening, and not always whole at once; for the next day, where today's requests are used; for the end of a
 * ban. It ends when everything published is stored, or when something fails that waiting does not mend. The clock is looked at
 * again every few seconds, so that a machine that slept, or a clock that was set, is noticed.
 */
import type { Clock } from '../config/clock.ts';
import type { RunEvent, RunSummary, WorkerView } from '../fetch/events.ts';
import { Limits } from '../fetch/limits.ts';
import { budgetOf, duration, shanghaiTime } from '../fetch/provider.ts';
import type { RunHandle } from '../fetch/request.ts';
import { publicationMinute, published } from '../market/calendar.ts';
import { addDays } from '../market/date.ts';
import { asProblem, Problem } from '../market/problem.ts';
import { readFailures } from '../store/ledger.ts';
import type { StartedFetch } from './fetch.ts';
import { newsOf } from './news.ts';
import type { ResolvedCode } from './resolve.ts';
import { previewSync, type SyncRequest, syncBars } from './sync.ts';
import { loadCalendar } from './trading-days.ts';

/** What is waited for, and the clock time (ms) at which it is looked at again. */
interface Wait {
  readonly until: number;
  readonly why: string;
}

export interface WaitOptions {
  /** Milliseconds between two looks at the clock. Default 15 s. */
  readonly stepMs?: number;
}

/** A provider that is late is asked again after so long. */
const lateMs = 10 * 60_000;
/** Clocks differ: a release is taken for past a little after it. */
const graceMs = 30_000;

/** Like `syncBars`; the handle is that of all its runs together, and its number that of the first. */
export function syncWaiting(request: SyncRequest, options: WaitOptions = {}): StartedFetch {
  const news = newsOf(request.database, request.universe, request.period);
  const waiting = new WaitingSync(request, options);
  return { handle: waiting, resolved: () => waiting.resolved, news };
}

class WaitingSync implements RunHandle {
  resolved: readonly ResolvedCode[] | null = null;
  readonly number: Promise<number>;
  readonly done: Promise<RunSummary>;
  readonly #request: SyncRequest;
  readonly #stepMs: number;
  readonly #listeners = new Set<(event: RunEvent) => void>();
  readonly #past: RunEvent[] = [];
  #numbered: (run: number) => void = () => {};
  #run: RunHandle | null = null;
  #cancelled = false;
  #wake: () => void = () => {};

  constructor(request: SyncRequest, { stepMs = 15_000 }: WaitOptions) {
    this.#request = request;
    this.#stepMs = stepMs;
    this.number = new Promise(resolve => {
      this.#numbered = resolve;
    });
    this.done = this.#work();
    this.done.catch(() => undefined);
  }

  on(listener: (event: RunEvent) => void): () => void {
    for (const event of this.#past) listener(event);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  workers(): readonly WorkerView[] {
    return this.#run?.workers() ?? [];
  }

  cancel(): void {
    this.#cancelled = true;
    this.#run?.cancel();
    this.#wake();
  }

  async #work(): Promise<RunSummary> {
    for (;;) {
      let summary: RunSummary | null = null;
      let problem: Problem | null = null;
      try {
        summary = await this.#once();
      } catch (thrown) {
        problem = asProblem(thrown);
      }
      const wait = this.#cancelled ? null : await this.#nextWait(summary, problem);
      if (wait) {
        const stored = summary && summary.rows > 0 ? `${summary.rows.toLocaleString('en-US')} bars stored; ` : '';
        const left = duration(wait.until - this.#clock.now());
        this.#emit({ type: 'notice', level: 'say', sentence: `${stored}waits for ${wait.why}, in ${left}` });
        await this.#pause(wait.until);
      }
      if (!wait || this.#cancelled) {
        if (this.#cancelled && wait) problem = summary ? null : new Problem('interrupted', 'the waiting was ended.');
        if (problem) throw problem;
        const last = summary as RunSummary;
        return wait && this.#cancelled ? { ...last, end: 'cancelled', message: 'the waiting was ended' } : last;
      }
    }
  }

  get #clock(): Clock {
    return this.#request.clock;
  }

  async #once(): Promise<RunSummary> {
    const { handle, resolved } = await syncBars(this.#request);
    this.#run = handle;
    if (this.#cancelled) handle.cancel();
    handle.number.then(this.#numbered, () => undefined);
    const stop = handle.on(event => {
      // Only the last run's end is that of the whole.
      if (event.type !== 'ended') this.#emit(event);
    });
    try {
      return await handle.done;
    } finally {
      this.resolved = resolved();
      this.#run = null;
      stop();
    }
  }

  /** Null: nothing to wait for. */
  async #nextWait(summary: RunSummary | null, problem: Problem | null): Promise<Wait | null> {
    const { database, source, to, period } = this.#request;
    const clock = this.#clock;
    const now = clock.now();
    const known = await new Limits(database, source.endpoint, clock).known();
    if (known.ban && known.ban.until > now) {
      return { until: known.ban.until + graceMs, why: `the ban to end, ${shanghaiTime(known.ban.until)} in Shanghai` };
    }
    const budget = this.#request.budget === undefined ? budgetOf(source) : this.#request.budget;
    if (budget !== null && known.used >= budget) {
      const minutes = 24 * 60 - clock.minuteOfDay();
      return { until: now + minutes * 60_000 + graceMs, why: "tomorrow's requests, 00:00 in Shanghai" };
    }
    if (problem || !summary || summary.end === 'failed' || summary.end === 'cancelled') return null;
    if (summary.failed > 0 && !(await this.#isLate(summary))) return null;
    if (to !== undefined) return null;
    const calendar = await loadCalendar(database);
    const today = clock.today();
    const minute = publicationMinute(period);
    const atMinute = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
    if (calendar.sessionOnOrBefore(today) === today && clock.minuteOfDay() < minute) {
      const until = Date.parse(`${today}T${atMinute}:00+08:00`);
      return { until, why: `today's session, published at ${atMinute}` };
    }
    const { plan } = await previewSync(this.#request);
    if (plan.tasks.length === 0) return null;
    // Asked for, not failed, and still missing: the provider is late. Not beyond this day.
    const until = now + lateMs;
    const midnight = Date.parse(`${addDays(today, 1)}T00:00:00+08:00`);
    return until < midnight ? { until, why: 'a session that the provider has not published whole' } : null;
  }

  /** All that failed is the newest session of the whole market, which came without many of its codes. */
  async #isLate({ run, failed }: RunSummary): Promise<boolean> {
    const { database, period } = this.#request;
    const newest = published(await loadCalendar(database), period, this.#clock);
    const failures = await readFailures(database, { run, datasets: ['day-bars'] });
    return failures.filter(({ params }) => params.date === newest).length === failed;
  }

  async #pause(until: number): Promise<void> {
    while (!this.#cancelled && this.#clock.now() < until) {
      const left = until - this.#clock.now();
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, Math.min(left, this.#stepMs));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #emit(event: RunEvent): void {
    this.#past.push(event);
    // Of what goes on and on only the last is worth repeating.
    if (this.#past.length > 1000) this.#past.splice(0, 500);
    for (const listener of this.#listeners) listener(event);
  }
}
