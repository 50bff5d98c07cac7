/** A client for tests: raw bytes in and out of a socket, and whole answers where they are wanted. */
import { connect, type Socket } from 'node:net';
import { clockFrom, readInstant } from '../../src/config/clock.ts';
import { type DemoMarket, demoNow, makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import { type Gateway, type GatewayOptions, runGateway } from '../../src/gateway/gateway.ts';
import type { Known } from '../../src/gateway/market.ts';
import { AnswerDecoder, encodeRequest, fieldsOf } from '../../src/source/baostock/frame.ts';
import { type Method, messageOf, recordIndex, requestFields } from '../../src/source/baostock/messages.ts';

export const evening = readInstant(demoNow(), 'the demo');
export const demoClock = clockFrom(() => evening);
/** Everything of the demo is out. */
export const allKnown: Known = {
  today: '2026-11-20',
  daily: '2026-11-20',
  factors: '2026-11-20',
  minutes: '2026-11-20',
};

let market: DemoMarket | null = null;
/** The demo market, made once for all tests of a file. */
export function demo(): DemoMarket {
  market ??= makeDemoMarket();
  return market;
}

export function demoGateway(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  return runGateway({ market: demo(), clock: demoClock, ...options });
}

export interface Heard {
  readonly type: string;
  readonly fields: readonly string[];
}

export class Talk {
  readonly socket: Socket;
  private bytes = Buffer.alloc(0);
  private ended = false;
  private failed: string | null = null;
  private wake: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', chunk => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.wake?.();
    });
    socket.on('error', (thrown: NodeJS.ErrnoException) => {
      this.failed = thrown.code ?? thrown.message;
    });
    socket.on('close', () => {
      this.ended = true;
      this.wake?.();
    });
  }

  static open(port: number): Promise<Talk> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.off('error', reject);
        resolve(new Talk(socket));
      });
      socket.once('error', reject);
    });
  }

  static async loggedIn(port: number): Promise<Talk> {
    const talk = await Talk.open(port);
    const { fields } = await talk.login();
    if (fields[0] !== '0') throw new Error(`login refused: ${fields.join(' ')}`);
    return talk;
  }

  login(user = 'anonymous', password = '123456'): Promise<Heard> {
    return this.ask('00', ['login', user, password, '0']);
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  send(type: string, fields: readonly string[]): void {
    this.write(encodeRequest('00.9.40', type, fields));
  }

  /** The next whole answer, as bytes; what follows it stays for later. */
  async answerBytes(): Promise<Buffer> {
    for (;;) {
      const decoded = new AnswerDecoder().push(this.bytes);
      if (decoded.state === 'message') return this.taken(decoded.frame.size);
      if (decoded.state === 'broken') throw new Error(decoded.error.message);
      if (this.ended) throw new Error(`the connection ended${this.failed ? ` with ${this.failed}` : ''}`);
      await this.more();
    }
  }

  async answer(): Promise<Heard> {
    const decoded = new AnswerDecoder().push(await this.answerBytes());
    if (decoded.state !== 'message') throw new Error('no whole answer');
    return { type: decoded.frame.type, fields: fieldsOf(decoded.frame.body) };
  }

  ask(type: string, fields: readonly string[]): Promise<Heard> {
    this.send(type, fields);
    return this.answer();
  }

  query(method: Method, values: readonly string[], page = 1, size = 2000): Promise<Heard> {
    const message = messageOf(method);
    return this.ask(message.request, requestFields(message, 'anonymous', page, size, values));
  }

  /** Rows of one page of a successful answer. */
  async rows(method: Method, values: readonly string[], page = 1, size = 2000): Promise<string[][]> {
    const { fields } = await this.query(method, values, page, size);
    if (fields[0] !== '0') throw new Error(`refused: ${fields.join(' ')}`);
    const record = fields[recordIndex(messageOf(method))];
    return record ? (JSON.parse(record) as { record: string[][] }).record : [];
  }

  bars(code: string, start: string, end: string, fields = 'date,close', frequency = 'd', adjust = '3') {
    return this.rows('query_history_k_data_plus', [code, fields, start, end, frequency, adjust]);
  }

  /** Bytes that arrived and were not taken, once the connection has ended; `reset` where it was not ended in order. */
  async untilClosed(): Promise<{ readonly bytes: Buffer; readonly reset: boolean }> {
    while (!this.ended) await this.more();
    return { bytes: this.bytes, reset: this.failed !== null };
  }

  /** Resolves when anything at all has arrived or the connection has ended. */
  more(): Promise<void> {
    return new Promise(resolve => {
      this.wake = () => {
        this.wake = null;
        resolve();
      };
    });
  }

  /** Bytes that arrived and were not taken. */
  get waiting(): Buffer {
    return this.bytes;
  }

  close(): void {
    this.socket.destroy();
  }

  private taken(count: number): Buffer {
    const bytes = this.bytes.subarray(0, count);
    this.bytes = this.bytes.subarray(count);
    return bytes;
  }
}
