/**
 * A column of a result as texts for a table: NULL unlike '' and unlike the text NULL, numbers with one number of decimals
 * a column. Integers and decimals keep every digit. Floating values keep every digit up to six decimals; beyond, the column
 * is rounded to where the digits still tell something (at least four decimals, and a value other than zero never shows
 * as zero). The other formats (`csv`, `json`, `line` …) write every digit of every value.
 */
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { takeCells } from './cells.ts';
import type { Role } from './line.ts';
import { shown } from './shown.ts';
import { decimalDigits, isFloating, isText, shortestFloat, valueText } from './value.ts';

export interface Cell {
  readonly text: string;
  readonly role?: Role;
}

const exactDecimals = 6;
/** No text has more UTF-16 units in a cell. */
const unitsOfCell = 64;

/** Columns whose sign is a market movement: `+` and colour tell rising from falling. */
const movements = /^(pct_chg|pctchg|change_pct|pct_change)$/i;

/** Of a value that is longer only a little more than `clip` cells is kept; a table shows less. */
export function columnCells(
  values: readonly DuckDBValue[],
  type: DuckDBType,
  name: string,
  clip = Number.POSITIVE_INFINITY,
): Cell[] {
  const texts = isFloating(type) ? floatingTexts(values as (number | null)[], type) : undefined;
  const moves = movements.test(name);
  return values.map((value, index) => {
    if (value === null || value === undefined) return { text: 'NULL', role: 'dim' };
    const text = texts?.[index] ?? valueText(value, type, clip) ?? 'NULL';
    if (moves && texts) return moved(text, value as number);
    return { text: isText(type) && /^'*NULL'*$/.test(text) ? `'${text}'` : clipped(text, clip) };
  });
}

function moved(text: string, value: number): Cell {
  if (value > 0) return { text: `+${text}`, role: 'up' };
  return value < 0 ? { text, role: 'down' } : { text };
}

/** Cut between characters, and wide enough for the cut to be marked: an emoji of many parts is eleven units in two cells. */
function clipped(text: string, clip: number): string {
  return text.length > clip ? takeCells(shown(text.slice(0, clip * unitsOfCell)), clip + 2) : shown(text);
}

interface Floating {
  readonly text: string;
  readonly decimals: number;
  readonly exponent: number;
}

function floatingTexts(values: readonly (number | null)[], type: DuckDBType): (string | null)[] {
  const plain = values.map(value => readable(value, type));
  const known = plain.filter(entry => entry !== null);
  const widest = Math.max(0, ...known.map(({ decimals }) => decimals));
  const largest = Math.max(-4, ...known.map(({ exponent }) => exponent));
  let decimals = widest;
  if (widest > exactDecimals) {
    const room = Math.min(8, Math.max(4, 5 - largest));
    const rounded = known.map(({ text }) => Number(text).toFixed(room).replace(/0+$/, ''));
    decimals = Math.max(0, ...rounded.map(text => text.length - text.indexOf('.') - 1));
  }
  return values.map((value, index) => {
    const entry = plain[index];
    if (value === null || value === undefined) return null;
    if (!entry) return value === 0 && !Object.is(value, -0) ? (0).toFixed(decimals) : valueText(value, type);
    const text = fixed(entry.text, decimals, entry.decimals);
    return Number(text) === 0 ? valueText(value, type) : text;
  });
}

/** Null for zero, for what is not finite, and for what needs an exponent. */
function readable(value: number | null, type: DuckDBType): Floating | null {
  if (value === null || value === undefined || !Number.isFinite(value) || value === 0) return null;
  const text = type.toString() === 'FLOAT' ? shortestFloat(value) : String(value);
  const { digits, exponent } = decimalDigits(text);
  if (exponent < -4 || exponent >= 16) return null;
  return { text, decimals: Math.max(0, digits.length - 1 - exponent), exponent };
}

/** Pads with zeros where the text is exact, rounds where it is longer. */
function fixed(text: string, decimals: number, own: number): string {
  if (own > decimals) return Number(text).toFixed(decimals);
  if (decimals === 0) return text;
  return own === 0 ? `${text}.${'0'.repeat(decimals)}` : text + '0'.repeat(decimals - own);
}
