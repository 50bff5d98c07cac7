/**
 * A security's code in the one form used inside the program: exchange, dot, six digits (`sh.600519`), and every form in
 * which people write one. Reading is by form and by the exchanges' prefixes alone; what needs the stored catalogue (names,
 * indices, numbers without a stock) says so and is left to the catalogue.
 *
 * 1. A code with its exchange is that code, whatever its prefix says.
 * 2. Bare digits go by prefix. A stock beats an index, and the note says which was taken.
 * 3. An index needs its exchange. What no prefix decides is refused.
 */
import { fold, quoted } from './fold.ts';
import { Problem } from './problem.ts';

declare const codeBrand: unique symbol;
export type Code = string & { readonly [codeBrand]: true };

export const exchanges = ['sh', 'sz', 'bj'] as const;
export type Exchange = (typeof exchanges)[number];

export type SecurityKind = 'stock' | 'index' | 'etf' | 'fund' | 'bond' | 'b-share' | 'unknown';
export type Board = 'main' | 'star' | 'chinext' | 'bse';

export interface CodeClass {
  readonly exchange: Exchange;
  readonly kind: SecurityKind;
  /** Of stocks only. */
  readonly board: Board | null;
}

export type CodeReading =
  | {
      readonly kind: 'code';
      readonly code: Code;
      /** True when the exchange was not typed but concluded from the prefix. */
      readonly bare: boolean;
      /** What was taken where another reading exists: `took the stock; the index is sh.000001`. */
      readonly note?: string;
    }
  /** Six digits that the prefixes do not decide; `candidates` may be empty. */
  | { readonly kind: 'ambiguous'; readonly candidates: readonly Code[]; readonly problem: Problem }
  /** A name, a part of one or pinyin initials: the catalogue decides. */
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'invalid'; readonly problem: Problem };

interface Prefix {
  readonly exchange: Exchange;
  readonly starts: RegExp;
  readonly kind: SecurityKind;
  readonly board: Board | null;
}

/** First match wins. From the exchanges' numbering rules; the provider's catalogue is the authority where it is known. */
const prefixes: readonly Prefix[] = [
  { exchange: 'sh', starts: /^60[0135]/, kind: 'stock', board: 'main' },
  { exchange: 'sh', starts: /^68[89]/, kind: 'stock', board: 'star' },
  { exchange: 'sh', starts: /^900/, kind: 'b-share', board: null },
  { exchange: 'sh', starts: /^(000|93)/, kind: 'index', board: null },
  { exchange: 'sh', starts: /^(51[0-8]|520|530|551|56[0-3]|58[89])/, kind: 'etf', board: null },
  { exchange: 'sh', starts: /^5/, kind: 'fund', board: null },
  { exchange: 'sh', starts: /^11[0138]/, kind: 'bond', board: null },
  { exchange: 'sz', starts: /^00[0-3]/, kind: 'stock', board: 'main' },
  { exchange: 'sz', starts: /^30[0-2]/, kind: 'stock', board: 'chinext' },
  { exchange: 'sz', starts: /^200/, kind: 'b-share', board: null },
  { exchange: 'sz', starts: /^399/, kind: 'index', board: null },
  { exchange: 'sz', starts: /^159/, kind: 'etf', board: null },
  { exchange: 'sz', starts: /^1[68]/, kind: 'fund', board: null },
  { exchange: 'sz', starts: /^12[378]/, kind: 'bond', board: null },
  { exchange: 'bj', starts: /^920/, kind: 'stock', board: 'bse' },
  { exchange: 'bj', starts: /^899/, kind: 'index', board: null },
  { exchange: 'bj', starts: /^(43|8[378])/, kind: 'stock', board: 'bse' },
];

/** Beijing's codes before 2025-10-09; otherwise numbers of the over-the-counter market. */
const retired = /^(43|8[378])/;

const suffixes: Readonly<Record<string, Exchange>> = {
  sh: 'sh',
  ss: 'sh',
  xshg: 'sh',
  sz: 'sz',
  xshe: 'sz',
  bj: 'bj',
  bjse: 'bj',
};

/** Digits with at most a word of letters before or behind: meant as a code, not as a name. */
const codeLike = /^[a-z]{0,4}[.:_-]?\d+([.:_-]?[a-z]{1,4}|\.\d*)?$/;

export function isCode(text: string): text is Code {
  return /^(sh|sz|bj)\.\d{6}$/.test(text);
}

function codeOf(exchange: Exchange, digits: string): Code {
  return `${exchange}.${digits}` as Code;
}

function classOf(exchange: Exchange, digits: string): CodeClass {
  const found = prefixes.find(prefix => prefix.exchange === exchange && prefix.starts.test(digits));
  return { exchange, kind: found?.kind ?? 'unknown', board: found?.board ?? null };
}

/** What the exchange's numbering says a code is; `unknown` where it says nothing. */
export function classify(code: Code): CodeClass {
  return classOf(code.slice(0, 2) as Exchange, code.slice(3));
}

/** The six digits of a code. */
export function digitsOf(code: Code): string {
  return code.slice(3);
}

/** The code's forms elsewhere: Tushare's `600519.SH`, Eastmoney's `1.600519` (Shenzhen and Beijing share 0). */
export function codeForms(code: Code): { readonly tushare: string; readonly eastmoney: string } {
  const { exchange } = classify(code);
  const digits = digitsOf(code);
  return { tushare: `${digits}.${exchange.toUpperCase()}`, eastmoney: `${exchange === 'sh' ? 1 : 0}.${digits}` };
}

/** Reads one typed or stored code form; never throws. */
export function readCode(input: string): CodeReading {
  const text = fold(input).toLowerCase();
  const before = /^(sh|sz|bj)[.:_-]?(\d{6})$/.exec(text);
  if (before) return { kind: 'code', code: codeOf(before[1] as Exchange, before[2] as string), bare: false };
  const behind = /^(\d{6})\.?([a-z]{2,4})$/.exec(text);
  const exchange = behind && suffixes[behind[2] as string];
  if (behind && exchange) return { kind: 'code', code: codeOf(exchange, behind[1] as string), bare: false };
  const eastmoney = /^([01])\.(\d{6})$/.exec(text);
  if (eastmoney)
    return { kind: 'code', code: fromEastmoney(eastmoney[1] === '1', eastmoney[2] as string), bare: false };
  if (/^\d{6}$/.test(text)) return readDigits(text);
  return readOther(input, text);
}

function fromEastmoney(shanghai: boolean, digits: string): Code {
  if (shanghai) return codeOf('sh', digits);
  const beijing = classOf('sz', digits).kind === 'unknown' && classOf('bj', digits).kind !== 'unknown';
  return codeOf(beijing ? 'bj' : 'sz', digits);
}

/** The codes that six digits can stand for by the exchanges' numbering, stocks first. */
export function candidatesOf(digits: string): readonly Code[] {
  const known = exchanges.filter(exchange => classOf(exchange, digits).kind !== 'unknown');
  const rank = (exchange: Exchange): number => (classOf(exchange, digits).kind === 'index' ? 1 : 0);
  return known.sort((a, b) => rank(a) - rank(b)).map(exchange => codeOf(exchange, digits));
}

function readDigits(digits: string): CodeReading {
  const candidates = candidatesOf(digits);
  const [first, second] = candidates;
  if (first === undefined) {
    const problem = new Problem('usage', `${digits} belongs to no exchange by its first digits`, {
      next: `give the exchange with it, like sh.${digits}`,
    });
    return { kind: 'ambiguous', candidates, problem };
  }
  if (classify(first).kind === 'index') return { kind: 'ambiguous', candidates, problem: indexNeedsExchange(first) };
  if (retired.test(digits)) {
    const sentence = `${digits} is a code that the Beijing exchange gave up in October 2025, or one of the over-the-counter market`;
    const problem = new Problem('usage', sentence, { next: 'use the 920 code of today, or its name' });
    return { kind: 'ambiguous', candidates, problem };
  }
  return second === undefined
    ? { kind: 'code', code: first, bare: true }
    : { kind: 'code', code: first, bare: true, note: tookStock(second) };
}

/** The note for a stock that was taken where an index has the same digits. */
export function tookStock(index: Code): string {
  return `took the stock; the index is ${index}`;
}

export function indexNeedsExchange(index: Code): Problem {
  return new Problem('usage', `${digitsOf(index)} is an index, and an index needs its exchange`, {
    next: `type ${index}`,
  });
}

function readOther(input: string, text: string): CodeReading {
  const invalid = (sentence: string): CodeReading => ({
    kind: 'invalid',
    problem: new Problem('usage', sentence, { next: 'codes look like 600519, sh.600519 or 600519.SH; names work too' }),
  });
  if (text === '') return invalid('a code is missing: the text is empty');
  const shown = quoted(input.trim());
  if (/\p{Cc}/u.test(text)) return invalid(`“${shown}” holds a control character and is no code`);
  if (codeLike.test(text)) {
    const digits = (/\d+/.exec(text.replace(/^[01]\./, '')) as RegExpExecArray)[0];
    return digits.length === 6
      ? invalid(`“${shown}” names no exchange that is known here (sh, sz, bj)`)
      : invalid(
          `“${shown}” is no code: it has ${digits.length} ${digits.length === 1 ? 'digit' : 'digits'} where a code has six`,
        );
  }
  if (!/^[\p{L}\p{N}*].*\p{L}|^\p{L}/u.test(text) || [...text].length > 40)
    return invalid(`“${shown}” is neither a code nor a name`);
  return { kind: 'name', text: fold(input) };
}

/**
 * A code in any form, decided without a catalogue.
 *
 * @throws Problem `usage` for what is no code, for a name, and for digits that the prefixes do not decide.
 */
export function asCode(input: string): Code {
  const reading = readCode(input);
  if (reading.kind === 'code') return reading.code;
  if (reading.kind !== 'name') throw reading.problem;
  throw new Problem('usage', `“${quoted(input)}” is a name, and a code is needed here`, {
    next: 'type it like sh.600519',
  });
}
