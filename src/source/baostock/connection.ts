/**
 * One TCP connection that carries one request and its answer at a time. Every wait has a deadline, every ending a reason.
 * Whatever leaves the connection out of step closes it: a time-out (a late answer must not be taken for the next request's),
 * a broken frame, bytes beyond an answer or between two requests, a cancelled request.
 */
import { createConnection, type Socket } from 'node:net';
import type { Failure } from '../outcome.ts';
import type { Endpoint } from '../source.ts';
import { brokenAnswer, networkFailure, outOfStep } from './errors.ts';
import { AnswerDecoder, type Frame } from './frame.ts';

export interface Deadlines {
  readonly connectTimeoutMs: number;
  /** From the request sent to the first byte of the answer. */
  readonly answerTimeoutMs: number;
  /** Between two pieces of one answer. */
  readonly silenceTimeoutMs: number;
}

/** An answer may trickle for so many silence time-outs altogether. */
const longestTrickle = 20;

interface Pending {
  readonly decoder: AnswerDecoder;
  readonly settle: (result: Frame | Failure) => void;
  pieces: number;
}

export class Connection {
  private readonly socket: Socket;
  private readonly deadlines: Deadlines;
  private readonly name: string;
  private pending: Pending | null = null;
  /** Why the connection is of no more use; null while it is. */
  private ending: Failure | null = null;

  private constructor(socket: Socket, endpoint: Endpoint, deadlines: Deadlines) {
    this.socket = socket;
    this.deadlines = deadlines;
    this.name = nameOf(endpoint);
    socket.on('data', chunk => this.received(chunk));
    socket.on('error', error =>
      this.end(networkFailure('10002007', `The connection to ${this.name} broke: ${reasonOf(error)}.`)),
    );
    socket.on('timeout', () =>
      this.end(tooLate(`${this.name} fell silent inside an answer for ${seconds(deadlines.silenceTimeoutMs)}`)),
    );
    socket.on('end', () => this.end(this.closedByProvider()));
    socket.on('close', () => this.end(this.closedByProvider()));
  }

  static connect(endpoint: Endpoint, deadlines: Deadlines, signal: AbortSignal): Promise<Connection | Failure> {
    if (signal.aborted) return Promise.resolve(cancelled());
    return new Promise(resolve => {
      const socket = createConnection({ host: endpoint.host, port: endpoint.port, noDelay: true });
      const settle = (result: Connection | Failure): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        socket.removeListener('error', fail);
        if (!(result instanceof Connection)) {
          socket.on('error', () => {});
          socket.destroy();
        }
        resolve(result);
      };
      const abort = (): void => settle(cancelled());
      const fail = (error: Error): void => settle(unreachable(endpoint, error));
      const timer = setTimeout(
        () =>
          settle(
            networkFailure(
              '10002003',
              `${nameOf(endpoint)} did not accept a connection in ${seconds(deadlines.connectTimeoutMs)}.`,
            ),
          ),
        deadlines.connectTimeoutMs,
      );
      signal.addEventListener('abort', abort, { once: true });
      socket.once('error', fail);
      socket.once('connect', () => settle(new Connection(socket, endpoint, deadlines)));
    });
  }

  get alive(): boolean {
    return this.ending === null;
  }

  /** Sends a request and waits for its answer. One at a time: asking twice at once is a mistake of the caller. */
  async ask(request: Buffer, signal: AbortSignal): Promise<Frame | Failure> {
    if (this.pending) throw new Error('a request is already in flight on this connection');
    if (signal.aborted) return cancelled();
    if (this.ending) return this.ending;
    const { answerTimeoutMs, silenceTimeoutMs } = this.deadlines;
    const abort = (): void => this.end(cancelled());
    signal.addEventListener('abort', abort, { once: true });
    const first = setTimeout(() => {
      if (this.pending?.pieces === 0) this.end(tooLate(`${this.name} did not answer in ${seconds(answerTimeoutMs)}`));
    }, answerTimeoutMs);
    const trickle = setTimeout(
      () =>
        this.end(
          tooLate(
            `The answer of ${this.name} was not complete after ${seconds(answerTimeoutMs + longestTrickle * silenceTimeoutMs)}`,
          ),
        ),
      answerTimeoutMs + longestTrickle * silenceTimeoutMs,
    );
    try {
      return await new Promise<Frame | Failure>(settle => {
        this.pending = { decoder: new AnswerDecoder(), settle, pieces: 0 };
        this.socket.write(request);
      });
    } finally {
      clearTimeout(first);
      clearTimeout(trickle);
      this.socket.setTimeout(0);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Ends the connection now; what is in flight fails with `reason`. */
  close(reason: Failure = networkFailure('10002004', 'The connection was closed.')): void {
    this.end(reason);
  }

  private received(chunk: Buffer): void {
    const { pending } = this;
    if (!pending) {
      this.end(outOfStep(`${this.name} sent bytes that nobody asked for.`));
      return;
    }
    if (pending.pieces++ === 0) this.socket.setTimeout(this.deadlines.silenceTimeoutMs);
    const decoded = pending.decoder.push(chunk);
    if (decoded.state === 'waiting') return;
    if (decoded.state === 'broken') {
      this.end(brokenAnswer(decoded.error));
      return;
    }
    this.settle(decoded.frame);
    if (decoded.beyond > 0) this.end(outOfStep(`${this.name} sent bytes beyond its answer.`));
  }

  private settle(result: Frame | Failure): void {
    const { pending } = this;
    this.pending = null;
    pending?.settle(result);
  }

  private end(reason: Failure): void {
    if (this.ending) return;
    this.ending = reason;
    this.socket.destroy();
    this.settle(reason);
  }

  private closedByProvider(): Failure {
    const inside = this.pending && this.pending.pieces > 0;
    return networkFailure('10002004', `${this.name} closed the connection${inside ? ' inside an answer' : ''}.`);
  }
}

function nameOf({ host, port }: Endpoint): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function unreachable(endpoint: Endpoint, error: Error): Failure {
  const failure = networkFailure('10002002', `${nameOf(endpoint)} cannot be reached: ${reasonOf(error)}.`);
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOTFOUND' || code === 'EAI_AGAIN' ? { ...failure, unresolved: true } : failure;
}

function cancelled(): Failure {
  return networkFailure('10002001', 'The request was cancelled.');
}

function tooLate(what: string): Failure {
  return networkFailure('10002008', `${what}.`);
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(ms < 1000 ? 2 : 1))} s`;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the other side reset it',
  EPIPE: 'the other side closed it',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ENETUNREACH: 'there is no way to that network',
  EHOSTUNREACH: 'there is no way to that host',
  ETIMEDOUT: 'it did not react in time',
};

function reasonOf(error: Error): string {
  const inner = error instanceof AggregateError ? (error.errors[0] as Error | undefined) : undefined;
  const code = (error as NodeJS.ErrnoException).code ?? (inner as NodeJS.ErrnoException | undefined)?.code ?? '';
  return reasons[code] ?? (code || error.message || 'no reason is given');
}
