/**
 * The driver's connection as it is lent for appenders and data chunks: the same object to its user, but every asynchronous
 * call is counted (a connection must not be closed under one), appenders are noted until they are closed (their rows vanish
 * with the connection), and after the lease's end it refuses to do anything.
 */
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';

interface Watch {
  /** Runs one asynchronous call of the driver. */
  call<T>(work: () => Promise<T>): Promise<T>;
  appender(appender: object, open: boolean): void;
}

export function guarded(connection: DuckDBConnection, watch: Watch): { connection: DuckDBConnection; revoke(): void } {
  let over = false;
  const proxy = new Proxy(connection, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (over) throw new Error('the connection was returned to the pool: it must not be used any more');
      if (typeof value !== 'function') return value;
      if (name === 'closeSync' || name === 'disconnectSync') {
        return () => {
          throw new Error('a lent connection is closed by the pool: release it');
        };
      }
      if (name === 'createAppender') {
        return async (...values: Parameters<DuckDBConnection['createAppender']>) =>
          noted(await watch.call(() => target.createAppender(...values)), watch);
      }
      if (!asynchronous.has(name)) return value.bind(target);
      return (...values: unknown[]) => watch.call(() => value.apply(target, values) as Promise<unknown>);
    },
  });
  return {
    connection: proxy,
    revoke() {
      over = true;
    },
  };
}

const asynchronous = new Set<string | symbol>([
  'run',
  'runAndRead',
  'runAndReadAll',
  'runAndReadUntil',
  'stream',
  'streamAndRead',
  'streamAndReadAll',
  'streamAndReadUntil',
  'prepare',
  'extractStatements',
]);

function noted(appender: DuckDBAppender, watch: Watch): DuckDBAppender {
  const close = appender.closeSync.bind(appender);
  watch.appender(appender, true);
  appender.closeSync = () => {
    close();
    watch.appender(appender, false);
  };
  return appender;
}
