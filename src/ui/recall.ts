/**
 * Going back in what was typed, as pure functions over the entries (oldest first): step by step, limited to what begins like the
 * text typed so far; by search; and the entry that the text may be going to become.
 */
import type { Buffer } from './buffer.ts';

/** Where a walk through the history stands. The draft is what was typed before it began, and comes back at its end. */
export interface Walk {
  readonly draft: Buffer;
  readonly prefix: string;
  /** Index into the entries; their number when the walk is at the draft. */
  readonly at: number;
}

export interface Walked {
  readonly walk: Walk;
  /** Null where the walk is back at the draft. */
  readonly entry: string | null;
}

export function walkFrom(draft: Buffer, entries: readonly string[]): Walk {
  const { text, cursor } = draft;
  const atEnd = cursor === text.length && text.trim() !== '';
  return { draft, prefix: atEnd ? text : '', at: entries.length };
}

/** The next place `older` or newer, and the entry there; null where there is none. */
export function walked(walk: Walk, entries: readonly string[], direction: 'older' | 'newer'): Walked | null {
  const step = direction === 'older' ? -1 : 1;
  for (let at = walk.at + step; at >= 0 && at < entries.length; at += step) {
    const entry = entries[at] as string;
    if (entry.startsWith(walk.prefix) && entry !== walk.draft.text) return { walk: { ...walk, at }, entry };
  }
  if (direction === 'newer' && walk.at < entries.length) {
    return { walk: { ...walk, at: entries.length }, entry: null };
  }
  return null;
}

/** What would make the newest entry that begins with the text; null when there is none. */
export function suggestion(text: string, entries: readonly string[]): string | null {
  if (text.trim() === '') return null;
  for (let at = entries.length - 1; at >= 0; at--) {
    const entry = entries[at] as string;
    if (entry.length > text.length && entry.startsWith(text)) return entry.slice(text.length);
  }
  return null;
}

export interface Match {
  readonly entry: string;
  /** Parts of the entry that answer the query, in order, for marking. */
  readonly marks: readonly { readonly from: number; readonly to: number }[];
}

/**
 * Entries that answer the query, newest first: those that hold every word of it somewhere, then those that hold its
 * characters in their order. Upper and lower case are the same.
 */
export function searched(query: string, entries: readonly string[]): Match[] {
  const terms = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (terms.length === 0) return [];
  const whole: Match[] = [];
  const scattered: Match[] = [];
  for (let at = entries.length - 1; at >= 0; at--) {
    const entry = entries[at] as string;
    const lower = entry.toLowerCase();
    if (lower.length !== entry.length) continue;
    const places = terms.map(term => ({ from: lower.indexOf(term), length: term.length }));
    if (places.every(({ from }) => from >= 0)) {
      whole.push({ entry, marks: merged(places.map(({ from, length }) => ({ from, to: from + length }))) });
      continue;
    }
    const marks = inOrder(terms.join(''), lower);
    if (marks) scattered.push({ entry, marks });
  }
  return [...whole, ...scattered];
}

function merged(marks: { from: number; to: number }[]): Match['marks'] {
  const sorted = marks.sort((a, b) => a.from - b.from);
  const result: { from: number; to: number }[] = [];
  for (const mark of sorted) {
    const last = result.at(-1);
    if (last && mark.from <= last.to) last.to = Math.max(last.to, mark.to);
    else result.push({ ...mark });
  }
  return result;
}

/** The characters of `query` one after the other in `text`, not farther apart than a line; null where they are not. */
function inOrder(query: string, text: string): Match['marks'] | null {
  if (query.length < 3) return null;
  const marks: { from: number; to: number }[] = [];
  let at = 0;
  for (const character of query) {
    const found = text.indexOf(character, at);
    if (found < 0 || (marks.length > 0 && found - at > 40)) return null;
    marks.push({ from: found, to: found + character.length });
    at = found + character.length;
  }
  return merged(marks);
}
