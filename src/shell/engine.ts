/**
 * What a shell or a command works with: settings, clock, and the database, which is opened at its first use. Closing
 * follows the order of dependence: jobs, sessions, database, demo market.
 */
import type { Clock } from '../config/clock.ts';
import type { SourceOptions } from '../source/source.ts';
import type { Database } from '../store/database.ts';

export interface Engine {
  readonly demo: boolean;
  readonly readOnly: boolean;
  /** Absolute path of the database file. */
  readonly file: string;
  readonly version: string;
  /** The one clock; on the demo it waits for the demo market to say its last session. */
  clock(): Promise<Clock>;
  /** Opens the file at the first call; rejects with a Problem each time until it could be opened. */
  database(): Promise<Database>;
  /** The database if it is open now. */
  readonly opened: Database | null;
  /** The provider as set; on the demo it waits for the demo market. */
  source(): Promise<SourceOptions>;
  /** Workers to use when a command does not say: the setting, else what is right for the endpoint. */
  workers(): Promise<number>;
  close(): Promise<void>;
}
