/** One open database file: its pool, its schema in place, its origin checked. */
import type { Clock } from '../config/clock.ts';
import type { ConnectionPool } from './connection.ts';

/** A file holds one origin and refuses the other. */
export type Origin = 'demo' | 'real';

export interface Database {
  readonly path: string;
  readonly readOnly: boolean;
  readonly clock: Clock;
  readonly pool: ConnectionPool;
  /** Interrupts what runs, awaits it, closes. */
  close(): Promise<void>;
}
