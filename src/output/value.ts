/**
 * Every value of DuckDB as text, without losing a digit: the text is that of DuckDB's own cast to VARCHAR with the time
 * zone Asia/Shanghai, so it can be read back. SQL's NULL is `null`, which is not ''. The driver's classes are recognised
 * by the column's type alone, so this file loads no driver.
 */
import type {
  DuckDBArrayType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  DuckDBType,
  DuckDBUnionType,
  DuckDBValue,
} from '@duckdb/node-api';
import { isUnnamed, memberKeys } from '../store/pool/members.ts';

/** `DuckDBTypeId` of the driver; its numbers are those of DuckDB's C interface. */
const id = {
  boolean: 1,
  tinyint: 2,
  smallint: 3,
  integer: 4,
  bigint: 5,
  utinyint: 6,
  usmallint: 7,
  uinteger: 8,
  ubigint: 9,
  float: 10,
  double: 11,
  date: 13,
  hugeint: 16,
  varchar: 17,
  blob: 18,
  decimal: 19,
  timestampS: 20,
  timestampMs: 21,
  timestampNs: 22,
  list: 24,
  struct: 25,
  map: 26,
  union: 28,
  timestampTz: 31,
  uhugeint: 32,
  array: 33,
  bignum: 35,
  variant: 41,
} as const;

const integers: ReadonlySet<number> = new Set([
  id.tinyint,
  id.smallint,
  id.integer,
  id.bigint,
  id.utinyint,
  id.usmallint,
  id.uinteger,
  id.ubigint,
  id.hugeint,
  id.uhugeint,
  id.bignum,
]);

const wideIntegers: ReadonlySet<number> = new Set([id.hugeint, id.uhugeint, id.bignum]);

export function isInteger(type: DuckDBType): boolean {
  return integers.has(type.typeId);
}

/** DOUBLE and FLOAT. */
export function isFloating(type: DuckDBType): boolean {
  return type.typeId === id.double || type.typeId === id.float;
}

export function isNumeric(type: DuckDBType): boolean {
  return isInteger(type) || isFloating(type) || type.typeId === id.decimal;
}

export function isText(type: DuckDBType): boolean {
  return type.typeId === id.varchar;
}

/** The type's name in lower case as SQL writes it; the members of enums and structs are left out. */
export function typeText(type: DuckDBType): string {
  if (type.alias) return type.alias.toLowerCase();
  switch (type.typeId) {
    case id.list:
      return `${typeText((type as DuckDBListType).valueType)}[]`;
    case id.array:
      return `${typeText((type as DuckDBArrayType).valueType)}[${(type as DuckDBArrayType).length}]`;
    case id.map:
      return `map(${typeText((type as DuckDBMapType).keyType)}, ${typeText((type as DuckDBMapType).valueType)})`;
    case id.timestampTz:
      return 'timestamptz';
    default:
      return type
        .toString()
        .toLowerCase()
        .replace(/^"null"$/, 'null')
        .replace(/^(enum|struct|union)\(.*$/s, '$1');
  }
}

/** The fastest way to the same text as `valueText` for the values of one column, and whether it may need quotes. */
export function textOf(type: DuckDBType): { readonly text: (value: DuckDBValue) => string; readonly plain: boolean } {
  if (isInteger(type)) return { text: String, plain: true };
  if (type.typeId === id.varchar) return { text: String, plain: false };
  if (type.typeId === id.date) {
    const known = new Map<number, string>();
    return {
      plain: true,
      text: value => {
        const { days } = value as { days: number };
        const before = known.get(days);
        if (before !== undefined) return before;
        if (known.size > 50_000) known.clear();
        const text = dateText(days);
        known.set(days, text);
        return text;
      },
    };
  }
  const text = (value: DuckDBValue): string => valueText(value, type) as string;
  return { text, plain: isFloating(type) || type.typeId === id.decimal || type.typeId === id.boolean };
}

/**
 * The value's text; null for NULL. Of a text that is longer than `most` characters more than so many from its beginning: a blob of many
 * megabytes is not spelt for a window that shows forty cells of it.
 */
export function valueText(value: DuckDBValue, type: DuckDBType, most = Number.POSITIVE_INFINITY): string | null {
  if (value === null || value === undefined) return null;
  switch (type.typeId) {
    case id.float:
      return floatingText(value as number, shortestFloat(value as number));
    case id.double:
      return floatingText(value as number, String(value));
    case id.date:
      return dateText((value as { days: number }).days);
    case id.timestampTz:
      return timestampTzText((value as { micros: bigint }).micros);
    case id.timestampS:
    case id.timestampMs:
    case id.timestampNs:
      return infiniteText(Object.values(value as object)[0]) ?? String(value);
    case id.list:
    case id.array: {
      const { valueType } = type as DuckDBListType | DuckDBArrayType;
      const { items } = value as { items: readonly DuckDBValue[] };
      return `[${joined(items, item => nested(item, valueType, most), most)}]`;
    }
    case id.struct: {
      const { entryNames, entryTypes } = type as DuckDBStructType;
      const { entries } = value as { entries: Readonly<Record<string, DuckDBValue>> };
      const keys = memberKeys(entryNames);
      const member = (key: string, index: number): string =>
        nested(entries[key] ?? null, entryTypes[index] as DuckDBType, most);
      if (isUnnamed(entryNames)) return `(${joined(keys, member, most)})`;
      const named = (key: string, index: number): string => `${quoted(entryNames[index] ?? '')}: ${member(key, index)}`;
      return `{${joined(keys, named, most)}}`;
    }
    case id.map: {
      const { keyType, valueType } = type as DuckDBMapType;
      const { entries } = value as { entries: readonly { key: DuckDBValue; value: DuckDBValue }[] };
      const pair = (entry: { key: DuckDBValue; value: DuckDBValue }): string =>
        `${nested(entry.key, keyType, most)}=${nested(entry.value, valueType, most)}`;
      return `{${joined(entries, pair, most)}}`;
    }
    case id.union: {
      const { tag, value: member } = value as { tag: string; value: DuckDBValue };
      return valueText(member, memberType(type as DuckDBUnionType, tag), most);
    }
    case id.variant: {
      const { value: inner, type: innerType } = value as { value: DuckDBValue; type?: DuckDBType };
      return innerType ? valueText(inner, innerType, most) : String(inner ?? 'NULL');
    }
    case id.blob: {
      const { bytes } = value as { bytes: Uint8Array };
      return blobText(bytes.length > most ? bytes.subarray(0, most + 1) : bytes);
    }
    default:
      return String(value);
  }
}

/** Printable ASCII as it is, but for quotes and the backslash; every other byte as `\\xAA`. */
function blobText(bytes: Uint8Array): string {
  const text = Buffer.allocUnsafe(bytes.length * 4);
  let length = 0;
  for (const byte of bytes) {
    if (byte >= 32 && byte <= 126 && byte !== 34 && byte !== 39 && byte !== 92) text[length++] = byte;
    else length += text.write(`\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`, length, 'latin1');
  }
  return text.toString('latin1', 0, length);
}

/** Texts with commas between them, as many as it takes to be longer than `most`. */
function joined<T>(items: readonly T[], text: (item: T, index: number) => string, most: number): string {
  if (most === Number.POSITIVE_INFINITY) return items.map(text).join(', ');
  const texts: string[] = [];
  for (let index = 0, length = 0; index < items.length && length <= most; index++) {
    const next = text(items[index] as T, index);
    texts.push(next);
    length += next.length + 2;
  }
  return texts.join(', ');
}

function memberType(type: DuckDBUnionType, tag: string): DuckDBType {
  return type.memberTypes[type.memberTags.indexOf(tag)] as DuckDBType;
}

/** A member of a list, struct or map, quoted where DuckDB quotes it. */
function nested(value: DuckDBValue, type: DuckDBType, most: number): string {
  const text = valueText(value, type, most);
  if (text === null) return 'NULL';
  if (type.alias === 'JSON' || isNested(type)) return text;
  return text === '' || /^null$|^[ \t-\r]|[ \t-\r]$|["'()[\]{},:=]/i.test(text) ? quoted(text) : text;
}

function isNested({ typeId }: DuckDBType): boolean {
  return typeId === id.list || typeId === id.array || typeId === id.struct || typeId === id.map;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** The fewest digits that make the same 32-bit number. */
export function shortestFloat(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

/** `1.0`, `0.0001`, `1e-05`, `1e+16`, `-0.0`, `nan`, `inf`. `shortest` is JavaScript's shortest text of the value. */
function floatingText(value: number, shortest: string): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  // Here JavaScript writes no exponent either.
  if (size >= 1e-4 && size < 1e15) return shortest.includes('.') ? shortest : `${shortest}.0`;
  const { sign, digits, exponent } = decimalDigits(shortest);
  if (exponent < -4 || exponent >= 16) {
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    const power = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  return sign + fixedText(digits, exponent);
}

export interface Decimal {
  readonly sign: '' | '-';
  /** Significant digits without zeros at either end. */
  readonly digits: string;
  /** Power of ten of the first digit. */
  readonly exponent: number;
}

/** Takes apart what JavaScript writes for a finite number other than zero. */
export function decimalDigits(shortest: string): Decimal {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(shortest) ?? [];
  const all = whole + fraction;
  const leading = /^0*/.exec(all)?.[0].length ?? 0;
  const digits = all.slice(leading).replace(/0+$/, '');
  return { sign: sign as '' | '-', digits, exponent: whole.length - 1 - leading + Number(power) };
}

function fixedText(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${whole}.${digits.slice(exponent + 1) || '0'}`;
}

const microsOfDay = 86_400_000_000n;

function dateText(days: number): string {
  if (days === 2_147_483_647) return 'infinity';
  if (days === -2_147_483_647) return '-infinity';
  const { year, month, day } = civil(days);
  const date = `${String(year > 0 ? year : 1 - year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return year > 0 ? date : `${date} (BC)`;
}

function timestampTzText(micros: bigint): string {
  const infinite = infiniteText(micros);
  if (infinite !== null) return infinite;
  const offset = shanghaiOffset(micros);
  const local = micros + BigInt(offset) * 1_000_000n;
  const days = local >= 0n ? local / microsOfDay : (local - microsOfDay + 1n) / microsOfDay;
  const ofDay = local - days * microsOfDay;
  const date = dateText(Number(days));
  const seconds = Number(ofDay / 1_000_000n);
  const fraction = (ofDay % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '');
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  const zoneMinutes = Math.floor((offset % 3600) / 60);
  const zone = `+${two(Math.floor(offset / 3600))}${zoneMinutes ? `:${two(zoneMinutes)}` : ''}`;
  return `${date} ${time}${fraction && `.${fraction}`}${zone}`;
}

function infiniteText(since1970: unknown): string | null {
  if (since1970 === 9_223_372_036_854_775_807n) return 'infinity';
  return since1970 === -9_223_372_036_854_775_807n ? '-infinity' : null;
}

/**
 * Seconds east of UTC in Shanghai at that instant. Since 1991-09-15 it is 28,800; before, Shanghai had daylight saving in
 * 1919, 1940–1949 and 1986–1991, and local mean time (+08:05:43) before 1901 (tz database).
 */
function shanghaiOffset(micros: bigint): number {
  const standard = 28_800;
  if (micros >= 684_867_600_000_000n) return standard;
  const ms = Number(micros / 1000n);
  if (ms < -2_177_481_943_000) return 29_143;
  zone ??= new Intl.DateTimeFormat('en', { timeZone: 'Asia/Shanghai', timeZoneName: 'longOffset' });
  const name = zone.formatToParts(ms).find(part => part.type === 'timeZoneName')?.value ?? '';
  const [, hours = '8', minutes = '0'] = /GMT\+(\d+):(\d+)/.exec(name) ?? [];
  return Number(hours) * 3600 + Number(minutes) * 60;
}

let zone: Intl.DateTimeFormat | undefined;

/** Howard Hinnant's `civil_from_days` (proleptic Gregorian): year 0 is 1 BC. */
function civil(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const dayOfYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/**
 * The value as JSON text. Every digit is kept: integers up to 64 bits are numbers; wider integers and decimals are too where
 * they have at most 15 digits, else strings, since most readers (DuckDB's among them) take a longer number for a double. What
 * JSON has no form for is the text of `valueText`. Maps become objects, with their keys as text; structs without names, lists.
 */
export function valueJson(value: DuckDBValue, type: DuckDBType): string {
  if (value === null || value === undefined) return 'null';
  switch (type.typeId) {
    case id.boolean:
      return value ? 'true' : 'false';
    case id.float:
    case id.double: {
      const text = valueText(value, type) as string;
      return Number.isFinite(value as number) ? text : jsonString(text);
    }
    case id.list:
    case id.array: {
      const { valueType } = type as DuckDBListType | DuckDBArrayType;
      return `[${(value as { items: readonly DuckDBValue[] }).items.map(item => valueJson(item, valueType)).join(',')}]`;
    }
    case id.struct: {
      const { entryNames, entryTypes } = type as DuckDBStructType;
      const { entries } = value as { entries: Readonly<Record<string, DuckDBValue>> };
      const texts = memberKeys(entryNames).map((key, index) =>
        valueJson(entries[key] ?? null, entryTypes[index] as DuckDBType),
      );
      if (isUnnamed(entryNames)) return `[${texts.join(',')}]`;
      return `{${texts.map((text, index) => `${jsonString(entryNames[index] ?? '')}:${text}`).join(',')}}`;
    }
    case id.map: {
      const { keyType, valueType } = type as DuckDBMapType;
      const { entries } = value as { entries: readonly { key: DuckDBValue; value: DuckDBValue }[] };
      const parts = entries.map(
        entry => `${jsonString(valueText(entry.key, keyType) ?? 'NULL')}:${valueJson(entry.value, valueType)}`,
      );
      return `{${parts.join(',')}}`;
    }
    case id.union: {
      const { tag, value: member } = value as { tag: string; value: DuckDBValue };
      return valueJson(member, memberType(type as DuckDBUnionType, tag));
    }
    case id.variant: {
      const { value: inner, type: innerType } = value as { value: DuckDBValue; type?: DuckDBType };
      return innerType ? valueJson(inner, innerType) : jsonString(String(inner));
    }
    default: {
      const text = valueText(value, type) as string;
      if (type.typeId === id.decimal || wideIntegers.has(type.typeId)) {
        return text.replace(/[-.]|^0+/g, '').length > 15 ? jsonString(text) : text;
      }
      return isInteger(type) ? text : jsonString(text);
    }
  }
}

/** JSON text of a string, with every character escaped that a terminal would obey. */
export function jsonString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
