/**
 * The crew: 1..16 workers with one login session each, and the tasks they share. Promises: a task is in one place at a time;
 * each ends exactly once, as an answer or a failure, or is left when the crew stops; a dead worker is replaced and its task
 * tried again; a task that kills two workers is poison; only what may help is tried again, spaced out; when the line is dead
 * or the provider says stop, all stop, in one sentence.
 */
import type { Clock } from '../config/clock.ts';
import { type Failure, isRetryable, type Outcome } from '../source/outcome.ts';
import type { Answer, Refusal, SourceOptions, Task } from '../source/source.ts';
import type { Assignment } from './assignment.ts';
import { backoff } from './backoff.ts';
import { Breaker } from './breaker.ts';
import type { CrewSettings } from './crew-settings.ts';
import type { WorkerView } from './events.ts';
import { Gate } from './gate.ts';
import { estimatedMessages } from './order.ts';
import type { Policy } from './policy.ts';
import { Processes } from './processes.ts';
import { duration } from './provider.ts';
import { Slot, type SlotListener } from './slot.ts';
import { TaskLine } from './task-line.ts';

/** Why a crew stopped before its tasks were done. */
export interface Stop {
  readonly why: 'cancelled' | 'banned' | 'parked' | 'offline' | 'failed';
  /** One sentence. */
  readonly sentence: string;
  readonly failure: Failure | null;
}

export interface CrewListener {
  worker(view: WorkerView): void;
  notice(level: 'say' | 'warn', sentence: string): void;
  /** The task's fate, exactly once for each that is not left. `stop` may be called from here. */
  ended(assignment: Assignment, result: Answer | Failure): void;
  /** The first message of a task of the present work goes out. */
  firstRequest(): void;
}

export interface CrewOptions {
  readonly workers: number;
  readonly source: SourceOptions;
  readonly clock: Clock;
  readonly policy: Policy;
  /** 0 <= random() < 1. */
  readonly random: () => number;
  readonly settings: CrewSettings;
  /** Sessions that the provider was last seen to allow; null: unknown. */
  readonly learnedSessions: number | null;
  readonly listener: CrewListener;
}

/** Tasks so short that the next one is handed over before the answer. */
const shortMessages = 4;

export class Crew {
  readonly #options: CrewOptions;
  readonly #processes: Processes;
  readonly #slots: Slot[] = [];
  readonly #breaker: Breaker;
  readonly #gate: Gate;
  readonly #stopSignal = new AbortController();
  /** The tasks of the present work. */
  #line = new TaskLine();
  #held = false;
  #stop: Stop | null = null;
  #done: ((stop: Stop | null) => void) | null = null;
  #wake: NodeJS.Timeout | null = null;
  #pumping = false;
  #again = false;
  #requested = false;
  /** Until when (`performance.now()`) tasks wait for workers that are still on their way; 0: no longer. */
  #musterUntil = 0;
  #restarts = 0;
  #closing: Promise<void> | null = null;
  #refusedLogins = 0;
  /** The last login failed because the host's name leads nowhere. */
  #unresolved = false;

  private constructor(options: CrewOptions, processes: Processes) {
    this.#options = options;
    this.#processes = processes;
    const { workers, settings, learnedSessions } = options;
    this.#breaker = new Breaker({ threshold: workers + 1, ...settings.probes }, options.random);
    this.#gate = new Gate(
      { workers, quietMs: settings.quietMs, quietCapMs: settings.quietCapMs },
      learnedSessions ?? workers,
    );
    this.#gate.learned(performance.now());
    const listener = this.#slotListener();
    const { source, clock } = options;
    for (let number = 1; number <= workers; number++) {
      this.#slots.push(new Slot(number, { processes, source, clock, times: settings.times, listener }));
    }
    options.policy.onShort = () => {
      for (const slot of this.#slots) if (slot.ready && slot.lent > 0) slot.recall();
    };
    options.policy.onBan = failure => this.#stopAll({ why: 'banned', sentence: failure.message, failure });
  }

  static async open(options: CrewOptions): Promise<Crew> {
    return new Crew(options, await Processes.open(options.workers));
  }

  views(): readonly WorkerView[] {
    return this.#slots.map(slot => slot.view());
  }

  /** Workers that were replaced. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Starts processes ahead of need; they do not contact the provider. */
  warm(count: number): void {
    for (const slot of this.#slots.slice(0, count)) if (!slot.running && slot.deaths === 0) slot.start();
  }

  /**
   * Runs the tasks; null when each has its fate, else why the rest is left. One call at a time.
   *
   * @param muster first lets all workers that will be needed log in
   */
  perform(tasks: readonly Task[], muster = false): Promise<Stop | null> {
    this.#line = new TaskLine(tasks);
    this.#requested = false;
    this.#musterUntil = muster ? performance.now() + this.#options.settings.musterMs : 0;
    return new Promise(resolve => {
      this.#done = resolve;
      if (this.#stop) this.#settle();
      else this.#pump();
    });
  }

  /** True: no new task is handed out until it is false again; what runs goes on. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.#pump();
  }

  /** No new task; running ones get a short time, then are abandoned. */
  cancel(): void {
    this.#stopAll({ why: 'cancelled', sentence: 'The run was cancelled.', failure: null });
  }

  /** For whoever cannot take more results: stops like a failure. */
  abort(sentence: string): void {
    this.#stopAll({ why: 'failed', sentence, failure: null });
  }

  /** Logs out and ends all workers. Never rejects. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      if (this.#wake) clearTimeout(this.#wake);
      this.#stopSignal.abort();
      await Promise.all(this.#slots.map(slot => slot.end(this.#stop?.why !== 'banned')));
      await this.#processes.close().catch(() => {});
    })();
    return this.#closing;
  }

  /** One step: hands out what can be handed out now, and sets the alarm for what cannot. */
  #pump(): void {
    if (this.#pumping) {
      this.#again = true;
      return;
    }
    this.#pumping = true;
    do {
      this.#again = false;
      this.#step();
    } while (this.#again);
    this.#pumping = false;
  }

  #step(): void {
    if (this.#stop || this.#closing || !this.#done) return;
    if (this.#line.open === 0) {
      this.#settle();
      return;
    }
    const now = performance.now();
    if (this.#breaker.exhausted(now)) {
      this.#stopAll(this.#offline(now));
      return;
    }
    this.#line.wake(now);
    this.#fill(now);
    for (const slot of this.#slots) if (slot.ready && slot.session === 'none') this.#offerLogin(slot, now);
    if (!this.#mustering(now)) for (const slot of this.#slots) this.#serve(slot, now);
    this.#setAlarm(now);
    if (this.#slots.every(slot => !slot.running && slot.deaths >= this.#options.settings.deaths)) {
      this.#stopAll({ why: 'failed', sentence: 'The worker processes do not stay alive.', failure: null });
    }
  }

  /** Starts processes where work waits for one. */
  #fill(now: number): void {
    const wanted = Math.min(this.#gate.limit, this.#line.open);
    let running = this.#slots.filter(slot => slot.running).length;
    for (const slot of this.#slots) {
      if (running >= wanted) return;
      if (slot.running || slot.restsUntil > now || slot.deaths >= this.#options.settings.deaths) continue;
      slot.start();
      running += 1;
    }
  }

  /** True while workers that are needed are still starting or logging in for the first time. */
  #mustering(now: number): boolean {
    if (now >= this.#musterUntil) return false;
    const wanted = this.#slots.slice(0, Math.min(this.#gate.limit, this.#line.open));
    const expected = wanted.some(slot => slot.running && (!slot.ready || slot.session === 'opening'));
    if (!expected) this.#musterUntil = 0;
    return expected;
  }

  #serve(slot: Slot, now: number): void {
    if (!slot.ready || slot.session !== 'open') return;
    const busy = this.#slots.filter(other => other !== slot && other.hands.length > 0).length;
    if (slot.hands.length === 0) {
      if (busy >= this.#gate.limit) {
        slot.park('the provider wants fewer requests at once');
        return;
      }
      if (this.#recycle(slot)) return;
      if (this.#held || this.#line.ready === 0) {
        this.#showWaiting(slot, now);
        return;
      }
      if (this.#breaker.waitMs(now) !== 0) {
        slot.backOff(this.#silence());
        return;
      }
      this.#hand(slot);
    }
    this.#handAhead(slot);
  }

  #hand(slot: Slot): void {
    const next = this.#line.take();
    if (!next) return;
    this.#breaker.tried();
    slot.hand(next);
  }

  /** Saves a short task the way from and to the program, as long as enough are left for the others. */
  #handAhead(slot: Slot): void {
    const [present, following] = slot.hands;
    const next = this.#line.peek();
    if (!present || following || !next || this.#held || this.#breaker.open || this.#worn(slot)) return;
    if (this.#line.ready <= 2 * this.#slots.length || next.attempts.length > 0) return;
    const { pageSize } = this.#options.source;
    if (
      estimatedMessages(present.task, pageSize) > shortMessages ||
      estimatedMessages(next.task, pageSize) > shortMessages
    )
      return;
    this.#line.take();
    slot.hand(next);
  }

  #offerLogin(slot: Slot, now: number): void {
    if (slot.hands.length > 0) return;
    const open = this.#slots.filter(other => other.session !== 'none').length;
    if (open >= this.#gate.limit) {
      slot.park(`the provider allows ${this.#gate.limit} at once`);
      return;
    }
    if (open >= this.#line.open) {
      slot.idle();
      return;
    }
    if (slot.restsUntil > now) {
      slot.backOff(`login again in ${((slot.restsUntil - now) / 1000).toFixed(1)} s`);
      return;
    }
    if (this.#breaker.waitMs(now) !== 0) {
      slot.backOff(this.#silence());
      return;
    }
    this.#breaker.tried();
    slot.login();
  }

  #showWaiting(slot: Slot, now: number): void {
    const first = this.#line.nextDue;
    if (!first || this.#held) {
      slot.idle();
      return;
    }
    if (slot.state === 'backing off') return;
    slot.backOff(`try ${first.assignment.attempts.length + 1} in ${((first.dueAt - now) / 1000).toFixed(1)} s`);
  }

  #silence(): string {
    return this.#unresolved ? "the provider's host cannot be found" : 'the provider does not answer';
  }

  /** What of a slot has served long enough. */
  #worn(slot: Slot): 'process' | 'session' | null {
    const { messages, minutes, memoryMb } = this.#options.settings.recycle;
    // One that is as large before its first task would be as large again.
    if ((slot.memoryMb ?? 0) > memoryMb && slot.sessionMessages > 0) return 'process';
    return slot.sessionMessages >= messages || slot.sessionAgeMs >= minutes * 60_000 ? 'session' : null;
  }

  /** Renews what is worn of a slot that has nothing in its hands; true when it did. */
  #recycle(slot: Slot): boolean {
    if (this.#line.open === 0) return false;
    const worn = this.#worn(slot);
    if (worn === 'process') slot.end(true).then(() => this.#pump());
    if (worn === 'session') slot.login();
    return worn !== null;
  }

  /** One alarm for the next thing that time alone will bring. */
  #setAlarm(now: number): void {
    if (this.#wake) clearTimeout(this.#wake);
    const { nextDue } = this.#line;
    const times = nextDue ? [nextDue.dueAt] : [];
    for (const slot of this.#slots) if (slot.restsUntil > now) times.push(slot.restsUntil);
    const wait = this.#breaker.waitMs(now);
    if (wait) times.push(now + wait);
    if (this.#musterUntil > now) times.push(this.#musterUntil);
    if (this.#breaker.deadline !== null) times.push(this.#breaker.deadline);
    this.#wake = times.length === 0 ? null : setTimeout(() => this.#pump(), Math.max(1, Math.min(...times) - now + 1));
  }

  #slotListener(): SlotListener {
    const { policy, listener } = this.#options;
    return {
      changed: slot => listener.worker(slot.view()),
      started: slot => {
        this.#lend(slot);
        this.#pump();
      },
      loggedIn: () => {
        this.#breaker.reached();
        this.#refusedLogins = 0;
        this.#unresolved = false;
        this.#pump();
      },
      loginFailed: (slot, failure, refused, since) => this.#loginFailed(slot, failure, refused, since),
      answered: (slot, assignment, result, refused) => this.#answered(slot, assignment, result, refused),
      handedBack: (_slot, assignment) => {
        this.#breaker.dropped();
        this.#line.putBack(assignment);
        this.#pump();
      },
      asking: slot => void this.#ask(slot),
      sent: (slot, message, method) => {
        policy.sent(message, method);
        if (message === 'request' && !this.#requested) {
          this.#requested = true;
          listener.firstRequest();
        }
        this.#lend(slot);
      },
      returned: (_slot, count) => policy.giveBack(count),
      allowedLogout: () => policy.lendLogout(),
      died: (slot, hands, why) => this.#died(slot, hands, why),
    };
  }

  #lend(slot: Slot): void {
    if (this.#stop || this.#closing) return;
    const ahead = this.#options.settings.permitsAhead;
    if (slot.lent > ahead / 2) return;
    slot.lend(this.#options.policy.lend(ahead - slot.lent));
  }

  async #ask(slot: Slot): Promise<void> {
    const { pid } = slot;
    const failure = await this.#options.policy.take(this.#stopSignal.signal);
    if (slot.pid !== pid || !slot.ready) {
      if (!failure) this.#options.policy.giveBack(1);
      return;
    }
    if (!failure) {
      slot.lend(1);
      return;
    }
    slot.refuse(failure);
    if (this.#stop) return;
    if (failure.class === 'quota') this.#stopAll({ why: 'parked', sentence: failure.message, failure });
    if (failure.class === 'banned') this.#stopAll({ why: 'banned', sentence: failure.message, failure });
  }

  #loginFailed(slot: Slot, failure: Failure, refused: boolean, since: number): void {
    if (refused || this.#stop) return;
    const now = performance.now();
    if (failure.class === 'retry-network') this.#breaker.failed(now, since);
    else this.#breaker.dropped();
    this.#unresolved = failure.unresolved === true;
    const { settings, policy, random } = this.#options;
    switch (failure.class) {
      case 'retry-network':
      case 'retry-session':
        slot.restsUntil = now + backoff(slot.failedLogins, random(), settings.relogin);
        break;
      case 'throttled':
        this.#loginRefused(slot, failure, now);
        break;
      case 'banned':
        policy.banned(failure);
        return;
      case 'quota':
        this.#stopAll({ why: 'parked', sentence: failure.message, failure });
        return;
      default:
        if (this.#slots.every(other => other.session !== 'open')) {
          this.#stopAll({ why: 'failed', sentence: failure.message, failure });
          return;
        }
        slot.restsUntil = now + settings.quietMs;
    }
    this.#pump();
  }

  /** Too many logins (10001005): fewer workers where some are in, else patience. */
  #loginRefused(slot: Slot, failure: Failure, now: number): void {
    const { settings, policy, random, listener } = this.#options;
    const open = this.#slots.filter(other => other.session === 'open').length;
    const opening = this.#slots.filter(other => other.session === 'opening').length;
    slot.restsUntil = now + backoff(slot.failedLogins + 1, random(), settings.relogin, failure.retryAfterMs);
    // One that was in before: the provider may not have seen yet that its former connection is gone.
    if (slot.wasOpen && slot.failedLogins <= 2) return;
    if (open === 0) {
      this.#refusedLogins += 1;
      if (opening > 0) return;
      if (this.#refusedLogins >= settings.tries + this.#slots.length) {
        this.#stopAll({ why: 'failed', sentence: failure.message, failure });
        return;
      }
      this.#gate.loginRefused(now, 1);
      slot.restsUntil = now + backoff(this.#refusedLogins, 1, settings.relogin, failure.retryAfterMs);
      return;
    }
    const before = this.#gate.limit;
    this.#gate.loginRefused(now, open + opening);
    if (this.#gate.limit < before) {
      policy.learned(this.#gate.limit);
      listener.notice('say', `the provider allows ${this.#gate.limit} login sessions at once; going on with these`);
    }
  }

  #answered(slot: Slot, assignment: Assignment, result: Answer | Refusal, refused: boolean): void {
    const now = performance.now();
    if (refused) {
      this.#line.putBack(assignment);
      return;
    }
    const failure = result.ok ? null : result.failure;
    const outcome: Outcome = failure ?? { class: 'ok', rows: rowsOf(result) };
    this.#record(slot, assignment, result.requests, outcome);
    if (failure?.class === 'retry-network') this.#breaker.failed(now, assignment.sinceMs);
    else this.#breaker.answered();
    if (failure) {
      this.#failed(assignment, failure, now);
    } else {
      this.#end(assignment, result as Answer);
      this.#gate.answered(now);
    }
    this.#lend(slot);
    this.#pump();
  }

  #failed(assignment: Assignment, failure: Failure, now: number): void {
    const { settings, policy, random } = this.#options;
    if (failure.class === 'throttled') this.#gate.throttled(now);
    if (!isRetryable(failure) || assignment.attempts.length >= settings.tries || this.#stop) {
      if (this.#stop && isRetryable(failure) && assignment.attempts.length < settings.tries) return;
      this.#end(assignment, failure);
      if (failure.class === 'banned') policy.banned(failure);
      if (failure.class === 'auth') this.#stopAll({ why: 'failed', sentence: failure.message, failure });
      if (failure.class === 'quota') this.#stopAll({ why: 'parked', sentence: failure.message, failure });
      return;
    }
    const wait = backoff(assignment.attempts.length, random(), settings.retry, failure.retryAfterMs);
    this.#line.delay(assignment, now + wait);
  }

  #died(slot: Slot, hands: readonly Assignment[], why: string): void {
    const now = performance.now();
    const { settings, listener } = this.#options;
    this.#breaker.dropped();
    this.#restarts += 1;
    // The first death may be anybody's; a row of them is spaced out.
    slot.restsUntil = slot.deaths <= 1 ? 0 : now + 100 * 2 ** slot.deaths;
    const [present, ...others] = hands;
    for (const assignment of others.reverse()) this.#line.putBack(assignment);
    if (present && this.#line.has(present)) {
      present.kills += 1;
      const message = `Worker ${slot.number} died at it: ${why}.`;
      this.#record(slot, present, 0, { class: 'retry-network', message });
      if (present.kills >= 2) {
        this.#end(present, { class: 'poison', message: `It ended ${present.kills} workers; the last time: ${why}.` });
      } else if (present.attempts.length >= settings.tries) {
        this.#end(present, { class: 'retry-network', message });
      } else {
        this.#line.putBack(present);
      }
    }
    if (!this.#stop) listener.notice('warn', `worker ${slot.number} died (${why}) and is replaced`);
    this.#pump();
  }

  #record(slot: Slot, assignment: Assignment, requests: number, outcome: Outcome): void {
    assignment.attempts.push({
      number: assignment.attempts.length + 1,
      startedAt: assignment.startedAt,
      endedAt: this.#options.clock.now(),
      worker: slot.number,
      requests,
      outcome,
    });
  }

  #end(assignment: Assignment, result: Answer | Failure): void {
    if (!this.#line.end(assignment)) return;
    this.#options.listener.ended(assignment, result);
  }

  #offline(now: number): Stop {
    const { host, port } = this.#options.source.endpoint;
    const tries = this.#breaker.failures;
    const what = this.#unresolved ? `${host} cannot be found` : `${host}:${port} does not answer`;
    const sentence = `${what}: ${tries} tries in ${duration(now - this.#breaker.failingSince)}, nothing lost.`;
    return { why: 'offline', sentence, failure: { class: 'retry-network', message: sentence } };
  }

  #stopAll(stop: Stop): void {
    if (this.#stop || this.#closing) return;
    this.#stop = stop;
    if (this.#wake) clearTimeout(this.#wake);
    this.#stopSignal.abort();
    void this.#wind(stop);
  }

  /** Ends the workers, each in the way the reason asks for, then tells what is left. */
  async #wind(stop: Stop): Promise<void> {
    await this.#letFinish(this.#graceMs(stop));
    // After a ban not even a logout goes out.
    await Promise.all(this.#slots.map(slot => slot.end(stop.why !== 'banned')));
    if (stop.why === 'offline') this.#failTried();
    this.#settle();
  }

  /** How long running tasks may go on. What was sent when the budget ended is paid for: its answers are waited for. */
  #graceMs({ why }: Stop): number {
    const { settings, source } = this.#options;
    if (why === 'cancelled') return settings.cancelGraceMs;
    return why === 'parked' ? source.answerTimeoutMs + source.silenceTimeoutMs : 0;
  }

  async #letFinish(graceMs: number): Promise<void> {
    const until = performance.now() + graceMs;
    while (performance.now() < until && this.#slots.some(slot => slot.hands.length > 0)) {
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  /** What was tried and had no answer goes to the ledger with its last failure; what was never tried is left. */
  #failTried(): void {
    for (const [assignment, last] of this.#line.tried()) this.#end(assignment, last);
  }

  #settle(): void {
    const done = this.#done;
    this.#done = null;
    done?.(this.#stop);
  }
}

function rowsOf(result: Answer | Refusal): number {
  if (!result.ok) return 0;
  return result.parts.reduce((sum, part) => sum + part.batch.rows, 0);
}
