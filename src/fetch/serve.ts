/**
 * The worker's side of a shift: holds one login session, runs the tasks it is handed one after the other, asks for a permit
 * before every message to the provider, and says that it lives. It ends when told to, and at once when the program that
 * started it is gone, however that ended; it leaves Ctrl-C and hang-ups to that program, and prints nothing.
 */
import { tableOf } from '../market/period.ts';
import type { Failure } from '../source/outcome.ts';
import type { Answer, LoginSession, OpenSession, Part, Permit, Refusal, Task } from '../source/source.ts';
import type { FromWorker, ShiftStart, ToWorker } from './shift.ts';

interface Handed {
  readonly task: Task;
  readonly attempt: number;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

class PermitRefused extends Error {}

/** The permits lent to this worker. A permit is used by the message that it lets out, never twice. */
class Permits {
  #lent = 0;
  #refusal: Failure | null = null;
  readonly #waiting: Waiting[] = [];
  readonly #send: (message: FromWorker) => void;

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
  }

  /** Set once messages are refused. */
  get refusal(): Failure | null {
    return this.#refusal;
  }

  readonly permit: Permit = async (message, method) => {
    if (this.#refusal) throw new PermitRefused(this.#refusal.message);
    if (this.#lent > 0) {
      this.#lent -= 1;
    } else {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push({ resolve, reject });
        this.#send({ type: 'asking' });
      });
    }
    this.#send({ type: 'sent', message, method });
  };

  lend(count: number): void {
    this.#lent += count;
    while (this.#lent > 0 && this.#waiting.length > 0) {
      this.#lent -= 1;
      this.#waiting.shift()?.resolve();
    }
  }

  recall(): void {
    const count = this.#lent;
    this.#lent = 0;
    this.#send({ type: 'returned', count });
  }

  refuse(failure: Failure): void {
    this.#refusal = failure;
    for (const { reject } of this.#waiting.splice(0)) reject(new PermitRefused(failure.message));
  }

  /** One message more although all others are refused: the logout of an orderly end. */
  allowOne(): void {
    this.#refusal = null;
    this.lend(1);
  }
}

class Worker {
  readonly #start: ShiftStart;
  readonly #open: OpenSession;
  readonly #permits: Permits;
  readonly #handed: Handed[] = [];
  readonly #abort = new AbortController();
  #session: LoginSession | null = null;
  #opening: Promise<void> | null = null;
  #running: Promise<void> | null = null;
  readonly ended: Promise<void>;
  #end: () => void = () => {};

  constructor(start: ShiftStart, open: OpenSession) {
    this.#start = start;
    this.#open = open;
    this.#permits = new Permits(say);
    this.ended = new Promise(resolve => {
      this.#end = resolve;
    });
  }

  hear(message: ToWorker): void {
    switch (message.type) {
      case 'login':
        this.#opening ??= this.#login().finally(() => {
          this.#opening = null;
          this.#next();
        });
        return;
      case 'task':
        this.#handed.push({ task: message.task, attempt: message.attempt });
        this.#next();
        return;
      case 'permits':
        this.#permits.lend(message.count);
        return;
      case 'recall':
        this.#permits.recall();
        return;
      case 'refuse':
        this.#permits.refuse(message.failure);
        return;
      case 'end':
        this.#finish(message.logout);
    }
  }

  async #login(): Promise<void> {
    await this.#running;
    await this.#session?.close().catch(() => {});
    this.#session = null;
    const opened = await this.#openSession();
    if ('failure' in opened) {
      say({ type: 'login failed', failure: opened.failure, refused: this.#permits.refusal !== null });
      return;
    }
    this.#session = opened;
    if (!this.#abort.signal.aborted) say({ type: 'logged in' });
  }

  async #openSession(): Promise<LoginSession | { readonly failure: Failure }> {
    try {
      return await this.#open(this.#start.source, this.#permits.permit, this.#abort.signal);
    } catch (thrown) {
      return { failure: this.#failureOf(thrown) };
    }
  }

  #next(): void {
    if (this.#running || this.#opening || this.#abort.signal.aborted) return;
    if (!this.#session?.alive) {
      this.#handBack();
      return;
    }
    const next = this.#handed.shift();
    if (!next) return;
    this.#running = this.#run(next, this.#session).then(tell => {
      this.#running = null;
      this.#next();
      // The next request is on its way before this answer is packed for the program.
      setImmediate(tell);
    });
  }

  /** The way to tell how it ended. */
  async #run({ task, attempt }: Handed, session: LoginSession): Promise<() => void> {
    let said = performance.now();
    const result = await session
      .run(
        task,
        ({ page, rows }) => {
          const now = performance.now();
          if (now - said < this.#start.progressMs) return;
          said = now;
          say({ type: 'progress', task: task.id, page, rows });
        },
        this.#abort.signal,
      )
      .catch((thrown): Refusal => ({ ok: false, failure: this.#failureOf(thrown), requests: 0, bytes: 0 }));
    if (this.#abort.signal.aborted && !result.ok) {
      return () => say({ type: 'handed back', task: task.id, alive: session.alive });
    }
    const refused = !result.ok && this.#permits.refusal !== null;
    const { alive } = session;
    return () => say({ type: 'answer', task: task.id, attempt, result: withoutOwnCode(task, result), refused, alive });
  }

  #failureOf(thrown: unknown): Failure {
    if (thrown instanceof PermitRefused && this.#permits.refusal) return this.#permits.refusal;
    return {
      class: 'retry-network',
      message: `The worker failed: ${thrown instanceof Error ? thrown.message : thrown}.`,
    };
  }

  #handBack(): void {
    const alive = this.#session?.alive === true;
    for (const { task } of this.#handed.splice(0)) say({ type: 'handed back', task: task.id, alive });
  }

  async #finish(logout: boolean): Promise<void> {
    this.#abort.abort();
    this.#permits.refuse({ class: 'retry-network', message: 'The shift is over.' });
    this.#handBack();
    await this.#running;
    await this.#opening;
    if (logout) this.#permits.allowOne();
    await this.#session?.close().catch(() => {});
    this.#permits.recall();
    // After what was told last.
    setImmediate(this.#end);
  }
}

function say(message: FromWorker): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function memoryMb(): number {
  return Math.round(process.memoryUsage.rss() / 1_048_576);
}

/** Bars of one code, checked to be its own, travel without the column that would repeat it on every row. */
function withoutOwnCode(task: Task, result: Answer | Refusal): Answer | Refusal {
  if (task.kind !== 'bars' || !result.ok) return result;
  const bars = tableOf(task.period);
  const parts = result.parts.map((part): Part => {
    if (part.table !== bars) return part;
    const { code: _, ...columns } = part.batch.columns;
    return { ...part, batch: { rows: part.batch.rows, columns } };
  });
  return { ...result, parts };
}

/** Makes the function that the process pool calls in the child: resolves at the end of the shift. */
export function serve(open: (start: ShiftStart) => OpenSession): (start: ShiftStart) => Promise<void> {
  return async start => {
    const ignore = (): void => {};
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, ignore);
    process.once('disconnect', () => process.exit(0));
    // The clock of the worker's own code, which reads it from the environment.
    if (Math.abs(start.now - Date.now()) > 1_000) process.env.DUCKLINE_NOW = new Date(start.now).toISOString();
    silence(process.stdout);
    silence(process.stderr);
    const worker = new Worker(start, open(start));
    const hear = (message: unknown): void => {
      if (isToWorker(message)) worker.hear(message);
    };
    process.on('message', hear);
    const beat = setInterval(() => say({ type: 'beat', memoryMb: memoryMb() }), start.beatMs);
    say({ type: 'hello', pid: process.pid });
    await worker.ended;
    clearInterval(beat);
    process.off('message', hear);
    for (const signal of signals) process.off(signal, ignore);
  };
}

/** The pool's own messages pass on the same channel. */
function isToWorker(message: unknown): message is ToWorker {
  return (
    typeof message === 'object' && message !== null && 'type' in message && !('__tinypool_worker_message__' in message)
  );
}

/** What a library prints here would appear in the middle of the prompt of the program. */
function silence(stream: NodeJS.WriteStream): void {
  stream.write = ((_chunk: unknown, encoding?: unknown, done?: unknown) => {
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') process.nextTick(callback as () => void);
    return true;
  }) as typeof stream.write;
}
