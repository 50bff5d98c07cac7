/**
 * What belongs to a provider's address rather than to a database file: its key, the rule of the public host, the budget of
 * messages a day, and what is remembered of bans and limits.
 */
import { endpointText, isPublicHost } from '../config/endpoint.ts';
import { Problem } from '../market/problem.ts';
import type { Endpoint, SourceOptions } from '../source/source.ts';

/** Messages a day on the public host: its own limit is 50,000, and beyond it the address is blacklisted. */
const publicBudget = 45_000;
/** First ban of a year; each further one is longer by as much. Reported by users of the provider, not promised. */
const firstBanMs = 6 * 3_600_000;

export interface Ban {
  /** Clock times in ms. */
  readonly until: number;
  readonly saidAt: number;
  /** The provider's own words, untrusted. */
  readonly said: string;
}

/** What is known of a provider from earlier runs and other processes. */
export interface Known {
  /** Messages sent today (Shanghai). */
  readonly used: number;
  readonly ban: Ban | null;
  /** Bans said this year. */
  readonly bans: number;
  /** Sessions at once that the provider was seen to allow, with the clock time (ms) of that; null: never refused one. */
  readonly sessions: { readonly allowed: number; readonly at: number } | null;
}

export const nothingKnown: Known = { used: 0, ban: null, bans: 0, sessions: null };

/** Quota and ban belong to the address that asks, so all public hosts are one provider; any other endpoint is its own. */
export function providerKey(endpoint: Endpoint): string {
  if (isPublicHost(endpoint.host)) return 'baostock.com';
  return endpointText(endpoint);
}

/** Messages a day: what was set, but on the public host never more than its rule leaves; null: no limit. */
export function budgetOf({ endpoint, budget }: Pick<SourceOptions, 'endpoint' | 'budget'>): number | null {
  const rule = isPublicHost(endpoint.host) ? publicBudget : null;
  if (budget === undefined) return rule;
  return rule === null ? budget : Math.min(rule, budget);
}

/** Length of a ban that names no time itself. */
export function banLengthMs(bansThisYear: number): number {
  return firstBanMs * Math.max(1, bansThisYear);
}

/** Two memories of one provider: the later ban, the higher counts, the newer limit. */
export function merged(a: Known, b: Known): Known {
  const ban = !a.ban || (b.ban && b.ban.until > a.ban.until) ? b.ban : a.ban;
  const sessions = !a.sessions || (b.sessions && b.sessions.at > a.sessions.at) ? b.sessions : a.sessions;
  return { used: Math.max(a.used, b.used), ban, bans: Math.max(a.bans, b.bans), sessions };
}

/** Several sessions on the public host are an explicit choice; throws where it was not made for so many. */
export function refuseParallel(endpoint: Endpoint, workers: number, accepted: number): void {
  if (workers <= accepted || !isPublicHost(endpoint.host)) return;
  throw new Problem(
    'refused',
    `${endpoint.host} forbids parallel connections and blacklists the address that opens them; ${workers} workers would.`,
    { next: `--workers 1, or take the risk with: --workers ${workers} --accept-provider-rule` },
  );
}

/** `Sat 03:40`, in Shanghai. */
export function shanghaiTime(ms: number): string {
  const at = new Date(ms + 8 * 3_600_000);
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][at.getUTCDay()];
  return `${day} ${at.toISOString().slice(11, 16)}`;
}

/** `4 h 12 min`, `2 min`, `31 s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The sentence for a run that is asked for while a ban lasts. */
export function bannedProblem(ban: Ban, now: number): Problem {
  return new Problem(
    'refused',
    `the provider has banned this address until ${shanghaiTime(ban.until)}, in ${duration(ban.until - now)} (said at ${shanghaiTime(ban.saidAt)}); ` +
      'asking again before then is reported to prolong it, so nothing was sent',
    { next: `the same command after ${shanghaiTime(ban.until)} goes on where it stopped` },
  );
}
