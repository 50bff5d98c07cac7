/**
 * One numbered place of a crew and the worker process that fills it now; a replacement keeps the number. A slot knows its
 * state, holds the process to its time-outs, and reports to the crew, which decides everything else.
 */
import type { Clock } from '../config/clock.ts';
import type { Failure } from '../source/outcome.ts';
import type { Answer, Refusal, SourceOptions } from '../source/source.ts';
import type { Assignment } from './assignment.ts';
import type { WorkerState, WorkerView } from './events.ts';
import { estimatedMessages } from './order.ts';
import type { Processes, Shift } from './processes.ts';
import type { FromWorker } from './shift.ts';

export interface SlotTimes {
  /** From the start of a process to its first word, ms. */
  readonly startMs: number;
  /** For a login, beyond the time-outs of the source, ms. */
  readonly loginMs: number;
  /** A task that neither sends, receives nor waits for a permit so long, beyond the time-outs of the source, is hung, ms. */
  readonly quietMs: number;
  /** Between two signs of life, ms. */
  readonly beatMs: number;
  /** Signs of life in a row that may be missing. */
  readonly missedBeats: number;
  /** For an orderly end, ms; after it the process is killed. */
  readonly endMs: number;
}

export const slotTimes: SlotTimes = {
  startMs: 20_000,
  loginMs: 3_000,
  quietMs: 5_000,
  beatMs: 1_000,
  missedBeats: 15,
  endMs: 1_200,
};

export interface SlotListener {
  changed(slot: Slot): void;
  started(slot: Slot): void;
  loggedIn(slot: Slot): void;
  loginFailed(slot: Slot, failure: Failure, refused: boolean, since: number): void;
  answered(slot: Slot, assignment: Assignment, result: Answer | Refusal, refused: boolean): void;
  handedBack(slot: Slot, assignment: Assignment): void;
  asking(slot: Slot): void;
  sent(slot: Slot, message: 'login' | 'request' | 'logout', method: string): void;
  returned(slot: Slot, count: number): void;
  /** One permit more, for the logout of an orderly end. */
  allowedLogout(slot: Slot): void;
  /** The process is gone without having been told to go; `hands` are what it held, the first one under way. */
  died(slot: Slot, hands: readonly Assignment[], why: string): void;
}

export interface SlotOptions {
  readonly processes: Processes;
  readonly source: SourceOptions;
  readonly clock: Clock;
  readonly times: SlotTimes;
  readonly listener: SlotListener;
}

type Session = 'none' | 'opening' | 'open';

export class Slot {
  readonly number: number;
  readonly #options: SlotOptions;
  #shift: Shift | null = null;
  #ending: Promise<void> | null = null;
  #killed: string | null = null;
  #state: WorkerState = 'dead';
  #since: number;
  #pid: number | null = null;
  #memoryMb: number | null = null;
  #tasks = 0;
  #detail = '';
  #page = 0;
  #rows = 0;
  #asking = false;
  #missed = 0;
  /** Time (`performance.now()`) of the last thing that showed progress. */
  #moved = 0;
  #sessionOpenedAt = 0;
  #watch: NodeJS.Timeout | null = null;
  /** What it holds, oldest first; the first one is under way. */
  readonly hands: Assignment[] = [];
  session: Session = 'none';
  /** Permits lent and neither used nor returned. */
  lent = 0;
  /** Messages sent in the present session. */
  sessionMessages = 0;
  /** Deaths since it last ended a task. */
  deaths = 0;
  /** Logins refused or failed since the last one that succeeded. */
  failedLogins = 0;
  /** True once a session was open in this slot. */
  wasOpen = false;
  /** Not before this time (`performance.now()`) does it log in or start. */
  restsUntil = 0;

  constructor(number: number, options: SlotOptions) {
    this.number = number;
    this.#options = options;
    this.#since = options.clock.now();
  }

  get running(): boolean {
    return this.#shift !== null && this.#ending === null && this.#killed === null;
  }

  /** True once the process has said hello. */
  get ready(): boolean {
    return this.running && this.#pid !== null;
  }

  get pid(): number | null {
    return this.#pid;
  }

  get memoryMb(): number | null {
    return this.#memoryMb;
  }

  get state(): WorkerState {
    return this.#state;
  }

  get sessionAgeMs(): number {
    return performance.now() - this.#sessionOpenedAt;
  }

  view(): WorkerView {
    const [present] = this.hands;
    return {
      id: this.number,
      pid: this.#pid,
      state: this.#state,
      at: present ? present.at : null,
      detail: this.#detail,
      rows: this.#rows,
      since: this.#since,
      tasks: this.#tasks,
      memoryMb: this.#memoryMb,
    };
  }

  start(): void {
    const { processes, source, clock, times } = this.#options;
    this.#pid = null;
    this.#memoryMb = null;
    this.#killed = null;
    this.#ending = null;
    this.session = 'none';
    this.sessionMessages = 0;
    this.#asking = false;
    this.#to('starting');
    const shift = processes.begin({ source, now: clock.now(), beatMs: times.beatMs, progressMs: 100 }, message => {
      if (this.#shift === shift) this.#hear(message);
    });
    this.#shift = shift;
    this.#moved = performance.now();
    this.#missed = 0;
    this.#watch = setInterval(() => this.#check(), times.beatMs);
    this.#watch.unref();
    shift.over.then(
      () => this.#over(shift, 'it ended by itself'),
      () => this.#over(shift, this.#killed ?? 'it ended unexpectedly'),
    );
  }

  login(): void {
    this.session = 'opening';
    this.#moved = performance.now();
    this.#to('logging in');
    this.#shift?.send({ type: 'login' });
  }

  hand(assignment: Assignment): void {
    this.hands.push(assignment);
    if (this.hands.length === 1) this.#begin();
    this.#shift?.send({ type: 'task', task: assignment.task, attempt: assignment.attempts.length + 1 });
  }

  lend(count: number): void {
    if (count === 0) return;
    this.lent += count;
    this.#asking = false;
    this.#moved = performance.now();
    this.#shift?.send({ type: 'permits', count });
  }

  recall(): void {
    this.#shift?.send({ type: 'recall' });
  }

  refuse(failure: Failure): void {
    this.#shift?.send({ type: 'refuse', failure });
  }

  park(detail: string): void {
    if (this.#state !== 'parked' || this.#detail !== detail) this.#to('parked', detail);
  }

  backOff(detail: string): void {
    if (this.#state !== 'backing off' || this.#detail !== detail) this.#to('backing off', detail);
  }

  idle(): void {
    if (this.#state !== 'idle') this.#to('idle');
  }

  /** Orderly: abandons what runs, logs out when `logout`, ends; killed when that takes too long. Never rejects. */
  end(logout: boolean): Promise<void> {
    const shift = this.#shift;
    if (!shift) return Promise.resolve();
    if (this.#ending) return this.#ending;
    if (this.#pid === null) {
      this.#ending = shift.over.catch(() => {});
      shift.withdraw();
      return this.#ending;
    }
    const logsOut = logout && this.session !== 'none';
    if (logsOut) {
      this.lent += 1;
      this.#options.listener.allowedLogout(this);
    }
    shift.send({ type: 'end', logout: logsOut });
    const timer = setTimeout(() => this.#slay(), this.#options.times.endMs);
    this.#ending = shift.over.catch(() => {}).finally(() => clearTimeout(timer));
    return this.#ending;
  }

  /** Ends the process at once; `died` follows. */
  kill(why: string): void {
    if (!this.#shift || this.#killed !== null) return;
    this.#killed = why;
    this.#slay();
  }

  #slay(): void {
    if (this.#pid === null) {
      this.#shift?.withdraw();
      return;
    }
    try {
      process.kill(this.#pid, 'SIGKILL');
    } catch {
      // It is gone already; its end is on the way.
    }
  }

  #hear(message: FromWorker): void {
    const { listener } = this.#options;
    switch (message.type) {
      case 'hello':
        this.#pid = message.pid;
        this.#to('idle');
        listener.started(this);
        return;
      case 'beat':
        this.#missed = 0;
        this.#memoryMb = message.memoryMb;
        return;
      case 'logged in':
        this.session = 'open';
        this.wasOpen = true;
        this.failedLogins = 0;
        this.sessionMessages = 0;
        this.#sessionOpenedAt = performance.now();
        this.#to('idle');
        listener.loggedIn(this);
        return;
      case 'login failed':
        this.session = 'none';
        this.failedLogins += 1;
        listener.loginFailed(this, message.failure, message.refused, this.#moved);
        return;
      case 'asking':
        this.#asking = true;
        listener.asking(this);
        return;
      case 'sent':
        this.lent -= 1;
        this.sessionMessages += 1;
        this.#moved = performance.now();
        listener.sent(this, message.message, message.method);
        return;
      case 'returned':
        this.lent -= message.count;
        listener.returned(this, message.count);
        return;
      case 'progress':
        this.#moved = performance.now();
        if (this.hands[0]?.task.id !== message.task) return;
        this.#page = message.page;
        this.#rows = message.rows;
        this.#detail = this.#pageOf();
        listener.changed(this);
        return;
      case 'answer':
        this.#answered(message);
        return;
      case 'handed back': {
        // The provider closed the session while nothing was asked.
        if (!message.alive) this.session = 'none';
        const assignment = this.#letGo(message.task);
        if (assignment) listener.handedBack(this, assignment);
      }
    }
  }

  #answered(message: Extract<FromWorker, { type: 'answer' }>): void {
    if (!message.alive) this.session = 'none';
    const assignment = this.#letGo(message.task);
    if (!assignment || assignment.attempts.length + 1 !== message.attempt) return;
    this.#tasks += 1;
    this.deaths = 0;
    this.#options.listener.answered(this, assignment, message.result, message.refused);
  }

  #letGo(task: number): Assignment | undefined {
    const place = this.hands.findIndex(assignment => assignment.task.id === task);
    if (place < 0) return undefined;
    const [assignment] = this.hands.splice(place, 1);
    if (place === 0) {
      if (this.hands.length > 0) this.#begin();
      else if (this.#state === 'fetching' || this.#state === 'retrying') this.#to('idle');
    }
    return assignment;
  }

  #begin(): void {
    const [present] = this.hands;
    if (!present) return;
    this.#moved = performance.now();
    this.#page = 1;
    this.#rows = 0;
    present.startedAt = this.#options.clock.now();
    present.sinceMs = this.#moved;
    const tries = present.attempts.length;
    if (tries > 0) this.#to('retrying', `try ${tries + 1}`);
    else this.#to('fetching', this.#pageOf());
  }

  #pageOf(): string {
    const [present] = this.hands;
    const expected = present ? estimatedMessages(present.task, this.#options.source.pageSize) : 1;
    return expected > 1 && expected >= this.#page ? `page ${this.#page} of ${expected}` : `page ${this.#page}`;
  }

  #to(state: WorkerState, detail = ''): void {
    this.#state = state;
    this.#detail = detail;
    if (state !== 'fetching' && state !== 'retrying') this.#rows = 0;
    this.#since = this.#options.clock.now();
    this.#options.listener.changed(this);
  }

  /** Holds the process to its time-outs. Missing beats are counted, not timed: a stopped and continued program is no hang. */
  #check(): void {
    const { times, source } = this.#options;
    if (this.#ending || this.#killed !== null) return;
    const quiet = performance.now() - this.#moved;
    if (this.#pid === null) {
      if (quiet > times.startMs) this.kill(`it did not start within ${times.startMs / 1000} s`);
      return;
    }
    this.#missed += 1;
    if (this.#missed > times.missedBeats) {
      this.kill(`it gave no sign of life for ${(times.missedBeats * times.beatMs) / 1000} s`);
      return;
    }
    if (this.#asking) return;
    const one = source.connectTimeoutMs + source.answerTimeoutMs;
    if (this.session === 'opening' && quiet > one + times.loginMs) this.kill('its login hung');
    else if (this.hands.length > 0 && quiet > one + source.silenceTimeoutMs * 4 + times.quietMs)
      this.kill('its task hung');
  }

  #over(shift: Shift, why: string): void {
    if (this.#shift !== shift) return;
    if (this.#watch) clearInterval(this.#watch);
    this.#watch = null;
    this.#shift = null;
    const told = this.#ending !== null;
    this.#ending = null;
    this.#pid = null;
    this.session = 'none';
    const hands = this.hands.splice(0);
    const lent = this.lent;
    this.lent = 0;
    if (lent > 0) this.#options.listener.returned(this, lent);
    if (!told) this.deaths += 1;
    this.#to('dead', told ? '' : why);
    if (told) for (const assignment of hands) this.#options.listener.handedBack(this, assignment);
    else this.#options.listener.died(this, hands, why);
  }
}
