/**
 * Entries of the ledger from which some are picked and asked for again, while one looks on. Each entry tells how far its own request is;
 * one that is settled says so for a moment and then leaves the list. What is on the list is what the ledger holds: it is read
 * again whenever a run may have changed it.
 */
import type { RunEvent, WorkerView } from '../fetch/events.ts';
import { asProblem, Problem } from '../market/problem.ts';
import { count, counted, rowsWord } from '../output/amounts.ts';
import { reasonWord } from '../output/outcome-words.ts';
import type { Outcome } from '../source/outcome.ts';
import type { LedgerAttempt } from '../store/attempts.ts';
import type { LedgerFailure } from '../store/ledger.ts';
import { runBasis, runView } from './bars-run.ts';
import type { Engine } from './engine.ts';
import type { Jobs } from './jobs.ts';

export interface PickState {
  /** `asked`: on its way. `settled`: about to leave the list. `failed`: stays. */
  readonly kind: 'asked' | 'settled' | 'failed';
  /** `page 1`, `try 2`, `stored 698 bars`, `failed again`. */
  readonly says: string;
}

export interface Pick {
  /** The same as long as the entry stands on the ledger. */
  readonly key: string;
  readonly failure: LedgerFailure;
  readonly state: PickState | null;
}

export interface PicksOptions {
  readonly engine: Engine;
  readonly jobs: Jobs;
  /** Milliseconds for which a settled entry stays in sight. Default 1500. */
  readonly lingerMs?: number;
}

/** Least time between two looks at the ledger, in ms. */
const lookEveryMs = 300;

export class LedgerPicks {
  /** What cannot be done, in a sentence, until the next request. */
  problem: Problem | null = null;
  /** Entries that were asked for again, and those of them that left the ledger. */
  asked = 0;
  settled = 0;
  private readonly engine: Engine;
  private readonly jobs: Jobs;
  private readonly lingerMs: number;
  private picks: readonly Pick[];
  private readonly kinds: ReadonlySet<string>;
  private readonly states = new Map<string, PickState>();
  private changed: () => void = () => undefined;
  private looking: NodeJS.Timeout | undefined;
  private readonly lingering = new Set<NodeJS.Timeout>();
  private readonly stops: (() => void)[] = [];
  private closed = false;

  constructor(failures: readonly LedgerFailure[], { engine, jobs, lingerMs = 1500 }: PicksOptions) {
    this.engine = engine;
    this.jobs = jobs;
    this.lingerMs = lingerMs;
    this.picks = failures.map(failure => ({ key: keyOf(failure), failure, state: null }));
    this.kinds = new Set(failures.map(kindOf));
  }

  attach(changed: () => void): void {
    this.changed = changed;
    this.stops.push(
      this.jobs.on(event => {
        if (event.type === 'ended' || (event.type === 'progress' && event.event.type === 'task')) this.lookSoon();
      }),
    );
  }

  get rows(): readonly Pick[] {
    return this.picks.map(pick => ({ ...pick, state: this.states.get(pick.key) ?? null }));
  }

  now(): number {
    return this.engine.opened?.clock.now() ?? Date.now();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.looking);
    for (const timer of this.lingering) clearTimeout(timer);
    for (const stop of this.stops.splice(0)) stop();
  }

  /** Asks for these again as one job, which goes on when nobody looks any more. What is on its way already is left out. */
  async refetch(keys: ReadonlySet<string>): Promise<void> {
    this.problem = null;
    const idle = this.picks.filter(({ key }) => keys.has(key) && !isBusy(this.states.get(key)));
    if (idle.length === 0) return;
    for (const { key } of idle) this.states.set(key, { kind: 'asked', says: 'asking' });
    this.changed();
    try {
      await this.start(idle);
    } catch (thrown) {
      this.failed(idle, thrown);
    }
  }

  /** What was tried for an entry, newest first. */
  async history({ code, dataset }: LedgerFailure): Promise<readonly LedgerAttempt[]> {
    if (code === null) return [];
    const { readAttempts } = await import('../store/attempts.ts');
    const all = await readAttempts(await this.engine.database(), code);
    return all.filter(attempt => attempt.dataset === dataset);
  }

  private async start(chosen: readonly Pick[]): Promise<void> {
    const line = lineOf(chosen.map(({ failure }) => failure));
    const basis = await runBasis({ engine: this.engine, line });
    const mine = chosen.filter(({ failure }) => failure.source === basis.source.source);
    for (const { key, failure } of chosen) {
      if (failure.source === basis.source.source) continue;
      this.states.set(key, { kind: 'failed', says: `failed at ${failure.source}: --source ${failure.source} asks it` });
    }
    if (mine.length === 0) return;
    const { retryFailures } = await import('../sync/retry.ts');
    await this.jobs.start({
      what: line,
      signal: new AbortController().signal,
      begin: async () => {
        const queued = this.jobs.running.length > 0 || this.jobs.waiting.length > 0;
        const failures = mine.map(({ failure }) => failure);
        const { handle } = await retryFailures({ ...basis, choice: { kind: 'picked', failures } });
        this.asked += mine.length;
        this.say(mine, { kind: 'asked', says: queued ? 'queued' : 'waits' });
        this.stops.push(handle.on(event => this.hear(event, mine)));
        handle.done.then(
          ({ end, message }) => {
            if (message !== null && end !== 'ok' && end !== 'partial') this.problem = new Problem('refused', message);
            this.over(mine);
          },
          thrown => this.failed(mine, thrown),
        );
        return handle;
      },
      view: summary => runView(summary, basis, []),
    });
  }

  private hear(event: RunEvent, picks: readonly Pick[]): void {
    if (this.closed) return;
    if (event.type === 'worker' && event.worker.at !== null) {
      const { at } = event.worker;
      const under = picks.filter(pick => isAt(pick, at) && this.states.get(pick.key)?.kind === 'asked');
      this.say(under, { kind: 'asked', says: wordsOf(event.worker) });
    } else if (event.type === 'notice') {
      this.say(
        picks.filter(({ key }) => this.states.get(key)?.kind === 'asked'),
        { kind: 'asked', says: event.sentence },
      );
    } else if (event.type === 'task') {
      this.told(
        picks.filter(pick => isAt(pick, event.at)),
        event,
      );
    }
  }

  private told(picks: readonly Pick[], { outcome, rows }: Extract<RunEvent, { type: 'task' }>): void {
    // Of several entries of one security the ledger knows which is settled.
    if (isFailure(outcome)) this.say(picks, { kind: 'failed', says: `failed again: ${outcome.message}` });
    else if (picks.length === 1) {
      const [only] = picks;
      if (only) this.leaveSoon(only.key, settledWords(outcome, rows, only.failure));
    }
    this.lookSoon();
  }

  /** The run has ended: what is still on its way was not asked. */
  private over(picks: readonly Pick[]): void {
    for (const { key } of picks) if (this.states.get(key)?.kind === 'asked') this.states.delete(key);
    this.lookSoon();
    this.changed();
  }

  private failed(picks: readonly Pick[], thrown: unknown): void {
    this.problem = asProblem(thrown);
    this.over(picks);
  }

  private say(picks: readonly Pick[], state: PickState): void {
    for (const { key } of picks) this.states.set(key, state);
    this.changed();
  }

  private leaveSoon(key: string, says: string): void {
    if (this.states.get(key)?.kind === 'settled') return;
    this.settled += 1;
    this.states.set(key, { kind: 'settled', says });
    const timer = setTimeout(() => {
      this.lingering.delete(timer);
      this.picks = this.picks.filter(pick => pick.key !== key);
      this.states.delete(key);
      this.changed();
    }, this.lingerMs);
    this.lingering.add(timer);
    this.changed();
  }

  private lookSoon(): void {
    if (this.closed) return;
    this.looking ??= setTimeout(() => void this.look(), lookEveryMs);
  }

  private async look(): Promise<void> {
    try {
      const { readFailures } = await import('../store/ledger.ts');
      const { opened } = this.engine;
      if (!opened) return;
      const held = (await readFailures(opened)).filter(failure => this.kinds.has(kindOf(failure)));
      if (this.closed) return;
      const present = new Map(held.map(failure => [keyOf(failure), failure]));
      for (const { key } of this.picks) if (!present.has(key)) this.leaveSoon(key, 'settled');
      const kept = this.picks.map(pick => ({ ...pick, failure: present.get(pick.key) ?? pick.failure }));
      const known = new Set(kept.map(({ key }) => key));
      const fresh = held.filter(failure => !known.has(keyOf(failure)));
      this.picks = [...kept, ...fresh.map(failure => ({ key: keyOf(failure), failure, state: null }))];
    } catch {
      // Read again with the next event.
    } finally {
      this.looking = undefined;
      this.changed();
    }
  }
}

function keyOf(failure: LedgerFailure): string {
  return `${kindOf(failure)} ${failure.from} ${failure.to}`;
}

function kindOf({ code, dataset, params }: LedgerFailure): string {
  return `${dataset} ${code} ${JSON.stringify(params)}`;
}

function isAt({ failure: { code, dataset } }: Pick, at: string): boolean {
  return at === (code ?? dataset);
}

function isBusy(state: PickState | undefined): boolean {
  return state !== undefined && state.kind !== 'failed';
}

function isFailure(outcome: Outcome): outcome is Exclude<Outcome, { class: 'ok' | 'ok-empty' }> {
  return outcome.class !== 'ok' && outcome.class !== 'ok-empty';
}

function wordsOf({ detail, state }: WorkerView): string {
  return detail === '' ? state : detail;
}

function settledWords(outcome: Outcome, rows: number, { dataset }: LedgerFailure): string {
  if (outcome.class === 'ok-empty') return `nothing there: ${reasonWord(outcome.reason)}`;
  const word = rowsWord(/^(daily|min\d+)$/.test(dataset) ? '' : `${dataset} --dataset`);
  return rows === 0 ? 'as it was' : `stored ${counted(rows, word.replace(/s$/, ''), word)}`;
}

const mostNamed = 5;

/** As the run is called in `runs`. */
function lineOf(failures: readonly LedgerFailure[]): string {
  const names = [...new Set(failures.map(({ code, dataset }) => code ?? dataset))];
  return names.length <= mostNamed ? `retry ${names.join(' ')}` : `retry ${count(names.length)} picked`;
}
