/**
 * What the program and a worker process say to each other. A worker process works one *shift*: the process pool starts it
 * with a `ShiftStart`, everything else travels as the messages below over the same inter-process channel, and the shift's
 * end is the end of the pool's task. So the program decides which worker gets which task, and may hand the next one over
 * before the present one is done. Messages are structured-cloned (`serialization: 'advanced'`): typed arrays stay typed.
 */
import type { Failure } from '../source/outcome.ts';
import type { Answer, Refusal, SourceOptions, Task } from '../source/source.ts';

/** Everything a worker knows of the world; the only message that holds secrets. */
export interface ShiftStart {
  readonly source: SourceOptions;
  /** The program's clock, ms: a worker's runs on from there. */
  readonly now: number;
  /** Between two signs of life, ms. */
  readonly beatMs: number;
  /** Least time between two progress messages of one task, ms. */
  readonly progressMs: number;
}

export type ToWorker =
  /** Close the present session, if any, with a logout, and open one. Answered by `logged in` or `login failed`. */
  | { readonly type: 'login' }
  /** Tasks run in the order of their coming. Answered by `answer`, or `handed back` when the session was lost before. */
  | { readonly type: 'task'; readonly task: Task; readonly attempt: number }
  /** Permits for so many messages to the provider. */
  | { readonly type: 'permits'; readonly count: number }
  /** Unused permits go back: answered by `returned`. */
  | { readonly type: 'recall' }
  /** From now on every message is refused, also those that wait for a permit. */
  | { readonly type: 'refuse'; readonly failure: Failure }
  /** Abandon what runs, hand back what waits, close the session (a logout is permitted when `logout`), end the shift. */
  | { readonly type: 'end'; readonly logout: boolean };

export type FromWorker =
  | { readonly type: 'hello'; readonly pid: number }
  | { readonly type: 'logged in' }
  | { readonly type: 'login failed'; readonly failure: Failure; readonly refused: boolean }
  /** No permit is left and a message waits for one. */
  | { readonly type: 'asking' }
  /** A message goes out now, on a permit lent before. */
  | { readonly type: 'sent'; readonly message: 'login' | 'request' | 'logout'; readonly method: string }
  | { readonly type: 'returned'; readonly count: number }
  | { readonly type: 'progress'; readonly task: number; readonly page: number; readonly rows: number }
  | {
      readonly type: 'answer';
      readonly task: number;
      readonly attempt: number;
      readonly result: Answer | Refusal;
      /** True when the failure is our own refusal of a permit, not the provider's doing. */
      readonly refused: boolean;
      /** False: the session is lost; the next task needs a login before. */
      readonly alive: boolean;
    }
  /** Not tried, or abandoned. */
  | { readonly type: 'handed back'; readonly task: number; readonly alive: boolean }
  | { readonly type: 'beat'; readonly memoryMb: number };
