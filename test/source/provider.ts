/** A hand-written server for tests of the client: real sockets, and answers that the test decides byte by byte. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { encodeAnswer, RequestDecoder } from '../../src/source/baostock/frame.ts';
import { answerFields, login, logout, messageOfRequest } from '../../src/source/baostock/messages.ts';
import type { SourceOptions } from '../../src/source/source.ts';

export interface Asked {
  readonly type: string;
  readonly version: string;
  readonly fields: readonly string[];
  /** Counted from 1, over all connections. */
  readonly number: number;
}

/** Bytes to send; pieces are sent one after the other; null sends nothing. */
export type Reply = Buffer | readonly Buffer[] | null;
export type Behave = (asked: Asked, socket: Socket) => Reply | Promise<Reply>;

export interface Provider {
  readonly options: SourceOptions;
  readonly asked: readonly Asked[];
  readonly connections: number;
  /** Resolves when the client has closed so many connections. */
  closed(count: number): Promise<void>;
  close(): Promise<void>;
}

export function loginReply(fields: readonly string[]): Buffer {
  return encodeAnswer(login.answer, ['0', 'success', 'login', fields[1] ?? '', '20241120200000000']);
}

export function errorReply(code: string, text = '错误'): Buffer {
  return encodeAnswer('04', [code, text]);
}

/** The answer to a request with these rows; `size` is the page size that the answer names, by default the one asked. */
export function rowsReply(asked: Asked, rows: readonly (readonly string[])[], size?: number): Buffer {
  const message = messageOfRequest.get(asked.type);
  if (!message) throw new Error(`no message of type ${asked.type}`);
  const fields = answerFields(message, asked.fields, rows.length === 0 ? '' : JSON.stringify({ record: rows }));
  if (size !== undefined) fields[5] = String(size);
  return encodeAnswer(message.answers[0], fields);
}

/** Logins and logouts answer themselves unless `behave` is asked for them too. */
export async function provider(
  behave: Behave,
  options: Partial<SourceOptions> & { session?: boolean } = {},
): Promise<Provider> {
  const { session = false, ...rest } = options;
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let gone = 0;
  let waiting: (() => void)[] = [];
  const server = createServer(socket => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      gone++;
      for (const look of waiting) look();
    });
    const decoder = new RequestDecoder();
    socket.on('data', async chunk => {
      decoder.push(chunk);
      for (let next = decoder.take(); next; next = decoder.take()) {
        if (next.state !== 'message') throw new Error(next.error.message);
        const { type, version, fields } = next;
        const request = { type, version, fields, number: asked.length + 1 };
        asked.push(request);
        let reply: Reply;
        if (!session && type === login.request) reply = loginReply(fields);
        else if (!session && type === logout.request)
          reply = encodeAnswer(logout.answer, ['0', 'success', 'logout', fields[1] ?? '', '20241120200000000']);
        else reply = await behave(request, socket);
        for (const piece of reply === null ? [] : Buffer.isBuffer(reply) ? [reply] : (reply as readonly Buffer[])) {
          if (socket.destroyed) break;
          socket.write(piece);
          await new Promise(resolve => setImmediate(resolve));
        }
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    options: {
      source: 'baostock',
      endpoint: { host: '127.0.0.1', port: address.port },
      connectTimeoutMs: 5000,
      answerTimeoutMs: 5000,
      silenceTimeoutMs: 5000,
      ...rest,
    },
    asked,
    get connections() {
      return connections;
    },
    closed: count =>
      new Promise(resolve => {
        const look = (): void => {
          if (gone < count) return;
          waiting = waiting.filter(other => other !== look);
          resolve();
        };
        waiting.push(look);
        look();
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
