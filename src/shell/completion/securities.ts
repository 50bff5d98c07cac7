/**
 * Securities found by what is typed of them: digits or the whole code, the Chinese name, pinyin initials. What begins like the typed
 * text comes before what holds it; then stocks before indices, what is listed before what left, what was used last.
 */
import { fold } from '../../market/fold.ts';
import type { Candidate, Completions } from './candidate.ts';
import { mostCandidates } from './candidate.ts';
import type { Recency } from './ranking.ts';

export interface Security {
  readonly code: string;
  readonly name: string;
  readonly pinyin: string;
  readonly kind: string;
  readonly board: string;
  readonly delisted: boolean;
}

/** A security with its name as it is compared. */
interface Listed extends Security {
  readonly key: string;
  readonly rank: number;
}

export type Securities = readonly Listed[];

export function listed(securities: Iterable<Security>): Securities {
  return [...securities].map(security => ({
    ...security,
    key: nameKey(security.name),
    rank: (security.delisted ? 4 : 0) + (security.kind === 'stock' ? 0 : security.kind === 'index' ? 1 : 2),
  }));
}

function nameKey(name: string): string {
  return fold(name).replace(/\s+/g, '').toLowerCase();
}

/** How well a security answers, 0 the best; null where it does not. `initials`: whether initials may answer. */
function answersSecurity(wanted: string, { code, key, pinyin }: Listed): number | null {
  if (wanted === '') return 0;
  const digits = code.slice(3);
  if (code === wanted || digits === wanted || key === wanted || pinyin === wanted) return 0;
  if (digits.startsWith(wanted) || code.startsWith(wanted) || key.startsWith(wanted) || pinyin.startsWith(wanted))
    return 1;
  if (key.includes(wanted)) return 2;
  if (wanted.length < 2) return null;
  if (digits.includes(wanted)) return 3;
  return pinyin.includes(wanted) ? 4 : null;
}

export interface SecurityWish {
  readonly typed: string;
  /** What is put in: the code, or the name where a name is compared. */
  readonly as: 'code' | 'name';
}

export function securityCandidates(
  securities: Securities,
  { typed, as }: SecurityWish,
  recency: Recency,
): Pick<Completions, 'candidates' | 'total'> {
  // Other ways to write a code: sh600519, 600519.SH.
  const wanted = nameKey(typed)
    .replace(/^(sh|sz|bj)[:_-]?(?=\d)/, '$1.')
    .replace(/^(\d{6})\.[a-z]*$/, '$1');
  const found: { security: Listed; tier: number; used: number }[] = [];
  for (const security of securities) {
    const tier = answersSecurity(wanted, security);
    if (tier === null) continue;
    const used = Math.min(
      recency.get(security.code) ?? Number.MAX_SAFE_INTEGER,
      recency.get(security.key) ?? Number.MAX_SAFE_INTEGER,
    );
    found.push({ security, tier, used });
  }
  found.sort(
    (a, b) =>
      a.tier - b.tier ||
      a.used - b.used ||
      a.security.rank - b.security.rank ||
      (a.security.code < b.security.code ? -1 : 1),
  );
  const candidates = found.slice(0, mostCandidates).map(({ security }, order): Candidate => {
    const { code, name, pinyin, kind, board } = security;
    const type = kind === 'stock' ? board || kind : kind;
    return {
      insert: as === 'code' ? code : name,
      label: as === 'code' ? code : name,
      kind: 'code',
      type: security.delisted ? `${type}, left` : type,
      says: as === 'code' ? name : code,
      also: [code, code.slice(3), security.key, pinyin],
      group: 0,
      order,
    };
  });
  return { candidates, total: found.length };
}
