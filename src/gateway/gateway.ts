/**
 * A local server that speaks the provider's protocol on 127.0.0.1, for the demo, for offline work and for tests. It serves
 * a market (CSV folders or the demo's) and plays the real world on demand: latency, limits, faults.
 */
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import type { Clock } from '../config/clock.ts';
import { Problem } from '../market/problem.ts';
import { encodeAnswer } from '../source/baostock/frame.ts';
import { answerQuery, largestPage } from './answers.ts';
import { Connection, type Service } from './connection.ts';
import { EncodedAnswers } from './encoded.ts';
import { isRefused, refuse } from './errors.ts';
import { FaultDice, type FaultSpec } from './faults.ts';
import { type LimitOptions, Limits } from './limits.ts';
import type { Market } from './market.ts';
import { knownAt, type PublishedUntil } from './published.ts';
import { Stats, type StatsReport } from './stats.ts';

export interface GatewayOptions extends LimitOptions {
  readonly market: Market;
  readonly clock: Clock;
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Added before each answer. */
  readonly latencyMs?: number;
  /** Of one connection, in 1,000 bytes a second. */
  readonly bandwidthKbps?: number;
  readonly publishedUntil?: PublishedUntil;
  /** A connection that sends nothing for so long is closed. */
  readonly idleDropSeconds?: number;
  /** Rows a page at most; the answer says so where a client asked for more. */
  readonly pageCap?: number;
  readonly faults?: readonly FaultSpec[];
  /** Of the faults. */
  readonly seed?: number;
  /** Faults also hit the answers of login and logout. */
  readonly faultLogin?: boolean;
  /** Serves the counters as JSON over HTTP; 0: any free port. */
  readonly statsPort?: number;
  /** Accounts beside `anonymous`/`123456`: passwords by user. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** What a market could not read while it served; the client gets 10005001. */
  readonly onProblem?: (thrown: unknown) => void;
}

export interface Gateway {
  readonly port: number;
  readonly statsPort: number | null;
  stats(): StatsReport;
  /** Closes every connection and the port. */
  close(): Promise<void>;
}

const cacheBytes = 64 * 1024 * 1024;
const mostConnections = 8_192;

/** @throws Problem `failed` where the port cannot be had. */
export async function runGateway(options: GatewayOptions): Promise<Gateway> {
  const stats = new Stats();
  const service = makeService(options, stats);
  const connections = new Set<Connection>();
  const server = createServer({ allowHalfOpen: true }, socket => {
    const connection = new Connection(socket, service);
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  });
  server.maxConnections = mostConnections;
  const port = await listen(server, options.port ?? 0);
  server.on('error', thrown => options.onProblem?.(thrown));

  let http: HttpServer | null = null;
  let statsPort: number | null = null;
  if (options.statsPort !== undefined) {
    http = createHttpServer((_, response) => {
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.end(`${JSON.stringify(stats.report())}\n`);
    });
    try {
      statsPort = await listen(http, options.statsPort);
    } catch (thrown) {
      server.close();
      throw thrown;
    }
  }

  return {
    port,
    statsPort,
    stats: () => stats.report(),
    close: async () => {
      for (const connection of connections) connection.destroy();
      http?.closeAllConnections();
      await Promise.all([server, http].map(one => one && new Promise(resolve => one.close(resolve))));
    },
  };
}

function makeService(options: GatewayOptions, stats: Stats): Service {
  const { market, clock, publishedUntil = { kind: 'rule' }, pageCap = largestPage } = options;
  const encoded = new EncodedAnswers(cacheBytes);
  const query: Service['query'] = (type, fields) => {
    const known = knownAt(clock, publishedUntil);
    const key = [type, known.today, known.daily, known.factors, known.minutes, ...fields].join('\x01');
    const kept = encoded.get(key);
    if (kept) return kept;
    try {
      const answered = answerQuery(market, type, fields, known, pageCap);
      if (isRefused(answered)) return answered;
      const bytes = encodeAnswer(answered.type, answered.fields);
      encoded.keep(key, bytes);
      return bytes;
    } catch (thrown) {
      options.onProblem?.(thrown);
      return refuse('10005001');
    }
  };
  return {
    limits: new Limits(options, clock),
    stats,
    dice: new FaultDice(options.faults ?? [], options.seed ?? 1),
    faultLogin: options.faultLogin ?? false,
    latencyMs: options.latencyMs ?? 0,
    bandwidth: options.bandwidthKbps ?? null,
    idleMs: options.idleDropSeconds === undefined ? null : options.idleDropSeconds * 1000,
    serverTime: () => new Date(clock.now() + 8 * 3_600_000).toISOString().replace(/\D/g, ''),
    account: (user, password) => {
      const expected = user === 'anonymous' ? '123456' : options.accounts?.[user];
      return expected === undefined || expected !== password ? '10001002' : null;
    },
    query,
  };
}

function listen(server: Server | HttpServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (thrown: NodeJS.ErrnoException) => {
      const why = thrown.code === 'EADDRINUSE' ? 'something else listens there' : thrown.message;
      reject(
        new Problem('failed', `the gateway cannot listen on 127.0.0.1 port ${port}: ${why}`, {
          next: 'name another port with --port, or leave it out for a free one',
          cause: thrown,
        }),
      );
    });
    server.listen(port, '127.0.0.1', () => {
      server.removeAllListeners('error');
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : port);
    });
  });
}
