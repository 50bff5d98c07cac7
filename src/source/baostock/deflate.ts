/**
 * A zlib stream (RFC 1950/1951) byte for byte as zlib itself writes it at level 1, which is what the provider's server
 * sends. Node cannot be asked for it: its zlib is Chromium's, whose hashing finds other matches, so the same text becomes
 * other bytes. Decoding needs nothing of this; only a server that wants to answer identically does.
 *
 * The method is that of zlib's `deflate_fast` and `trees.c` (Jean-loup Gailly, Mark Adler) with the parameters of level 1
 * and the default window (32 kB) and memory level (8). The whole input is at hand, so positions are absolute.
 */
import { HuffmanTree, staticDistances, staticLiterals } from './huffman.ts';

const minMatch = 3;
const maxMatch = 258;
const windowSize = 32_768;
/** The farthest that a match reaches back: the window less the look-ahead that zlib keeps. */
const maxDistance = windowSize - (maxMatch + minMatch + 1);
const windowMask = windowSize - 1;
const hashMask = 0x7fff;
/** Level 1: matches up to this length are entered into the hash chains, … */
const maxInsert = 4;
/** … a match this long is good enough, … */
const niceLength = 8;
/** … and no more candidates than these are looked at. */
const maxChain = 4;
/** A block ends after this many literals and matches. */
const blockSymbols = 16_383;
const endOfBlock = 256;

const lengthCode = new Uint8Array(256);
const lengthBase = new Uint8Array(29);
const lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const distanceCode = new Uint8Array(512);
const distanceBase = new Uint16Array(30);
const distanceExtra = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const lengthsExtra = [2, 3, 7];
const lengthsOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

fillCodes();

function fillCodes(): void {
  let length = 0;
  for (let code = 0; code < 28; code++) {
    lengthBase[code] = length;
    for (let n = 0; n < 1 << (lengthExtra[code] as number); n++) lengthCode[length++] = code;
  }
  lengthCode[255] = 28;
  let distance = 0;
  for (let code = 0; code < 16; code++) {
    distanceBase[code] = distance;
    for (let n = 0; n < 1 << (distanceExtra[code] as number); n++) distanceCode[distance++] = code;
  }
  distance >>= 7;
  for (let code = 16; code < 30; code++) {
    distanceBase[code] = distance << 7;
    for (let n = 0; n < 1 << ((distanceExtra[code] as number) - 7); n++) distanceCode[256 + distance++] = code;
  }
}

/** The code of a distance less one. */
function codeOfDistance(distance: number): number {
  return distanceCode[distance < 256 ? distance : 256 + (distance >> 7)] as number;
}

/** The same bytes as zlib's `compress2(…, 1)`. */
export function deflateLevel1(input: Uint8Array): Buffer {
  return new Deflater(input).run();
}

/** Newest place of each hash, and of each place the one before it. Shared: a stream is made in one go. */
const head = new Int32Array(hashMask + 1);
const previous = new Int32Array(windowSize);

class Deflater {
  private readonly input: Uint8Array;
  private readonly head = head.fill(0);
  private readonly previous = previous;
  private readonly distances: Uint16Array;
  private readonly symbols: Uint8Array;
  private count = 0;
  private readonly literals = new HuffmanTree(286, 15, lengthExtra, 257, staticLiterals);
  private readonly offsets = new HuffmanTree(30, 15, distanceExtra, 0, staticDistances);
  private readonly lengths = new HuffmanTree(19, 7, lengthsExtra, 16, null);
  private blockStart = 0;
  private matchStart = 0;
  private out: Buffer;
  private size = 0;
  private bits = 0;
  private bitCount = 0;

  constructor(input: Uint8Array) {
    this.input = input;
    const symbols = Math.min(blockSymbols, input.length) + 1;
    this.distances = new Uint16Array(symbols);
    this.symbols = new Uint8Array(symbols);
    // What does not shrink is stored, at five bytes a block more; the trees of a block take less than 400 bytes.
    this.out = Buffer.allocUnsafe(input.length + (input.length >> 4) + 1024);
  }

  run(): Buffer {
    this.out[this.size++] = 0x78;
    this.out[this.size++] = 0x01;
    this.compress();
    const sum = adler32(this.input);
    this.size = this.out.writeUInt32BE(sum, this.size);
    return this.out.subarray(0, this.size);
  }

  private compress(): void {
    const { input } = this;
    const end = input.length;
    let at = 0;
    while (at < end) {
      const ahead = end - at;
      const candidate = ahead >= minMatch ? this.insert(at) : 0;
      const length =
        candidate !== 0 && at - candidate <= maxDistance ? this.longestMatch(at, candidate, ahead) : minMatch - 1;
      let full: boolean;
      if (length >= minMatch) {
        full = this.tallyMatch(at - this.matchStart, length - minMatch);
        if (length <= maxInsert && ahead - length >= minMatch) {
          for (let n = 1; n < length; n++) this.insert(at + n);
        }
        at += length;
      } else {
        full = this.tallyLiteral(input[at] as number);
        at++;
      }
      if (full) this.flushBlock(at, false);
    }
    this.flushBlock(at, true);
  }

  /** Enters the three bytes at `at` into the hash chains and returns the newest earlier place of their hash; 0 is none. */
  private insert(at: number): number {
    const { input } = this;
    const hash =
      (((input[at] as number) << 10) ^ ((input[at + 1] as number) << 5) ^ (input[at + 2] as number)) & hashMask;
    const candidate = this.head[hash] as number;
    this.previous[at & windowMask] = candidate;
    this.head[hash] = at;
    return candidate;
  }

  private longestMatch(at: number, first: number, ahead: number): number {
    const { input, previous } = this;
    const limit = Math.max(at - maxDistance, 0);
    const most = Math.min(maxMatch, ahead);
    const nice = Math.min(niceLength, ahead);
    let best = minMatch - 1;
    let chain = maxChain;
    let candidate = first;
    do {
      if (
        input[candidate + best] === input[at + best] &&
        input[candidate + best - 1] === input[at + best - 1] &&
        input[candidate] === input[at] &&
        input[candidate + 1] === input[at + 1]
      ) {
        let length = 2;
        while (length < most && input[candidate + length] === input[at + length]) length++;
        if (length > best) {
          this.matchStart = candidate;
          best = length;
          if (length >= nice) break;
        }
      }
      candidate = previous[candidate & windowMask] as number;
    } while (candidate > limit && --chain !== 0);
    return best;
  }

  private tallyLiteral(byte: number): boolean {
    this.distances[this.count] = 0;
    this.symbols[this.count++] = byte;
    this.literals.count(byte);
    return this.count === blockSymbols;
  }

  private tallyMatch(distance: number, length: number): boolean {
    this.distances[this.count] = distance;
    this.symbols[this.count++] = length;
    this.literals.count((lengthCode[length] as number) + 257);
    this.offsets.count(codeOfDistance(distance - 1));
    return this.count === blockSymbols;
  }

  private flushBlock(at: number, last: boolean): void {
    const { literals, offsets, lengths } = this;
    literals.count(endOfBlock);
    literals.build();
    offsets.build();
    countLengths(lengths, literals);
    countLengths(lengths, offsets);
    lengths.build();
    let kept = 18;
    while (kept >= 3 && lengths.length[lengthsOrder[kept] as number] === 0) kept--;
    const dynamicBits = literals.cost + offsets.cost + lengths.cost + 3 * (kept + 1) + 14;
    const staticBytes = (literals.staticCost + offsets.staticCost + 10) >> 3;
    const bytes = Math.min((dynamicBits + 10) >> 3, staticBytes);
    const stored = at - this.blockStart;
    const final = last ? 1 : 0;
    this.reserve(Math.max(stored, bytes) + 64);
    if (stored + 4 <= bytes) {
      this.storeBlock(at, final);
    } else if (staticBytes === bytes) {
      this.send(2 + final, 3);
      this.sendSymbols(staticLiterals, staticDistances);
    } else {
      this.send(4 + final, 3);
      this.send(literals.last + 1 - 257, 5);
      this.send(offsets.last + 1 - 1, 5);
      this.send(kept + 1 - 4, 4);
      for (let rank = 0; rank <= kept; rank++) this.send(lengths.length[lengthsOrder[rank] as number] as number, 3);
      const sendLength = (symbol: number, extra: number): void => {
        this.send(lengths.code[symbol] as number, lengths.length[symbol] as number);
        if (symbol >= 16) this.send(extra, lengthsExtra[symbol - 16] as number);
      };
      eachLength(literals, sendLength);
      eachLength(offsets, sendLength);
      this.sendSymbols(literals, offsets);
    }
    this.count = 0;
    this.blockStart = at;
    literals.reset();
    offsets.reset();
    lengths.reset();
    if (last) this.align();
  }

  private sendSymbols(
    literals: { readonly code: Uint16Array; readonly length: Uint8Array },
    offsets: { readonly code: Uint16Array; readonly length: Uint8Array },
  ): void {
    for (let n = 0; n < this.count; n++) {
      const distance = this.distances[n] as number;
      const symbol = this.symbols[n] as number;
      if (distance === 0) {
        this.send(literals.code[symbol] as number, literals.length[symbol] as number);
        continue;
      }
      const short = lengthCode[symbol] as number;
      this.send(literals.code[short + 257] as number, literals.length[short + 257] as number);
      if (lengthExtra[short]) this.send(symbol - (lengthBase[short] as number), lengthExtra[short] as number);
      const far = codeOfDistance(distance - 1);
      this.send(offsets.code[far] as number, offsets.length[far] as number);
      if (distanceExtra[far]) this.send(distance - 1 - (distanceBase[far] as number), distanceExtra[far] as number);
    }
    this.send(literals.code[endOfBlock] as number, literals.length[endOfBlock] as number);
  }

  private storeBlock(at: number, final: number): void {
    this.send(final, 3);
    this.align();
    const length = at - this.blockStart;
    this.size = this.out.writeUInt16LE(length, this.size);
    this.size = this.out.writeUInt16LE(~length & 0xffff, this.size);
    this.out.set(this.input.subarray(this.blockStart, at), this.size);
    this.size += length;
  }

  /** Lowest bits first; `value` has at most 16 bits. */
  private send(value: number, length: number): void {
    this.bits |= value << this.bitCount;
    this.bitCount += length;
    while (this.bitCount >= 8) {
      this.out[this.size++] = this.bits & 0xff;
      this.bits >>>= 8;
      this.bitCount -= 8;
    }
  }

  private align(): void {
    if (this.bitCount > 0) this.out[this.size++] = this.bits & 0xff;
    this.bits = 0;
    this.bitCount = 0;
  }

  private reserve(more: number): void {
    if (this.size + more <= this.out.length) return;
    const grown = Buffer.allocUnsafe((this.size + more) * 2);
    this.out.copy(grown, 0, 0, this.size);
    this.out = grown;
  }
}

function countLengths(lengths: HuffmanTree, tree: HuffmanTree): void {
  eachLength(tree, symbol => lengths.count(symbol));
}

/** The code lengths of a tree, run-length encoded with the symbols 16 (repeat 3–6), 17 (zeros 3–10) and 18 (zeros 11–138). */
function eachLength(tree: HuffmanTree, send: (symbol: number, extra: number) => void): void {
  let before = -1;
  let next = tree.length[0] as number;
  let count = 0;
  let most = next === 0 ? 138 : 7;
  let least = next === 0 ? 3 : 4;
  for (let n = 0; n <= tree.last; n++) {
    const length = next;
    // Behind the last code stands a guard that equals no length.
    next = n === tree.last ? -1 : (tree.length[n + 1] as number);
    if (++count < most && length === next) continue;
    if (count < least) {
      for (; count > 0; count--) send(length, 0);
    } else if (length !== 0) {
      if (length !== before) {
        send(length, 0);
        count--;
      }
      send(16, count - 3);
    } else if (count <= 10) {
      send(17, count - 3);
    } else {
      send(18, count - 11);
    }
    count = 0;
    before = length;
    if (next === 0) {
      most = 138;
      least = 3;
    } else if (length === next) {
      most = 6;
      least = 3;
    } else {
      most = 7;
      least = 4;
    }
  }
}

function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let from = 0; from < bytes.length; from += 5552) {
    const to = Math.min(from + 5552, bytes.length);
    for (let at = from; at < to; at++) {
      low += bytes[at] as number;
      high += low;
    }
    low %= 65_521;
    high %= 65_521;
  }
  return high * 65_536 + low;
}
