/** What a task may do with the session: ask a method, all pages of it, within the counts and the signal of the task. */
import type { IsoDate } from '../../market/date.ts';
import type { Failure } from '../outcome.ts';
import type { TaskProgress } from '../source.ts';
import type { Values } from './checks.ts';
import type { Client } from './client.ts';
import type { Method } from './messages.ts';
import type { PageReader } from './parts.ts';

export interface Asking {
  /** Null once every page is in the reader. */
  ask(method: Method, given: Values, reader: PageReader): Promise<Failure | null>;
  today(): IsoDate;
  /** Gives the session up: what came is not the answer to what was asked. */
  leave(failure: Failure): Failure;
}

/** Asks through a session; rows of earlier requests of the task count in its progress. */
export function askingOf(
  client: Client,
  today: () => IsoDate,
  onProgress: (progress: TaskProgress) => void,
  signal: AbortSignal,
): Asking {
  let rowsBefore = 0;
  return {
    today,
    leave: failure => client.leave(failure),
    ask: async (method, given, reader) => {
      const failure = await client.query(
        method,
        given,
        today(),
        page => reader.take(page),
        signal,
        page => onProgress({ page, rows: rowsBefore + reader.received }),
      );
      rowsBefore += reader.received;
      return failure;
    },
  };
}
