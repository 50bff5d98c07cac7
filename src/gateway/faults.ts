/**
 * Faults that a gateway deals on purpose: which, how often, and what becomes of an answer. Rates are per answer. Whether
 * an answer is hit depends on the seed, the request's own text and how many times it has been asked, not on the order in
 * which connections happen to be served: the same run meets the same faults.
 *
 * | kind | what the client sees |
 * |---|---|
 * | drop | the connection ends instead of an answer |
 * | reset | the connection is reset instead of an answer |
 * | stall | nothing at all, the connection stays open |
 * | truncate | a part of the answer, then the end of the stream |
 * | garbage | bytes that are no frame |
 * | zlib | a packed answer that does not inflate (other answers are left alone) |
 * | length | a header whose length is wrong (its checksum is right) |
 * | crc | a wrong checksum |
 * | duplicate | the answer twice |
 * | split | the answer in three pieces with pauses (`split=MS`) |
 * | drip | the answer in 50 small pieces with pauses (`drip=MS`) |
 * | error | an error frame (`error=10005001`) |
 * | forget | 10001001: the login is forgotten |
 * | late | the answer after a pause (`late=MS`, 3000), or in front of the next one when that is asked for before |
 */

import { crc32 } from 'node:zlib';
import { quoted } from '../market/fold.ts';
import { hash } from './chance.ts';
import { type ErrorCode, errorTexts } from './errors.ts';

export const faultKinds = [
  'drop',
  'reset',
  'stall',
  'truncate',
  'garbage',
  'zlib',
  'length',
  'crc',
  'duplicate',
  'split',
  'drip',
  'error',
  'forget',
  'late',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface FaultSpec {
  readonly kind: FaultKind;
  /** 0 to 1. */
  readonly rate: number;
  /** Milliseconds of split, drip and late; the code of error. */
  readonly value?: string;
  /** Only answers to requests for this security. */
  readonly code?: string;
}

/** `drop:0.1`, `drop@sh.600519:1`, `late=5000:0.1`, `error=10005001:0.1`; a sentence where it is none of these. */
export function parseFault(text: string): FaultSpec | { readonly wrong: string } {
  const match = /^([a-z]+)(?:=(\w+))?(?:@([^:]+))?:([\d.]+)$/.exec(text);
  const wrong = (why: string) => ({ wrong: `--fault “${quoted(text)}” ${why}` });
  if (!match) return wrong('is not of the form KIND:RATE, KIND=VALUE:RATE or KIND@CODE:RATE');
  const [, name, value, code, rateText] = match;
  const kind = faultKinds.find(one => one === name);
  const rate = Number(rateText);
  if (!kind) return wrong(`has a kind that is none of ${faultKinds.join(', ')}`);
  if (!(rate >= 0 && rate <= 1)) return wrong('has a rate that is not between 0 and 1');
  if (code !== undefined && !/^s[hz]\.\d{6}$/.test(code)) return wrong('names a code that is not like sh.600519');
  if (value !== undefined) {
    if (kind === 'error') {
      if (!(value in errorTexts))
        return wrong(`has an error code that is none of ${Object.keys(errorTexts).join(', ')}`);
    } else if (!/^\d{1,7}$/.test(value) || !['split', 'drip', 'late'].includes(kind)) {
      return wrong('has a value that this kind does not take');
    }
  }
  return { kind, rate, ...(value === undefined ? {} : { value }), ...(code === undefined ? {} : { code }) };
}

export function errorCodeOf(spec: FaultSpec): ErrorCode {
  return (spec.value as ErrorCode | undefined) ?? '10005001';
}

/** Milliseconds that a fault pauses for. */
export function pauseOf(spec: FaultSpec): number {
  return Number(spec.value ?? { late: 3000, drip: 2 }[spec.kind as string] ?? 20);
}

const rememberedRequests = 100_000;

/** Deals faults: asked once for each answer. */
export class FaultDice {
  private readonly specs: readonly FaultSpec[];
  private readonly seed: number;
  private readonly asked = new Map<string, number>();

  constructor(specs: readonly FaultSpec[], seed: number) {
    this.specs = specs;
    this.seed = seed;
  }

  /** The first fault that hits an answer to this request, in the order in which they were given. */
  deal(fields: readonly string[], packed: boolean): FaultSpec | null {
    if (this.specs.length === 0) return null;
    const request = fields.join('\x01');
    const times = this.asked.get(request) ?? 0;
    this.asked.delete(request);
    this.asked.set(request, times + 1);
    if (this.asked.size > rememberedRequests) this.asked.delete(this.asked.keys().next().value as string);
    const text = textHash(request);
    for (const [i, spec] of this.specs.entries()) {
      if (spec.code !== undefined && !fields.includes(spec.code)) continue;
      if (spec.kind === 'zlib' && !packed) continue;
      if (hash(hash(this.seed, i), hash(text, times)) / 0x1_0000_0000 < spec.rate) return spec;
    }
    return null;
  }
}

function textHash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}

const header = 21;
const terminator = 13;

/** Bytes of an answer that a fault has spoiled; the kinds that change no bytes give the answer back. */
export function spoil(kind: FaultKind, answer: Buffer): Buffer {
  switch (kind) {
    case 'truncate':
      return answer.subarray(0, Math.floor(answer.length / 2));
    case 'garbage': {
      const bytes = Buffer.from(answer.subarray(0, 4096));
      for (let i = 0; i < bytes.length; i++) bytes[i] = hash(i, bytes.length) & 0xff;
      return bytes;
    }
    case 'zlib': {
      const bytes = Buffer.from(answer);
      const middle = header + 2 + ((bytes.length - header - terminator) >> 1);
      for (let i = header + 2; i < Math.min(middle, header + 10); i++) bytes[i] = ~(bytes[i] as number) & 0xff;
      return bytes;
    }
    case 'length': {
      const cut = answer.lastIndexOf(0x01);
      const signed = Buffer.from(answer.subarray(0, cut));
      const said = Number(signed.toString('latin1', 11, header));
      signed.write(String(said + 7).padStart(10, '0'), 11, 'latin1');
      const digits = String(crc32(answer.subarray(0, cut))).length;
      return Buffer.concat([signed, Buffer.from(`\x01${crc32(signed)}`), answer.subarray(cut + 1 + digits)]);
    }
    case 'crc': {
      const bytes = Buffer.from(answer);
      const digit = bytes.lastIndexOf(0x01) + 1;
      bytes[digit] = 0x31 + (((bytes[digit] as number) - 0x30) % 9);
      return bytes;
    }
    case 'duplicate':
      return Buffer.concat([answer, answer]);
    default:
      return answer;
  }
}
