/**
 * One run from its request to its summary: what must be known first is asked and stored, then planned, then the tasks go
 * through the crew, are judged, and are stored in batches with their bookkeeping. Promises: planned = ok + empty +
 * failed + left at any time; what is counted is what is stored; whatever happens, the run's row gets its end and the
 * listeners get the `ended` event last. One run at a time for a database; others wait their turn.
 */

import { endpointText } from '../config/endpoint.ts';
import { loadInitials } from '../market/pinyin.ts';
import { asProblem, Problem } from '../market/problem.ts';
import type { Failure, RunEnd } from '../source/outcome.ts';
import type { Answer, Task } from '../source/source.ts';
import type { CommitRequest, Committed, EndedTask } from '../store/batch.ts';
import type { Database } from '../store/database.ts';
import { LaneHeld } from '../store/pool/turn.ts';
import { addRequests, requestKey } from '../store/requests.ts';
import { countRevisedBars } from '../store/revisions.ts';
import { closeRun, openRun, planRun } from '../store/runs.ts';
import { commit } from '../store/writer.ts';
import type { Assignment } from './assignment.ts';
import { Broadcast } from './broadcast.ts';
import { codeResults } from './code-results.ts';
import { Crew, type CrewListener, type Stop } from './crew.ts';
import { crewSettings } from './crew-settings.ts';
import type { Counts, RunEvent, RunSummary, WorkerView } from './events.ts';
import { Judging } from './judging.ts';
import { toldWrite } from './lane-wait.ts';
import { Limits } from './limits.ts';
import { estimatedMessages } from './order.ts';
import { endedPointless } from './pointless.ts';
import { Policy } from './policy.ts';
import { bannedProblem, budgetOf, type Known, refuseParallel } from './provider.ts';
import type { Plan, RunHandle, RunRequest } from './request.ts';
import { Tally } from './tally.ts';
import { countOf, Writing } from './writing.ts';

/** The last run of each database, so that the next one waits for it. */
const turns = new WeakMap<Database, Promise<unknown>>();

/** A limit on sessions that was learned longer ago is tried again, ms. */
const learnedForMs = 24 * 3_600_000;

/** Whether a run that starts now has to wait for its turn. */
export function isBusy(database: Database): boolean {
  return turns.has(database);
}

export function startRun(request: RunRequest): RunHandle {
  const run = new Run(request);
  const before = turns.get(request.database) ?? Promise.resolve();
  if (turns.has(request.database)) run.waits();
  const work = before.catch(() => {}).then(() => run.work());
  const turn = work.catch(() => {});
  turns.set(request.database, turn);
  turn.then(() => {
    if (turns.get(request.database) === turn) turns.delete(request.database);
  });
  return {
    number: run.number,
    on: listener => run.events.on(listener),
    workers: () => run.workers(),
    done: Promise.race([work, run.withdrawn]),
    cancel: () => run.cancel(),
  };
}

class Run {
  readonly #request: RunRequest;
  readonly events = new Broadcast();
  readonly number: Promise<number>;
  #gotNumber: (number: number) => void = () => {};
  #noNumber: (error: unknown) => void = () => {};
  /** Rejects when the run is cancelled before its turn has come. */
  readonly withdrawn: Promise<never>;
  /** Ends the waiting of a run of which nothing is anywhere yet; null at other times. */
  #giveUp: (() => void) | null;
  #run = 0;
  #crew: Crew | null = null;
  #policy: Policy | null = null;
  #writing: Writing | null = null;
  #cancelled = false;
  #committedLogins = 0;
  readonly #tally = new Tally();
  /** Something stored was replaced by what came. */
  #revised = false;
  #firstRequestAt: number | null = null;
  #countsTimer: NodeJS.Timeout | null = null;
  #onFate: (assignment: Assignment, result: Answer | Failure) => void = () => {};

  constructor(request: RunRequest) {
    this.#request = request;
    this.number = new Promise((resolve, reject) => {
      this.#gotNumber = resolve;
      this.#noNumber = reject;
    });
    this.number.catch(() => {});
    let withdraw: (problem: Problem) => void = () => {};
    this.withdrawn = new Promise((_, reject) => {
      withdraw = reject;
    });
    this.withdrawn.catch(() => {});
    this.#giveUp = () => {
      this.#noNumber(this.#notBegun());
      withdraw(this.#notBegun());
    };
  }

  waits(): void {
    this.#say('say', 'waits for the run before it');
  }

  workers(): readonly WorkerView[] {
    return this.#crew?.views() ?? [];
  }

  /** A run that has not begun leaves no trace; one that has ends as cancelled. */
  cancel(): void {
    this.#cancelled = true;
    this.#giveUp?.();
    this.#crew?.cancel();
  }

  async work(): Promise<RunSummary> {
    if (this.#cancelled) throw this.#notBegun();
    this.#giveUp = null;
    const { database, source, clock, what } = this.#request;
    const limits = new Limits(database, source.endpoint, clock);
    const letClose = database.pool.keepOpen(`${what} is at work`);
    let settled: Promise<void> = Promise.resolve();
    try {
      return await this.#work(limits);
    } catch (error) {
      if (error instanceof LaneHeld && this.#run > 0) {
        const parked = await this.#park(error);
        settled = parked.settled;
        return parked.summary;
      }
      const problem = asProblem(error);
      await this.#fail(problem);
      throw problem;
    } finally {
      if (this.#countsTimer) clearTimeout(this.#countsTimer);
      await this.#crew?.close();
      this.#policy?.save();
      limits.letGo();
      void settled.finally(letClose);
    }
  }

  async #work(limits: Limits): Promise<RunSummary> {
    const { request } = { request: this.#request };
    refuseParallel(
      request.source.endpoint,
      request.workers,
      request.acceptProviderRule ? request.workers : limits.accepted,
    );
    // Nothing to ask first: the plan may show that nothing is to be asked at all, and then no provider is needed.
    const early = request.prepare.length === 0 ? await request.plan() : null;
    const contact = early === null || early.tasks.length > 0;
    const known = await limits.known();
    if (contact) this.#refuseBanned(known);
    await this.#open();
    let stop: Stop | null = null;
    if (contact && !this.#cancelled) {
      await this.#waitForSessions(limits);
      await this.#hire(limits, known, early?.tasks.length ?? request.expected ?? request.workers);
      stop = await this.#prepare();
    }
    let plan = early;
    if (!plan && !stop && !this.#cancelled) plan = await request.plan();
    if (plan && !stop && !this.#cancelled) {
      await this.#plan(plan);
      stop = await this.#perform(plan);
    }
    return this.#finish(limits, plan, stop);
  }

  #refuseBanned({ ban }: Known): void {
    const now = this.#request.clock.now();
    if (ban && ban.until > now) throw bannedProblem(ban, now);
  }

  async #open(): Promise<void> {
    const { database, what, source, period, workers, clock } = this.#request;
    const startedAt = clock.now();
    const endpoint = endpointText(source.endpoint);
    const row = { what, source: source.source, endpoint, period, workers, startedAt };
    const waiting = new AbortController();
    this.#giveUp = () => waiting.abort();
    if (this.#cancelled) throw this.#notBegun();
    try {
      this.#run = await this.#inTurn(openRun(database, row, waiting.signal));
    } catch (error) {
      throw waiting.signal.aborted ? this.#notBegun() : error;
    } finally {
      this.#giveUp = null;
    }
    this.#gotNumber(this.#run);
    this.#emit({ type: 'started', run: this.#run, what, period, workers, at: startedAt });
  }

  #notBegun(): Problem {
    return new Problem('interrupted', `${this.#request.what} was cancelled before it began.`);
  }

  /** The public host's sessions are shared by all processes of the machine. */
  async #waitForSessions(limits: Limits): Promise<void> {
    const { workers, acceptProviderRule } = this.#request;
    if (acceptProviderRule && workers > 1) limits.accept(workers);
    const most = Math.max(workers, limits.accepted);
    let told = false;
    for (;;) {
      const holder = limits.hold(workers, most);
      if (!holder || this.#cancelled) return;
      if (!told) this.#say('say', `waits for process ${holder.pid}, which is talking to the provider`);
      told = true;
      await new Promise(resolve => setTimeout(resolve, 500));
    }
  }

  async #hire(limits: Limits, known: Known, expected: number): Promise<void> {
    const { database, source, clock, workers, budget, perSecond, settings, random } = this.#request;
    const policy = new Policy({
      clock,
      endpoint: endpointText(source.endpoint),
      known,
      budget: budget === undefined ? budgetOf(source) : budget,
      perSecond: perSecond ?? null,
      memory: limits,
    });
    this.#policy = policy;
    const learned = known.sessions && clock.now() - known.sessions.at < learnedForMs ? known.sessions.allowed : null;
    const crew = await Crew.open({
      workers,
      source,
      clock,
      policy,
      random: random ?? Math.random,
      settings: { ...crewSettings, ...settings },
      learnedSessions: learned,
      listener: this.#crewListener(),
    });
    this.#crew = crew;
    if (this.#cancelled) crew.cancel();
    crew.warm(Math.min(workers, Math.max(expected, 1), learned ?? workers));
    const initials = await loadInitials();
    this.#writing = new Writing({
      commit: (request, how) => this.#inTurn(commit(database, request, { initials, ...how })),
      run: this.#run,
      source: source.source,
      takeCounts: () => this.#takeCounts(limits.key, policy),
      full: full => crew.hold(full),
      committed: (ended, committed) => this.#committed(ended, committed),
      failed: error => crew.abort(asProblem(error).message),
    });
  }

  #crewListener(): CrewListener {
    return {
      worker: worker => this.#emit({ type: 'worker', worker }),
      notice: (level, sentence) => this.#say(level, sentence),
      ended: (assignment, result) => this.#onFate(assignment, result),
      firstRequest: () => {
        if (this.#tally.planned) this.#firstRequestAt ??= performance.now();
      },
    };
  }

  #takeCounts(key: string, policy: Policy): { requests: ReadonlyMap<string, number>; logins: number } {
    const requests = new Map([...policy.takeCounts()].map(([method, count]) => [requestKey(key, method), count]));
    const logins = policy.logins - this.#committedLogins;
    this.#committedLogins = policy.logins;
    return { requests, logins };
  }

  /** Catalogue and calendar: without all of them nothing can be planned. */
  async #prepare(): Promise<Stop | null> {
    const { prepare, source } = this.#request;
    const crew = this.#crew as Crew;
    if (prepare.length === 0) return null;
    let failure: { readonly task: Task; readonly failure: Failure } | null = null;
    this.#onFate = (assignment, result) => {
      const { task, attempts } = assignment;
      if (!('ok' in result)) failure ??= { task, failure: result };
      else this.#writing?.add({ task, outcome: { class: 'ok', rows: 0 }, parts: result.parts, attempts });
    };
    const stop = await crew.perform(prepare);
    await this.#writing?.drain();
    this.#throwIfUnwritten();
    if (stop) return stop;
    const failed = failure as { readonly task: Task; readonly failure: Failure } | null;
    if (!failed) return null;
    const name = failed.task.kind === 'dataset' ? failed.task.dataset : failed.task.code;
    const sentence = `${endpointText(source.endpoint)} did not give the ${name}, without which nothing can be planned: ${failed.failure.message}`;
    return { why: 'failed', sentence, failure: failed.failure };
  }

  async #plan({ tasks, pointless, covered }: Plan): Promise<void> {
    const planned = tasks.length + pointless.length;
    await this.#inTurn(planRun(this.#request.database, this.#run, planned, covered.length));
    this.#tally.plan(planned);
    this.#emit({ type: 'planned', planned, covered: covered.length });
    this.#emitCounts();
    this.#warnOfQuota(tasks);
  }

  #warnOfQuota(tasks: readonly Task[]): void {
    const policy = this.#policy;
    if (!policy || policy.budget === null) return;
    const messages = tasks.reduce((sum, task) => sum + estimatedMessages(task, this.#request.source.pageSize), 0);
    if (messages <= policy.remaining) return;
    const [needed, left] = [messages, policy.remaining].map(count => count.toLocaleString('en-US'));
    this.#say(
      'warn',
      `this takes about ${needed} requests and ${left} are left today: the rest waits for 00:00 in Shanghai, when the same command goes on`,
    );
  }

  async #perform(plan: Plan): Promise<Stop | null> {
    await this.#storePointless(plan);
    if (plan.tasks.length === 0) return null;
    const crew = this.#crew as Crew;
    const writing = this.#writing as Writing;
    writing.expect(plan.tasks.length);
    const judging = new Judging(this.#request, plan, ended => writing.add(ended));
    this.#onFate = (assignment, result) => judging.judge(assignment, result);
    const stop = await crew.perform(plan.tasks, true);
    await judging.drain();
    await writing.drain();
    this.#throwIfUnwritten();
    return stop;
  }

  /** Codes that need no request are outcomes like all others, counted and covered. */
  async #storePointless(plan: Plan): Promise<void> {
    if (plan.pointless.length === 0) return;
    const { database, period, source, clock } = this.#request;
    const ended = endedPointless(plan, period, clock.today());
    const request = { run: this.#run, source: source.source, ended, requests: new Map<string, number>(), logins: 0 };
    const committed = await this.#inTurn(commit(database, request));
    this.#committed(ended, committed);
  }

  #committed(ended: readonly EndedTask[], committed: Committed): void {
    if (!this.#tally.planned) return;
    this.#revised ||= committed.revised > 0;
    for (const event of this.#tally.add(ended, committed)) this.#emit(event);
    this.#emitCounts();
  }

  #throwIfUnwritten(): void {
    const failure = this.#writing?.failure;
    if (failure) throw failure.error;
  }

  async #finish(limits: Limits, plan: Plan | null, stop: Stop | null): Promise<RunSummary> {
    const { database, clock, period } = this.#request;
    const seconds = this.#seconds();
    await this.#crew?.close();
    // The logouts went out after the last rows.
    await this.#writing?.drain();
    this.#throwIfUnwritten();
    this.#policy?.save();
    await limits.settled();
    const end = this.#endOf(stop);
    const message = end === 'ok' || end === 'partial' ? null : (stop?.sentence ?? 'The run was cancelled.');
    await this.#inTurn(closeRun(database, this.#run, { end, endedAt: clock.now(), seconds, message }));
    const codes = plan ? await codeResults(database, period, plan, this.#tally.outcomes) : [];
    const revised = this.#revised ? await countRevisedBars(database, this.#run) : 0;
    return this.#tellEnd({ end, message, seconds, codes, revised, covered: plan?.covered.length ?? 0 });
  }

  #seconds(): number {
    const last = this.#writing?.lastAt ?? 0;
    if (this.#firstRequestAt === null || last < this.#firstRequestAt) return 0;
    return Math.round(last - this.#firstRequestAt) / 1_000;
  }

  #endOf(stop: Stop | null): RunEnd {
    if (!stop) {
      if (this.#cancelled && (!this.#tally.planned || this.#tally.counts.left > 0)) return 'cancelled';
      return this.#tally.counts.failed > 0 ? 'partial' : 'ok';
    }
    switch (stop.why) {
      case 'cancelled':
        return 'cancelled';
      case 'banned':
        return 'refused';
      case 'parked':
        return 'parked';
      default:
        return 'failed';
    }
  }

  #inTurn<T>(write: Promise<T>): Promise<T> {
    const { database, what } = this.#request;
    return toldWrite(database, [what, `run ${this.#run}`], (level, sentence) => this.#say(level, sentence), write);
  }

  /**
   * Somebody held the write lane for longer than the pool waits. The run ends as parked; what had come in and could not be
   * stored goes to the ledger as `storage`, with the run's end, as soon as the lane is free: `settled`.
   */
  async #park(held: LaneHeld): Promise<{ readonly summary: RunSummary; readonly settled: Promise<void> }> {
    const { database, clock, source } = this.#request;
    const seconds = this.#seconds();
    await this.#crew?.close();
    const { ended, requests, logins } = this.#writing?.unstored ?? { ended: [], requests: new Map(), logins: 0 };
    const lost = this.#tally.planned ? ended : [];
    const message = `${held.holder} held the write lane for too long, so what came in could not be stored; end its transaction, then retry --class storage`;
    this.#tally.lose(lost.length);
    const closing = { end: 'parked', endedAt: clock.now(), seconds, message } as const;
    const request: CommitRequest = {
      run: this.#run,
      source: source.source,
      ended: lost.map(task => {
        const outcome = countOf(task.outcome) === 'failed' ? task.outcome : ({ class: 'storage', message } as const);
        return { ...task, outcome, parts: [] };
      }),
      requests,
      logins,
    };
    const settled = this.#whenFree(() => commit(database, request)).then(stored =>
      stored ? this.#whenFree(() => closeRun(database, this.#run, closing)).then(() => {}) : undefined,
    );
    const summary = this.#tellEnd({ end: closing.end, message, seconds });
    return { summary, settled };
  }

  /** False: it failed for another reason, or the file was closed; the next opening closes the run. */
  async #whenFree(write: () => Promise<unknown>): Promise<boolean> {
    for (;;) {
      try {
        await write();
        return true;
      } catch (error) {
        if (!(error instanceof LaneHeld)) return false;
      }
    }
  }

  /** The run could not start or store: its row still gets an end, and who listens hears of it. */
  async #fail(problem: Problem): Promise<void> {
    this.#noNumber(problem);
    if (this.#run === 0) return;
    const { database, clock } = this.#request;
    const seconds = this.#seconds();
    const end: RunEnd = problem.kind === 'refused' ? 'refused' : 'failed';
    await this.#crew?.close();
    const { requests } = this.#writing?.unstored ?? { requests: new Map() };
    if (requests.size > 0) await addRequests(database, requests).catch(() => {});
    await closeRun(database, this.#run, { end, endedAt: clock.now(), seconds, message: problem.message }).catch(
      () => {},
    );
    this.#tellEnd({ end, message: problem.message, seconds });
  }

  #tellEnd(
    told: Pick<RunSummary, 'end' | 'message' | 'seconds'> & Partial<Pick<RunSummary, 'codes' | 'covered' | 'revised'>>,
  ): RunSummary {
    const { what, period } = this.#request;
    const summary: RunSummary = {
      ...this.#present(),
      run: this.#run,
      what,
      period,
      covered: 0,
      revised: 0,
      codes: [],
      ...told,
    };
    this.#emit({ type: 'ended', summary });
    return summary;
  }

  #present(): Counts {
    return { ...this.#tally.counts, requests: this.#policy?.requests ?? 0, logins: this.#policy?.logins ?? 0 };
  }

  #emit(event: RunEvent): void {
    this.events.emit(event);
  }

  #say(level: 'say' | 'warn', sentence: string): void {
    this.#emit({ type: 'notice', level, sentence });
  }

  /** At most ten times a second. */
  #emitCounts(): void {
    this.#countsTimer ??= setTimeout(() => {
      this.#countsTimer = null;
      const policy = this.#policy;
      const quota = policy ? { quota: { used: policy.used, budget: policy.budget } } : {};
      this.#emit({ type: 'counts', counts: this.#present(), ...quota });
    }, 100);
  }
}
