/**
 * What a pool may be told, with the names, defaults and edge values of SQLAlchemy's QueuePool, and the presets. Durations
 * are milliseconds, sub-second ones exact.
 */
import { Problem } from '../../market/problem.ts';

export type ResetOnReturn = 'rollback' | 'commit' | 'renew' | 'none';

export interface PoolOptions {
  /** Connections kept for reuse. 0: no limit, on what is kept or on what is lent. Default 5. */
  readonly size: number;
  /** How many may be open beyond `size` for a while; they close when returned. −1: no limit. Default 10. */
  readonly maxOverflow: number;
  /** How long `acquire` waits. null: for ever. Default 30,000. */
  readonly timeoutMs: number | null;
  /**
   * Age from which a connection is replaced at its next checkout, counted from its opening, less up to a tenth by chance so
   * that siblings do not expire together. −1: never. Default 3,600,000.
   */
  readonly recycleMs: number;
  /** Ask an idle connection whether it still answers before lending it; skipped within `pingAfterMs` of its last use. */
  readonly prePing: boolean;
  /** Default 1,000. */
  readonly pingAfterMs: number;
  /** Lend the most recently returned connection first, so that unused ones grow idle and close; else the oldest. */
  readonly lifo: boolean;
  /** What becomes of a transaction left open: undone, kept, or (`none`) its connection is closed. `renew`: replaces all. */
  readonly resetOnReturn: ResetOnReturn;
  /** Idle connections beyond `minIdle` close after this long. 0: never. Default 600,000. */
  readonly idleTimeoutMs: number;
  /** How many idle ones the idle time-out leaves. Nothing is opened to reach it. Default 0. */
  readonly minIdle: number;
  /**
   * A read or write connection held for longer is reported, with the stack of its checkout. Taking that stack makes a
   * checkout cost 3 µs instead of 0.4. 0: never (default).
   */
  readonly leakAfterMs: number;
  /** How long a ping, a reset or a close may take before the connection counts as lost. Default 10,000. */
  readonly stepTimeoutMs: number;
}

const standard: PoolOptions = {
  size: 5,
  maxOverflow: 10,
  timeoutMs: 30_000,
  recycleMs: 3_600_000,
  prePing: true,
  pingAfterMs: 1_000,
  lifo: false,
  resetOnReturn: 'rollback',
  idleTimeoutMs: 600_000,
  minIdle: 0,
  leakAfterMs: 0,
  stepTimeoutMs: 10_000,
};

/** Named settings for common uses. */
export const presets = {
  default: standard,
  /** Many short queries. */
  read: { ...standard, size: 10, maxOverflow: 20, recycleMs: 1_800_000 },
  /** A small machine. */
  light: { ...standard, size: 2, maxOverflow: 3, timeoutMs: 10_000, recycleMs: 600_000 },
  /** Long writes and few readers. */
  import: { ...standard, size: 3, maxOverflow: 5, timeoutMs: 60_000 },
  /** Everything through one connection: for scripts and for tests of order. */
  single: { ...standard, size: 1, maxOverflow: 0 },
} as const satisfies Record<string, PoolOptions>;

export type PresetName = keyof typeof presets;

export function isPreset(name: string): name is PresetName {
  return Object.hasOwn(presets, name);
}

/** The most connections at once; Infinity where there is no limit. */
export function limitOf(options: PoolOptions): number {
  return options.size === 0 || options.maxOverflow === -1
    ? Number.POSITIVE_INFINITY
    : options.size + options.maxOverflow;
}

/** The most idle connections at once. */
export function idleLimitOf(options: PoolOptions): number {
  return options.size === 0 ? Number.POSITIVE_INFINITY : options.size;
}

/** Fills the defaults in and refuses what cannot be meant. */
export function checkedOptions(given: Partial<PoolOptions>, base: PoolOptions = standard): PoolOptions {
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const options: PoolOptions = { ...base, ...set };
  const whole = (name: keyof PoolOptions, least: number) => {
    const value = options[name];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least) {
      throw new Problem(
        'usage',
        `pool option ${name} must be a whole number of at least ${least}, not ${String(value)}.`,
      );
    }
  };
  const duration = (name: keyof PoolOptions, least: number) => {
    const value = options[name];
    if (typeof value !== 'number' || !Number.isFinite(value) || value < least) {
      throw new Problem(
        'usage',
        `pool option ${name} must be milliseconds of at least ${least}, not ${String(value)}.`,
      );
    }
  };
  whole('size', 0);
  whole('maxOverflow', -1);
  whole('minIdle', 0);
  if (options.timeoutMs !== null) duration('timeoutMs', 0);
  if (options.recycleMs !== -1) duration('recycleMs', 1);
  for (const name of ['pingAfterMs', 'idleTimeoutMs', 'leakAfterMs'] as const) duration(name, 0);
  duration('stepTimeoutMs', 1);
  if (!['rollback', 'commit', 'renew', 'none'].includes(options.resetOnReturn)) {
    throw new Problem(
      'usage',
      `pool option resetOnReturn knows rollback, commit, renew and none, not ${options.resetOnReturn}.`,
    );
  }
  return options;
}
