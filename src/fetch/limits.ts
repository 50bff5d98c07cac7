/**
 * What is known of a provider before a run, and where its policy writes down what it learns: the database file for every
 * endpoint; for the public host also the file that all processes share, since quota and ban belong to the address.
 */
import { join } from 'node:path';
import type { Clock } from '../config/clock.ts';
import { isPublicHost } from '../config/endpoint.ts';
import { homePath } from '../config/paths.ts';
import { Problem } from '../market/problem.ts';
import type { Endpoint } from '../source/source.ts';
import type { Database } from '../store/database.ts';
import type { ProviderMemory } from './policy.ts';
import { type Ban, type Known, merged, nothingKnown, providerKey } from './provider.ts';
import { ProviderFile } from './provider-file.ts';
import { readKnown, writeBan, writeSessions } from './provider-table.ts';

/** What all processes of this machine know of the public host; null for any other. */
export function sharedFile(endpoint: Endpoint, clock: Clock): ProviderFile | null {
  if (!isPublicHost(endpoint.host)) return null;
  return new ProviderFile(join(homePath('state', process.env), 'providers.json'), providerKey(endpoint), clock);
}

export class Limits implements ProviderMemory {
  readonly #database: Database;
  readonly #key: string;
  readonly #clock: Clock;
  readonly #file: ProviderFile | null;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(database: Database, endpoint: Endpoint, clock: Clock) {
    this.#database = database;
    this.#key = providerKey(endpoint);
    this.#clock = clock;
    this.#file = sharedFile(endpoint, clock);
  }

  get key(): string {
    return this.#key;
  }

  /** @throws Problem when the shared file cannot be used: without it the quota cannot be kept. */
  async known(): Promise<Known> {
    const stored = await readKnown(this.#database, this.#key, this.#clock);
    const file = this.#file;
    return file
      ? merged(
          stored,
          this.#shared(() => file.atLeast(stored.used)),
        )
      : stored;
  }

  /** Parallel sessions that were accepted on the public host; elsewhere any number is. */
  get accepted(): number {
    const file = this.#file;
    return file ? this.#shared(() => file.accepted) : Number.POSITIVE_INFINITY;
  }

  accept(workers: number): void {
    const file = this.#file;
    if (file) this.#shared(() => file.saveAccepted(workers));
  }

  /** Takes login sessions; null when granted, else the process that has them. */
  hold(sessions: number, most: number): { readonly pid: number; readonly since: number } | null {
    const file = this.#file;
    return file ? this.#shared(() => file.hold(sessions, most)) : null;
  }

  letGo(): void {
    this.#quietly(file => file.letGo());
  }

  add(messages: number): Known {
    return this.#quietly(file => file.add(messages)) ?? nothingKnown;
  }

  saveBan(ban: Ban): void {
    this.#quietly(file => file.saveBan(ban));
    this.#write(() => writeBan(this.#database, this.#key, ban, this.#clock));
  }

  saveSessions(allowed: number): void {
    this.#quietly(file => file.saveSessions(allowed));
    this.#write(() => writeSessions(this.#database, this.#key, allowed, this.#clock));
  }

  /** Resolves once all that was learned is in the database. Never rejects: a lost lesson is learned again. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  #write(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work).catch(() => {});
  }

  /** In the middle of a run the table is the witness that remains. */
  #quietly<T>(work: (file: ProviderFile) => T): T | null {
    try {
      return this.#file ? work(this.#file) : null;
    } catch {
      return null;
    }
  }

  #shared<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Problem('failed', `the count of today's requests cannot be kept: ${why}`, {
        next: 'make the folder in XDG_STATE_HOME (or ~/.local/state) writable',
        cause: error,
      });
    }
  }
}
