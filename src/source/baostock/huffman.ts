/** Huffman codes exactly as zlib's `trees.c` makes them: ties by depth and then by symbol, overlong codes mended its way. */

interface CodeTable {
  readonly code: Uint16Array;
  readonly length: Uint8Array;
}

export class HuffmanTree implements CodeTable {
  readonly code: Uint16Array;
  readonly length: Uint8Array;
  /** Largest symbol with a code. */
  last = 0;
  /** Bits of everything counted with these codes, extra bits included, and with the static ones. */
  cost = 0;
  staticCost = 0;
  private readonly symbols: number;
  private readonly maxLength: number;
  private readonly extra: readonly number[];
  private readonly extraBase: number;
  private readonly fixed: CodeTable | null;
  private readonly frequency: Uint32Array;
  private readonly parent: Uint16Array;
  private readonly depth: Uint8Array;
  private readonly nodeLength: Uint8Array;
  private readonly heap: Uint16Array;
  private heapSize = 0;

  constructor(
    symbols: number,
    maxLength: number,
    extra: readonly number[],
    extraBase: number,
    fixed: CodeTable | null,
  ) {
    this.symbols = symbols;
    this.maxLength = maxLength;
    this.extra = extra;
    this.extraBase = extraBase;
    this.fixed = fixed;
    this.code = new Uint16Array(symbols);
    this.length = new Uint8Array(symbols);
    const nodes = 2 * symbols + 1;
    this.frequency = new Uint32Array(nodes);
    this.parent = new Uint16Array(nodes);
    this.depth = new Uint8Array(nodes);
    this.nodeLength = new Uint8Array(nodes);
    this.heap = new Uint16Array(nodes + 1);
  }

  count(symbol: number): void {
    (this.frequency[symbol] as number)++;
  }

  reset(): void {
    this.frequency.fill(0);
  }

  build(): void {
    const { heap, frequency, depth, parent, symbols } = this;
    this.cost = 0;
    this.staticCost = 0;
    this.heapSize = 0;
    this.last = -1;
    depth.fill(0);
    for (let symbol = 0; symbol < symbols; symbol++) {
      if (frequency[symbol] !== 0) {
        heap[++this.heapSize] = symbol;
        this.last = symbol;
      } else {
        this.nodeLength[symbol] = 0;
      }
    }
    // The format wants at least two codes of non-zero length.
    while (this.heapSize < 2) {
      const forced = this.last < 2 ? ++this.last : 0;
      heap[++this.heapSize] = forced;
      frequency[forced] = 1;
      this.cost--;
      if (this.fixed) this.staticCost -= this.fixed.length[forced] as number;
    }
    for (let n = this.heapSize >> 1; n >= 1; n--) this.sink(n);
    let node = symbols;
    let sorted = heap.length;
    do {
      const least = heap[1] as number;
      heap[1] = heap[this.heapSize--] as number;
      this.sink(1);
      const second = heap[1] as number;
      heap[--sorted] = least;
      heap[--sorted] = second;
      frequency[node] = (frequency[least] as number) + (frequency[second] as number);
      depth[node] = Math.max(depth[least] as number, depth[second] as number) + 1;
      parent[least] = node;
      parent[second] = node;
      heap[1] = node++;
      this.sink(1);
    } while (this.heapSize >= 2);
    heap[--sorted] = heap[1] as number;
    this.assignLengths(sorted);
    this.length.set(this.nodeLength.subarray(0, symbols));
    assignCodes(this.code, this.length, this.maxLength);
  }

  private smaller(one: number, other: number): boolean {
    const a = this.frequency[one] as number;
    const b = this.frequency[other] as number;
    return a < b || (a === b && (this.depth[one] as number) <= (this.depth[other] as number));
  }

  private sink(from: number): void {
    const { heap } = this;
    let at = from;
    const moved = heap[at] as number;
    for (let below = at << 1; below <= this.heapSize; below <<= 1) {
      if (below < this.heapSize && this.smaller(heap[below + 1] as number, heap[below] as number)) below++;
      if (this.smaller(moved, heap[below] as number)) break;
      heap[at] = heap[below] as number;
      at = below;
    }
    heap[at] = moved;
  }

  /** `heap[root…]` holds the nodes by falling frequency, the root first. */
  private assignLengths(root: number): void {
    const { heap, frequency, parent, nodeLength, maxLength, symbols, extra, extraBase, fixed } = this;
    const counts = new Uint16Array(maxLength + 2);
    let overflow = 0;
    nodeLength[heap[root] as number] = 0;
    for (let at = root + 1; at < heap.length; at++) {
      const node = heap[at] as number;
      let bits = (nodeLength[parent[node] as number] as number) + 1;
      if (bits > maxLength) {
        bits = maxLength;
        overflow++;
      }
      nodeLength[node] = bits;
      if (node > this.last) continue;
      (counts[bits] as number)++;
      const extraBits = node >= extraBase ? (extra[node - extraBase] as number) : 0;
      this.cost += (frequency[node] as number) * (bits + extraBits);
      if (fixed) this.staticCost += (frequency[node] as number) * ((fixed.length[node] as number) + extraBits);
    }
    if (overflow === 0) return;
    do {
      let bits = maxLength - 1;
      while (counts[bits] === 0) bits--;
      (counts[bits] as number)--;
      counts[bits + 1] = (counts[bits + 1] as number) + 2;
      (counts[maxLength] as number)--;
      overflow -= 2;
    } while (overflow > 0);
    let at = heap.length;
    for (let bits = maxLength; bits !== 0; bits--) {
      for (let left = counts[bits] as number; left !== 0; ) {
        const node = heap[--at] as number;
        if (node >= symbols || node > this.last) continue;
        this.cost += (bits - (nodeLength[node] as number)) * (frequency[node] as number);
        nodeLength[node] = bits;
        left--;
      }
    }
  }
}

/** Canonical codes of RFC 1951, bit-reversed, ready to be sent lowest bit first. */
function assignCodes(code: Uint16Array, length: Uint8Array, maxLength: number): void {
  const next = new Uint16Array(maxLength + 2);
  for (let symbol = 0; symbol < length.length; symbol++) {
    if (length[symbol]) (next[(length[symbol] as number) + 1] as number)++;
  }
  for (let bits = 1, first = 0; bits <= maxLength; bits++) {
    first = (first + (next[bits] as number)) << 1;
    next[bits] = first;
  }
  for (let symbol = 0; symbol < length.length; symbol++) {
    const bits = length[symbol] as number;
    if (bits === 0) continue;
    code[symbol] = reverse(next[bits] as number, bits);
    next[bits] = (next[bits] as number) + 1;
  }
}

function reverse(value: number, bits: number): number {
  let reversed = 0;
  for (let n = 0, rest = value; n < bits; n++, rest >>= 1) reversed = (reversed << 1) | (rest & 1);
  return reversed;
}

function fixedTable(lengths: readonly number[], maxLength: number): CodeTable {
  const length = Uint8Array.from(lengths);
  const code = new Uint16Array(length.length);
  assignCodes(code, length, maxLength);
  return { code, length };
}

/** The static tables of RFC 1951, section 3.2.6. */
export const staticLiterals: CodeTable = fixedTable(
  Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
  9,
);
export const staticDistances: CodeTable = fixedTable(new Array<number>(30).fill(5), 5);
