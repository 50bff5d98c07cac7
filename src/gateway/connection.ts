/**
 * One client: its requests one after another, each answered before the next is looked at. Whatever bytes arrive, a request
 * is answered, refused with an error frame, or the connection is closed; nothing is thrown. Held in memory are at most one
 * request too long for the bound, one piece of the socket, and one answer: while an answer waits (latency, bandwidth, a
 * client that does not read) nothing more is read.
 */
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DecodedRequest, encodeAnswer, packedTypes, RequestDecoder } from '../source/baostock/frame.ts';
import { errorType, login, logout, messageOfRequest, success } from '../source/baostock/messages.ts';
import { type ErrorCode, errorTexts, type Refused, refuse } from './errors.ts';
import { errorCodeOf, type FaultDice, type FaultKind, type FaultSpec, pauseOf, spoil } from './faults.ts';
import type { Limits } from './limits.ts';
import type { ConnectionStats, Stats } from './stats.ts';

/** What a connection needs of its server. */
export interface Service {
  readonly limits: Limits;
  readonly stats: Stats;
  readonly dice: FaultDice;
  /** Whether faults may also hit the answers of login and logout. */
  readonly faultLogin: boolean;
  readonly latencyMs: number;
  /** 1,000 bytes a second; null for no limit. */
  readonly bandwidth: number | null;
  readonly idleMs: number | null;
  /** 17 digits, Shanghai. */
  serverTime(): string;
  /** Null where the account may log in. */
  account(user: string, password: string): ErrorCode | null;
  /** The encoded answer to a query. */
  query(type: string, fields: readonly string[]): Buffer | Refused;
}

/** Pieces in which a limited line carries bytes. */
const paceBytes = 8_192;

export class Connection {
  private readonly socket: Socket;
  private readonly service: Service;
  private readonly counts: ConnectionStats;
  private readonly decoder = new RequestDecoder();
  private readonly gone = new AbortController();
  private readonly idle: NodeJS.Timeout | null;
  private loggedIn = false;
  private busy = false;
  private halfClosed = false;
  /** Set once nothing will be answered any more: what still arrives is thrown away. */
  private deaf = false;
  private withheld: { readonly bytes: Buffer; readonly timer: NodeJS.Timeout } | null = null;

  constructor(socket: Socket, service: Service) {
    this.socket = socket;
    this.service = service;
    this.counts = service.stats.connected(`${socket.remoteAddress}:${socket.remotePort}`);
    this.idle = service.idleMs === null ? null : setTimeout(() => this.end(), service.idleMs);
    socket.setNoDelay(true);
    socket.on('data', chunk => this.received(chunk));
    socket.on('end', () => {
      this.halfClosed = true;
      if (!this.busy) this.end();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.closed());
  }

  private received(chunk: Buffer): void {
    this.service.stats.received(this.counts, chunk.length);
    this.idle?.refresh();
    if (this.deaf) return;
    this.decoder.push(chunk);
    if (!this.busy) void this.work();
  }

  private async work(): Promise<void> {
    this.busy = true;
    this.socket.pause();
    try {
      for (let request = this.decoder.take(); request && !this.deaf; request = this.decoder.take()) {
        await this.answer(request);
        if (this.gone.signal.aborted) return;
        await nextTurn();
      }
    } catch {
      this.socket.destroy();
    } finally {
      this.busy = false;
      this.socket.resume();
      if (this.halfClosed && !this.withheld) this.end();
    }
  }

  private async answer(request: DecodedRequest): Promise<void> {
    await this.flushWithheld();
    if (request.state === 'broken') {
      await this.refuseWith(refuse('10004019'));
      if (request.error.fault === 'bound') this.end();
      return;
    }
    const { type, fields } = request;
    const method = methodOf(type);
    const message = messageOfRequest.get(type);
    const place = message ? (message.paged ? 4 : 2) + message.parameters.indexOf('code') : -1;
    const code = message?.parameters.includes('code') ? (fields[place] ?? null) : null;
    this.service.stats.request(this.counts, method, code && /^s[hz]\.\d{6}$/.test(code) ? code : null);

    const over = this.service.limits.count();
    if (over) {
      this.forget();
      return this.refuseWith(refuse(over));
    }
    if (type === login.request) return this.deliver(this.logIn(fields), fields, this.service.faultLogin);
    if (!this.loggedIn) return this.refuseWith(refuse('10001001'));
    if (type === logout.request) return this.deliver(this.logOut(fields), fields, this.service.faultLogin);
    return this.deliver(this.service.query(type, fields), fields, true);
  }

  private logIn(fields: readonly string[]): Buffer | Refused {
    const [method, user = '', password = ''] = fields;
    if (method !== login.method) return refuse('10004020');
    if (fields.length !== 4) return refuse('10004006');
    const refused = this.service.account(user, password);
    if (refused) return refuse(refused);
    if (!this.loggedIn && !this.service.limits.enter()) return refuse('10001005');
    this.loggedIn = true;
    this.service.stats.login();
    return encodeAnswer(login.answer, [success, 'success', login.method, user, this.service.serverTime()]);
  }

  private logOut(fields: readonly string[]): Buffer | Refused {
    if (fields[0] !== logout.method) return refuse('10004020');
    if (fields.length !== 3) return refuse('10004006');
    this.forget();
    return encodeAnswer(logout.answer, [
      success,
      'success',
      logout.method,
      fields[1] as string,
      this.service.serverTime(),
    ]);
  }

  private forget(): void {
    if (this.loggedIn) this.service.limits.leave();
    this.loggedIn = false;
  }

  private async refuseWith(refused: Refused): Promise<void> {
    await this.pause(this.service.latencyMs);
    await this.send(this.errorFrame(refused));
  }

  private errorFrame({ refused, text }: Refused): Buffer {
    this.service.stats.error(refused);
    return encodeAnswer(errorType, [refused, text]);
  }

  private async deliver(answer: Buffer | Refused, fields: readonly string[], faulty: boolean): Promise<void> {
    const bytes = Buffer.isBuffer(answer) ? answer : this.errorFrame(answer);
    await this.pause(this.service.latencyMs);
    const packed = packedTypes.has(bytes.toString('latin1', 8, 10));
    const fault = faulty ? this.service.dice.deal(fields, packed) : null;
    if (!fault) return this.send(bytes);
    this.service.stats.fault(fault.kind);
    return this.dealt(fault, bytes);
  }

  private async dealt(fault: FaultSpec, bytes: Buffer): Promise<void> {
    const deals: Partial<Record<FaultKind, () => Promise<void> | void>> = {
      drop: () => this.end(),
      reset: () => {
        this.deaf = true;
        this.socket.resetAndDestroy();
      },
      stall: () => {
        this.deaf = true;
      },
      truncate: async () => {
        await this.send(spoil('truncate', bytes));
        this.end();
      },
      split: () => this.sendPieces(bytes, Math.ceil(bytes.length / 3), pauseOf(fault)),
      drip: () => this.sendPieces(bytes, Math.ceil(bytes.length / 50), pauseOf(fault)),
      error: () => {
        const code = errorCodeOf(fault);
        if (code === '10001001') this.forget();
        return this.send(this.errorFrame(refuse(code, errorTexts[code])));
      },
      forget: () => {
        this.forget();
        return this.send(this.errorFrame(refuse('10001001')));
      },
      late: () => {
        this.withheld = { bytes, timer: setTimeout(() => void this.flushWithheld(), pauseOf(fault)) };
      },
    };
    await (deals[fault.kind] ?? (() => this.send(spoil(fault.kind, bytes))))();
  }

  private async flushWithheld(): Promise<void> {
    const { withheld } = this;
    if (!withheld) return;
    this.withheld = null;
    clearTimeout(withheld.timer);
    await this.send(withheld.bytes);
    if (this.halfClosed && !this.busy) this.end();
  }

  private async sendPieces(bytes: Buffer, size: number, pauseMs: number): Promise<void> {
    for (let from = 0; from < bytes.length && !this.gone.signal.aborted; from += size) {
      if (from > 0) await this.pause(pauseMs);
      await this.send(bytes.subarray(from, from + size));
    }
  }

  /** Resolves when the socket has taken the bytes, or is gone. */
  private async send(bytes: Buffer): Promise<void> {
    const { bandwidth } = this.service;
    if (bandwidth === null) return this.write(bytes);
    for (let from = 0; from < bytes.length && !this.gone.signal.aborted; from += paceBytes) {
      const piece = bytes.subarray(from, from + paceBytes);
      await this.pause(piece.length / bandwidth);
      await this.write(piece);
    }
  }

  private write(bytes: Buffer): Promise<void> | void {
    const { socket } = this;
    if (this.gone.signal.aborted || socket.destroyed || socket.writableEnded) return;
    this.service.stats.sent(this.counts, bytes.length);
    this.idle?.refresh();
    if (socket.write(bytes)) return;
    return new Promise(resolve => {
      const done = () => {
        socket.off('drain', done);
        this.gone.signal.removeEventListener('abort', done);
        resolve();
      };
      socket.once('drain', done);
      this.gone.signal.addEventListener('abort', done, { once: true });
    });
  }

  private pause(ms: number): Promise<void> | void {
    if (ms <= 0 || this.gone.signal.aborted) return;
    return new Promise(resolve => {
      const { signal } = this.gone;
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  /** Sends what was written and closes. */
  end(): void {
    this.deaf = true;
    this.socket.destroySoon();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private closed(): void {
    if (this.gone.signal.aborted) return;
    this.gone.abort();
    this.forget();
    if (this.idle) clearTimeout(this.idle);
    if (this.withheld) clearTimeout(this.withheld.timer);
    this.withheld = null;
    this.service.stats.closed(this.counts);
  }
}

function methodOf(type: string): string {
  if (type === login.request) return login.method;
  if (type === logout.request) return logout.method;
  return messageOfRequest.get(type)?.method ?? `type ${type}`;
}
