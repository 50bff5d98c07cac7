/**
 * Which candidates answer what is typed, and which comes first.
 *
 * 1. The word itself, then what begins like it, then what holds it (at the beginning of a part of it before elsewhere), then what
 *    has its characters in their order. Upper and lower case are the same.
 * 2. Among those the group: columns of the statement's tables, tables, functions, keywords.
 * 3. Then what was used last, then the candidate's own order, then the shorter one.
 * The order depends on nothing else, so that a list that is narrowed keeps it.
 */
import type { Candidate } from './candidate.ts';

/** How long ago a word was used, 0 the newest; a word that never was has none. */
export type Recency = ReadonlyMap<string, number>;

export const noRecency: Recency = new Map();

/** Characters in their order answer only from so many on. */
const fuzzyFrom = 2;

/** How well a candidate answers, 0 the best; null where it does not. */
export function answers(typed: string, candidate: Candidate): number | null {
  if (typed === '') return 0;
  const wanted = typed.toLowerCase();
  const own = answersWord(wanted, candidate.label.toLowerCase());
  if (own !== null && own < 2) return own;
  let best = own;
  for (const word of candidate.also ?? []) {
    const other = answersWord(wanted, word.toLowerCase());
    // A synonym comes after the names themselves, and is never guessed at.
    if (other === null || other >= fuzzyTier) continue;
    const tier = other + 1;
    if (best === null || tier < best) best = tier;
  }
  // The words of the grammar are known by their beginnings.
  return candidate.kind === 'keyword' || candidate.kind === 'type' ? null : best;
}

const fuzzyTier = 5;

function answersWord(wanted: string, word: string): number | null {
  const at = word.indexOf(wanted);
  if (at === 0) return word.length === wanted.length ? 0 : 1;
  if (at > 0) return /[\p{L}\p{N}]/u.test(word[at - 1] as string) ? 4 : 3;
  return wanted.length >= fuzzyFrom && inOrder(wanted, word) ? fuzzyTier : null;
}

/** The characters one after the other, the first one first and none far from the one before: `pchg` in `pct_chg`. */
function inOrder(wanted: string, word: string): boolean {
  if (wanted[0] !== word[0]) return false;
  let at = 0;
  for (const character of wanted) {
    const found = word.indexOf(character, at);
    if (found < 0 || found - at > 6) return false;
    at = found + 1;
  }
  return true;
}

/** The candidates that answer, the best first. */
export function ranked(typed: string, candidates: readonly Candidate[], recency: Recency = noRecency): Candidate[] {
  const found: { candidate: Candidate; tier: number; used: number }[] = [];
  for (const candidate of candidates) {
    const tier = answers(typed, candidate);
    if (tier === null) continue;
    const used = recency.get(candidate.label.toLowerCase()) ?? Number.MAX_SAFE_INTEGER;
    found.push({ candidate, tier, used });
  }
  found.sort(
    (a, b) =>
      a.tier - b.tier ||
      a.candidate.group - b.candidate.group ||
      a.used - b.used ||
      (a.candidate.order ?? 0) - (b.candidate.order ?? 0) ||
      a.candidate.label.length - b.candidate.label.length ||
      (a.candidate.label < b.candidate.label ? -1 : 1),
  );
  const seen = new Set<string>();
  return found.flatMap(({ candidate }) => {
    if (seen.has(candidate.insert)) return [];
    seen.add(candidate.insert);
    return [candidate];
  });
}

/** What all candidates begin with, at least `typed`; the case is that of the first. */
export function commonStart(candidates: readonly Candidate[], typed: string): string {
  const [first, ...others] = candidates.map(({ insert }) => insert);
  if (first === undefined || !first.toLowerCase().startsWith(typed.toLowerCase())) return typed;
  let length = [...first].length;
  const characters = [...first];
  for (const other of others) {
    const theirs = [...other];
    let same = 0;
    while (same < length && theirs[same]?.toLowerCase() === characters[same]?.toLowerCase()) same++;
    length = same;
  }
  const common = characters.slice(0, length).join('');
  return common.length > typed.length ? common : typed;
}

const lastEntries = 300;
const wordPattern = /@?[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_]+)?|--[a-z-]+/gu;

/** When each word was used last, read from the newest entries (oldest first). */
export function recencyOf(entries: readonly string[]): Recency {
  const used = new Map<string, number>();
  for (const entry of entries.slice(-lastEntries).reverse()) {
    for (const [word] of entry.slice(0, 2000).toLowerCase().matchAll(wordPattern)) {
      if (!used.has(word)) used.set(word, used.size);
      for (const part of word.split('.')) if (!used.has(part)) used.set(part, used.size);
    }
  }
  return used;
}
