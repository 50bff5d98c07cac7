/**
 * What all processes of this machine know of a provider, in one small file: messages of the day, ban, limits, and who holds
 * login sessions now. Written under a lock, by an atomic rename; counts only grow within a day; a damaged file is put aside
 * and begun anew rather than trusted.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../config/clock.ts';
import type { Ban, Known } from './provider.ts';

interface Holder {
  readonly pid: number;
  readonly sessions: number;
  readonly at: number;
}

interface Entry {
  day: string;
  used: number;
  ban: Ban | null;
  bans: Record<string, number>;
  sessions: { allowed: number; at: number } | null;
  /** Parallel sessions that were accepted against the rule; null: never. */
  accepted: { workers: number; at: number } | null;
  holders: Holder[];
}

type Entries = Record<string, Entry>;

/** A holder of the lock that is older than this has died with it, ms. */
const staleLockMs = 5_000;
const lockWaitMs = 3_000;

export class ProviderFile {
  readonly #path: string;
  readonly #key: string;
  readonly #clock: Clock;

  constructor(path: string, key: string, clock: Clock) {
    this.#path = path;
    this.#key = key;
    this.#clock = clock;
  }

  known(): Known {
    return this.#knownOf(this.#entry(this.#read()));
  }

  /** Adds messages to today's count; what is known after it, the other processes' messages included. */
  add(messages: number): Known {
    return this.#change(entry => {
      entry.used += messages;
    });
  }

  /** Raises today's count to a number counted elsewhere. */
  atLeast(used: number): Known {
    if (this.known().used >= used) return this.known();
    return this.#change(entry => {
      entry.used = Math.max(entry.used, used);
    });
  }

  saveBan(ban: Ban): Known {
    return this.#change(entry => {
      const year = this.#clock.today().slice(0, 4);
      entry.ban = ban;
      entry.bans = { [year]: (entry.bans[year] ?? 0) + 1 };
    });
  }

  saveSessions(allowed: number): void {
    this.#change(entry => {
      entry.sessions = { allowed, at: this.#clock.now() };
    });
  }

  get accepted(): number {
    return this.#entry(this.#read()).accepted?.workers ?? 1;
  }

  saveAccepted(workers: number): void {
    this.#change(entry => {
      entry.accepted = { workers, at: this.#clock.now() };
    });
  }

  /** Takes login sessions for this process; null when granted, else the process that holds what is missing. */
  hold(sessions: number, most: number): { readonly pid: number; readonly since: number } | null {
    let holder: Holder | null = null;
    this.#change(entry => {
      const others = entry.holders.filter(({ pid }) => pid !== process.pid && alive(pid));
      const held = others.reduce((sum, other) => sum + other.sessions, 0);
      if (held + sessions > most && held > 0) {
        holder = others[0] ?? null;
        entry.holders = others;
        return;
      }
      entry.holders = [...others, { pid: process.pid, sessions, at: this.#clock.now() }];
    });
    const other = holder as Holder | null;
    return other === null ? null : { pid: other.pid, since: other.at };
  }

  letGo(): void {
    this.#change(entry => {
      entry.holders = entry.holders.filter(({ pid }) => pid !== process.pid && alive(pid));
    });
  }

  #knownOf(entry: Entry): Known {
    return {
      used: entry.used,
      ban: entry.ban,
      bans: entry.bans[this.#clock.today().slice(0, 4)] ?? 0,
      sessions: entry.sessions,
    };
  }

  #entry(entries: Entries): Entry {
    const day = this.#clock.today();
    const stored = entries[this.#key];
    const entry: Entry = { day, used: 0, ban: null, bans: {}, sessions: null, accepted: null, holders: [], ...stored };
    if (entry.day !== day) {
      entry.day = day;
      entry.used = 0;
    }
    return entry;
  }

  #read(): Entries {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
    const entries = entriesOf(text);
    if (entries) return entries;
    renameSync(this.#path, `${this.#path}.damaged`);
    return {};
  }

  #change(change: (entry: Entry) => void): Known {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    return this.#locked(() => {
      const entries = this.#read();
      const entry = this.#entry(entries);
      change(entry);
      entries[this.#key] = entry;
      const draft = `${this.#path}.${process.pid}`;
      writeFileSync(draft, `${JSON.stringify({ version: 1, providers: entries }, null, 1)}\n`, { mode: 0o600 });
      renameSync(draft, this.#path);
      return this.#knownOf(entry);
    });
  }

  #locked<T>(work: () => T): T {
    const lock = `${this.#path}.lock`;
    const until = Date.now() + lockWaitMs;
    for (;;) {
      try {
        const handle = openSync(lock, 'wx', 0o600);
        writeSync(handle, String(process.pid));
        closeSync(handle);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      if (isStale(lock) || Date.now() > until) rmSync(lock, { force: true });
      else Atomics.wait(pause, 0, 0, 5);
    }
    try {
      return work();
    } finally {
      rmSync(lock, { force: true });
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

function isStale(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    return (pid > 0 && !alive(pid)) || Date.now() - statSync(lock).mtimeMs > staleLockMs;
  } catch {
    return false;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function entriesOf(text: string): Entries | null {
  try {
    const { providers } = JSON.parse(text) as { providers?: unknown };
    if (typeof providers !== 'object' || providers === null) return null;
    for (const entry of Object.values(providers as Record<string, Partial<Entry>>)) {
      if (typeof entry?.used !== 'number' || typeof entry.day !== 'string' || !Array.isArray(entry.holders))
        return null;
    }
    return providers as Entries;
  } catch {
    return null;
  }
}
