/**
 * One column of an answer, filled cell by cell straight from the bytes of a record. A cell is the text between two quotes;
 * an empty one is NULL; one that does not parse as the declared kind is refused and its row rejected, never guessed.
 *
 * Numbers take a short way that is exact: a decimal with at most 53 bits of digits and 22 places is the correctly rounded
 * quotient of two doubles (W. Clinger, "How to read floating point numbers accurately"). Everything else goes through
 * Number or BigInt on the text.
 */
import type { Column, ColumnKind } from '../../market/columns.ts';
import { daysInMonth, daysOf } from '../../market/date.ts';

export interface CellSpec {
  /** Our column. */
  readonly name: string;
  /** The provider's field. */
  readonly theirs: string;
  readonly kind: ColumnKind;
  /** A flag whose 1 means false: `tradestatus` against `is_suspended`. */
  readonly inverse?: boolean;
  /** An empty cell is refused. */
  readonly needed?: boolean;
  /** A number that is not above 0 is refused. */
  readonly positive?: boolean;
}

const words: Readonly<Record<ColumnKind, string>> = {
  text: 'text',
  double: 'number',
  bigint: 'whole number',
  integer: 'whole number',
  date: 'date',
  timestamp: 'time',
  flag: '0 or 1',
};

const powers = Float64Array.from({ length: 23 }, (_, n) => 10 ** n);
/** One more digit behind a number up to this one stays below 2^53. */
const oneDigitMore = 900_719_925_474_098;
const numberForm = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const wholeForm = /^([+-]?\d+)(\.0*)?$/;
const bigintLimit = 1n << 63n;
const quote = 0x22;
const backslash = 0x5c;
const dot = 0x2e;
const minus = 0x2d;
const microsPerDay = 86_400_000_000;

/** What a reader of a cell says instead of the place behind it. */
export const refused = -1;
export const malformed = -2;

export class CellColumn {
  readonly spec: CellSpec;
  private valid: Uint8Array | null = null;
  private space: number;
  private readonly inverse: boolean;
  private readonly positive: boolean;
  // Exactly one of these is in use, by kind.
  private texts: (string | null)[] = [];
  private doubles = new Float64Array(0);
  private integers = new Int32Array(0);
  private flags = new Uint8Array(0);
  private bigints = new BigInt64Array(0);
  /** The same bytes as `bigints`, low half first: no BigInt is made for a number below 2^53. */
  private halves = new Uint32Array(0);
  private lastStart = 0;
  private lastEnd = 0;
  private lastBytes: Uint8Array | null = null;
  private lastText: string | null = null;

  constructor(spec: CellSpec, space: number) {
    this.spec = spec;
    this.inverse = spec.inverse === true;
    this.positive = spec.positive === true;
    this.space = 0;
    this.grow(Math.max(space, 16));
  }

  get isText(): boolean {
    return this.spec.kind === 'text';
  }

  /**
   * Reads the cell whose first character stands at `at` and stores it in `row`. Returns the place behind the closing quote,
   * `refused` where the cell is not of this kind, `malformed` where the bytes are no JSON.
   */
  read(bytes: Buffer, at: number, row: number): number {
    if (row >= this.space) this.grow(this.space * 2);
    if (bytes[at] === quote) {
      if (this.spec.needed) return refused;
      this.setNull(row);
      return at + 1;
    }
    if (this.valid) this.valid[row] = 1;
    switch (this.spec.kind) {
      case 'double':
        return this.readDouble(bytes, at, row);
      case 'text':
        return this.readText(bytes, at, row);
      case 'date':
        return this.readDate(bytes, at, row);
      case 'bigint':
        return this.readBigint(bytes, at, row);
      case 'timestamp':
        return this.readTimestamp(bytes, at, row);
      case 'flag':
        return this.readFlag(bytes, at, row);
      case 'integer':
        return this.readInteger(bytes, at, row);
    }
  }

  /** Why the cell at `at` was refused: `volume is no whole number`. */
  complaint(bytes: Buffer, at: number): string {
    const { theirs, kind, positive } = this.spec;
    if (bytes[at] === quote) return `${theirs} is empty`;
    return `${theirs} is no ${words[kind]}${positive ? ' above 0' : ''}`;
  }

  finish(rows: number): Column {
    const valid = this.valid?.slice(0, rows) ?? null;
    const kind = this.spec.kind;
    if (kind === 'text') {
      this.texts.length = rows;
      return { kind, values: this.texts };
    }
    if (kind === 'double') return { kind, values: this.doubles.slice(0, rows), valid };
    if (kind === 'flag') return { kind, values: this.flags.slice(0, rows), valid };
    if (kind === 'bigint' || kind === 'timestamp') return { kind, values: this.bigints.slice(0, rows), valid };
    return { kind, values: this.integers.slice(0, rows), valid };
  }

  private setNull(row: number): void {
    if (this.spec.kind === 'text') {
      this.texts[row] = null;
      return;
    }
    this.valid ??= new Uint8Array(this.space).fill(1);
    this.valid[row] = 0;
    // A rejected row may have left a value here.
    if (this.spec.kind === 'double') this.doubles[row] = 0;
    else if (this.spec.kind === 'flag') this.flags[row] = 0;
    else if (this.spec.kind === 'bigint' || this.spec.kind === 'timestamp') this.bigints[row] = 0n;
    else this.integers[row] = 0;
  }

  private readDouble(bytes: Buffer, start: number, row: number): number {
    let at = start;
    let byte = bytes[at] as number;
    const negative = byte === minus;
    if (negative) byte = bytes[++at] as number;
    let digits = 0;
    let count = 0;
    while (byte >= 0x30 && byte <= 0x39) {
      if (digits > oneDigitMore) return this.readLongDouble(bytes, start, row);
      digits = digits * 10 + byte - 0x30;
      count++;
      byte = bytes[++at] as number;
    }
    let places = 0;
    if (byte === dot) {
      byte = bytes[++at] as number;
      while (byte >= 0x30 && byte <= 0x39) {
        if (digits > oneDigitMore) return this.readLongDouble(bytes, start, row);
        digits = digits * 10 + byte - 0x30;
        places++;
        byte = bytes[++at] as number;
      }
      count += places;
    }
    if (byte !== quote || count === 0 || places > 22) return this.readLongDouble(bytes, start, row);
    const value = digits / (powers[places] as number);
    if (this.positive && (negative || value === 0)) return refused;
    this.doubles[row] = negative ? -value : value;
    return at + 1;
  }

  private readLongDouble(bytes: Buffer, start: number, row: number): number {
    const end = bytes.indexOf(quote, start);
    if (end < 0) return malformed;
    const text = bytes.toString('latin1', start, end);
    const value = Number(text);
    if (!numberForm.test(text) || !Number.isFinite(value) || (this.positive && value <= 0)) return refused;
    this.doubles[row] = value;
    return end + 1;
  }

  private readBigint(bytes: Buffer, start: number, row: number): number {
    let at = start;
    let byte = bytes[at] as number;
    let value = 0;
    while (byte >= 0x30 && byte <= 0x39) {
      if (value > oneDigitMore) return this.readLongBigint(bytes, start, row);
      value = value * 10 + byte - 0x30;
      byte = bytes[++at] as number;
    }
    if (byte !== quote) return this.readLongBigint(bytes, start, row);
    this.storeWhole(row, value);
    return at + 1;
  }

  private readLongBigint(bytes: Buffer, start: number, row: number): number {
    const end = bytes.indexOf(quote, start);
    if (end < 0) return malformed;
    const digits = end - start > 40 ? null : wholeForm.exec(bytes.toString('latin1', start, end));
    if (!digits) return refused;
    const value = BigInt((digits[1] as string).replace('+', ''));
    if (value >= bigintLimit || value < -bigintLimit) return refused;
    this.bigints[row] = value;
    return end + 1;
  }

  /** A whole number from 0 to 2^53. */
  private storeWhole(row: number, value: number): void {
    const high = Math.floor(value / 4_294_967_296);
    this.halves[row * 2] = value - high * 4_294_967_296;
    this.halves[row * 2 + 1] = high;
  }

  private readInteger(bytes: Buffer, start: number, row: number): number {
    let at = start;
    const negative = bytes[at] === minus;
    if (negative) at++;
    const end = bytes.indexOf(quote, at);
    if (end < 0) return malformed;
    const value = end - at > 10 ? -1 : digitsBetween(bytes, at, end);
    if (value < 0 || value > 2_147_483_647) return refused;
    this.integers[row] = negative ? -value : value;
    return end + 1;
  }

  private readFlag(bytes: Buffer, at: number, row: number): number {
    const byte = bytes[at] as number;
    if (bytes[at + 1] !== quote || (byte !== 0x30 && byte !== 0x31)) return refused;
    this.flags[row] = (byte === 0x31) !== this.inverse ? 1 : 0;
    return at + 2;
  }

  private readDate(bytes: Buffer, at: number, row: number): number {
    if (bytes[at + 4] !== minus || bytes[at + 7] !== minus || bytes[at + 10] !== quote) return refused;
    const days = daysAt(bytes, at, at + 5, at + 8);
    if (Number.isNaN(days)) return refused;
    this.integers[row] = days;
    return at + 11;
  }

  /** `YYYYMMDDhhmmssmmm`. */
  private readTimestamp(bytes: Buffer, at: number, row: number): number {
    if (bytes[at + 17] !== quote) return refused;
    const days = daysAt(bytes, at, at + 4, at + 6);
    const hours = digitsBetween(bytes, at + 8, at + 10);
    const minutes = digitsBetween(bytes, at + 10, at + 12);
    const millis = digitsBetween(bytes, at + 12, at + 17);
    if (!(days >= 0) || hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || millis < 0 || millis > 59_999) {
      return refused;
    }
    this.storeWhole(row, days * microsPerDay + (hours * 60 + minutes) * 60_000_000 + millis * 1000);
    return at + 18;
  }

  private readText(bytes: Buffer, start: number, row: number): number {
    if (this.lastBytes && this.repeats(bytes, start)) {
      this.texts[row] = this.lastText;
      return start + this.lastEnd - this.lastStart + 1;
    }
    let at = start;
    let escaped = false;
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined || byte < 0x20) return malformed;
      if (byte === quote) break;
      if (byte === backslash) {
        escaped = true;
        at++;
      }
      at++;
    }
    const text = bytes.toString('utf8', start, at);
    if (escaped) {
      try {
        this.texts[row] = JSON.parse(`"${text}"`) as string;
      } catch {
        return malformed;
      }
      return at + 1;
    }
    this.lastBytes = bytes;
    this.lastStart = start;
    this.lastEnd = at;
    this.lastText = text;
    this.texts[row] = text;
    return at + 1;
  }

  /** True where the cell equals the last one of this column: most columns of text repeat (`sh.600000` in every row). */
  private repeats(bytes: Buffer, start: number): boolean {
    const before = this.lastBytes as Uint8Array;
    const length = this.lastEnd - this.lastStart;
    if (bytes[start + length] !== quote) return false;
    for (let n = length - 1; n >= 0; n--) if (bytes[start + n] !== before[this.lastStart + n]) return false;
    return true;
  }

  private grow(space: number): void {
    const { kind } = this.spec;
    if (kind === 'double') this.doubles = copied(new Float64Array(space), this.doubles);
    else if (kind === 'flag') this.flags = copied(new Uint8Array(space), this.flags);
    else if (kind === 'bigint' || kind === 'timestamp') {
      const grown = new BigInt64Array(space);
      grown.set(this.bigints);
      this.bigints = grown;
      this.halves = new Uint32Array(grown.buffer);
    } else if (kind !== 'text') this.integers = copied(new Int32Array(space), this.integers);
    if (this.valid) this.valid = copied(new Uint8Array(space).fill(1), this.valid);
    this.space = space;
  }
}

function copied<T extends Float64Array | Int32Array | Uint8Array>(grown: T, from: T): T {
  grown.set(from);
  return grown;
}

/** The number that the digits in `[from, to)` make; −1 where one is no digit or there is none. */
function digitsBetween(bytes: Buffer, from: number, to: number): number {
  if (from >= to) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Days since 1970 of the year at `year` (4 digits), month and day (2 each); NaN where no such day exists. */
function daysAt(bytes: Buffer, year: number, month: number, day: number): number {
  const y = digitsBetween(bytes, year, year + 4);
  const m = digitsBetween(bytes, month, month + 2);
  const d = digitsBetween(bytes, day, day + 2);
  if (y < 1 || m < 1 || m > 12 || d < 1 || d > daysInMonth(y, m)) return Number.NaN;
  return daysOf(y, m, d);
}
