/**
 * What people type for a security, resolved to codes. The catalogue decides where there is one.
 *
 * 1. A form with an exchange is that code. Only where the catalogue lacks it and has the same digits elsewhere, it is refused.
 * 2. Six digits are the one security with them. A stock beats an index, with a note; an index alone needs its exchange.
 * 3. A name is the security of exactly that name, else the one whose name holds it or whose initials it is.
 * 4. More than one hit is never guessed at: the candidates are listed.
 */
import { type Code, type CodeReading, digitsOf, indexNeedsExchange, readCode, tookStock } from '../market/code.ts';
import { becameNote, type CodeChange, wasNote } from '../market/code-changes.ts';
import { fold, quoted } from '../market/fold.ts';
import { Problem } from '../market/problem.ts';
import type { Catalogue, Instrument } from './catalogue.ts';

export interface ResolvedCode {
  readonly code: Code;
  /** As it was typed. */
  readonly input: string;
  /** What was taken where another reading exists. */
  readonly note?: string;
}

export interface Resolution {
  /** In the order of the inputs, each code once. */
  readonly codes: readonly ResolvedCode[];
  /** One for each input that is no one security. */
  readonly problems: readonly Problem[];
}

const shownCandidates = 5;

/** Resolves inputs; without a catalogue by form and numbering alone. */
export function resolveCodes(inputs: readonly string[], catalogue: Catalogue | null): Resolution {
  const codes = new Map<Code, ResolvedCode>();
  const problems: Problem[] = [];
  for (const input of inputs) {
    const known = catalogue && catalogue.size > 0 ? catalogue : null;
    const found = changed(resolve(input, known), input, known);
    if (found instanceof Problem) problems.push(found);
    else if (!codes.has(found.code)) codes.set(found.code, found);
  }
  return { codes: [...codes.values()], problems };
}

/** Says of a code that it was given up for another one, or given in the place of one. */
function changed(found: ResolvedCode | Problem, input: string, catalogue: Catalogue | null): ResolvedCode | Problem {
  if (!catalogue) return found;
  if (found instanceof Problem) {
    const digits = fold(input).match(/\d{6}/)?.[0];
    const change = digits && [...catalogue.changes].find(({ old }) => digitsOf(old) === digits);
    return change ? gaveUp(change, catalogue) : found;
  }
  const became = catalogue.became(found.code);
  if (became && !catalogue.get(found.code)) return gaveUp(became, catalogue);
  const was = catalogue.was(found.code);
  const notes = [found.note, became && becameNote(became), was && wasNote(was)].filter(note => note !== undefined);
  return notes.length === 0 ? found : { ...found, note: notes.join('; ') };
}

function gaveUp(change: CodeChange, catalogue: Catalogue): Problem {
  const now = catalogue.get(change.new);
  return new Problem('usage', `${change.old} became ${now ? described(now) : change.new} on ${change.since}`, {
    next: `type ${change.new}; the provider has nothing under the old code`,
  });
}

/** All problems of a resolution as one, or nothing. */
export function problemOf({ problems }: Resolution): Problem | null {
  const [first, ...others] = problems;
  if (!first || others.length === 0) return first ?? null;
  return new Problem(
    first.kind,
    problems.map(({ message }) => message).join('; '),
    first.next ? { next: first.next } : {},
  );
}

function resolve(input: string, catalogue: Catalogue | null): ResolvedCode | Problem {
  const reading = readCode(input);
  if (reading.kind === 'invalid') return reading.problem;
  if (reading.kind === 'name') return catalogue ? byName(input, catalogue) : noCatalogue(input);
  if (!catalogue) return byForm(reading, input);
  if (reading.kind === 'code' && !reading.bare) return byExchange(reading.code, input, catalogue);
  return byDigits(reading, input, catalogue);
}

type Digits = Extract<CodeReading, { kind: 'code' | 'ambiguous' }>;

function byForm(reading: Digits, input: string): ResolvedCode | Problem {
  if (reading.kind === 'ambiguous') return reading.problem;
  return { code: reading.code, input, ...(reading.note === undefined ? {} : { note: reading.note }) };
}

function byExchange(code: Code, input: string, catalogue: Catalogue): ResolvedCode | Problem {
  const elsewhere = catalogue.withDigits(digitsOf(code));
  const [other] = elsewhere;
  if (!other || catalogue.get(code)) return { code, input };
  return new Problem('usage', `the catalogue has no ${code}; ${described(other)} has these digits`, {
    next: `type ${other.code} if you mean that one`,
  });
}

function byDigits(reading: Digits, input: string, catalogue: Catalogue): ResolvedCode | Problem {
  const digits = reading.kind === 'code' ? digitsOf(reading.code) : fold(input);
  const hits = catalogue.withDigits(digits);
  const index = hits.find(({ kind }) => kind === 'index');
  const others = hits.filter(({ kind }) => kind !== 'index');
  const [one] = others;
  if (others.length > 1) return ambiguous(input, others);
  if (one) return { code: one.code, input, ...(index ? { note: tookStock(index.code) } : {}) };
  if (index) return indexNeedsExchange(index.code);
  return reading.kind === 'ambiguous' ? reading.problem : { code: reading.code, input };
}

function byName(input: string, catalogue: Catalogue): ResolvedCode | Problem {
  const exact = catalogue.named(input);
  const hits = exact.length > 0 ? exact : catalogue.matching(input);
  const [one] = hits;
  if (hits.length > 1) return ambiguous(input, hits);
  if (one) return { code: one.code, input };
  const nearest = catalogue.nearest(input);
  return new Problem('usage', `no security is called “${quoted(input)}”`, {
    next: nearest.length > 0 ? `did you mean ${nearest.map(described).join(', ')} ?` : 'type its code, like 600519',
  });
}

function noCatalogue(input: string): Problem {
  return new Problem('usage', `“${quoted(input)}” is a name, and no catalogue is stored yet to look it up in`, {
    next: 'type its code, like 600519',
  });
}

function ambiguous(input: string, hits: readonly Instrument[]): Problem {
  const shown = hits.slice(0, shownCandidates).map(described).join(', ');
  const more = hits.length > shownCandidates ? ` and ${hits.length - shownCandidates} more` : '';
  return new Problem('usage', `“${quoted(input)}” can be ${hits.length} securities: ${shown}${more}`, {
    next: 'type the code of the one you mean',
  });
}

function described({ code, name }: Instrument): string {
  return `${code} ${name}`;
}
