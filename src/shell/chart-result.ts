/** Any result as a plot: the columns that were named, or the first that suit. Values keep their kind: days and instants become time. */
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { type Bar, histogram, type PlotChart, type PlotSeries } from '../chart/plot.ts';
import { Problem } from '../market/problem.ts';
import { valueText } from '../output/value.ts';
import type { Mark } from './chart-words.ts';
import { nearest } from './nearest.ts';

export interface PlotWanted {
  readonly title: string;
  readonly x: string | undefined;
  readonly y: string | undefined;
  readonly by: string | undefined;
  readonly mark: Mark | undefined;
}

export interface Columns {
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  readonly rows: readonly (readonly DuckDBValue[])[];
}

/** Series that a plot can tell apart. */
const mostSeries = 12;

/** @throws Problem `usage` for a column that is not there or does not suit. */
export function plotOf(result: Columns, wanted: PlotWanted): PlotChart {
  const { names, types, rows } = result;
  if (names.length === 0 || rows.length === 0) throw new Problem('failed', 'the result has no rows to draw.');
  const kinds = types.map(kindOf);
  const [xNamed, by] = [columnOf(wanted.x, names), columnOf(wanted.by, names)];
  const y = columnOf(wanted.y, names) ?? numberToDraw(kinds, xNamed, by, wanted.mark);
  if (y === null)
    throw new Problem('usage', 'no column of the result is a number to draw.', { next: 'name one with --y COLUMN' });
  if (kinds[y] !== 'number') {
    throw new Problem('usage', `${names[y]} is ${String(types[y]).toLowerCase()} and cannot be drawn as a height.`, {
      next: 'name a column of numbers with --y',
    });
  }
  const yName = names[y] ?? '';
  const values = rows.map(row => numberOf(row[y], types[y]));
  const x = xNamed ?? firstOther(kinds, y, by);
  if (wanted.mark === 'histogram' || ((x === null || x === y) && wanted.mark === undefined))
    return histogram(wanted.title, yName, values);
  const xName = x === null ? 'row' : (names[x] ?? '');
  const xKind = x === null ? 'number' : (kinds[x] ?? 'text');
  if (wanted.mark === 'bar' || (wanted.mark === undefined && xKind === 'text')) {
    const bars = rows.map(
      (row, index): Bar => ({
        label: x === null ? String(index + 1) : labelOf(row[x], types[x]),
        value: values[index] ?? Number.NaN,
      }),
    );
    return { mark: 'bar', title: wanted.title, x: { name: xName }, y: { name: yName }, bars };
  }
  if (xKind === 'text') {
    throw new Problem('usage', `${xName} is text: a ${wanted.mark} needs numbers or time along it.`, {
      next: `--type bar, or another --x`,
    });
  }
  const series = new Map<string, [number, number][]>();
  for (const [index, row] of rows.entries()) {
    const key = by === null ? yName : labelOf(row[by], types[by]);
    const points = series.get(key) ?? [];
    series.set(key, points);
    points.push([x === null ? index + 1 : numberOf(row[x], types[x]), values[index] ?? Number.NaN]);
  }
  if (series.size > mostSeries) {
    throw new Problem('usage', `${names[by ?? 0]} has ${series.size} values; a plot tells ${mostSeries} lines apart.`, {
      next: 'filter them in SQL, or leave --by out',
    });
  }
  const mark = wanted.mark === 'scatter' ? 'scatter' : 'line';
  return {
    mark,
    title: wanted.title,
    x: { name: xName, kind: xKind === 'time' ? 'time' : 'number' },
    y: { name: yName },
    series: [...series].map(
      ([name, points]): PlotSeries => ({
        name,
        points: mark === 'line' ? points.sort(([a], [b]) => a - b) : points,
      }),
    ),
  };
}

type Kind = 'number' | 'time' | 'text';

function kindOf(type: DuckDBType): Kind {
  const name = String(type).toUpperCase();
  if (
    /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|UHUGEINT|FLOAT|DOUBLE|DECIMAL)/.test(
      name,
    )
  ) {
    return name.endsWith(']') ? 'text' : 'number';
  }
  return /^(DATE|TIMESTAMP)/.test(name) && !name.endsWith(']') ? 'time' : 'text';
}

/** Column of that name, whatever its case; null where none was named. */
function columnOf(name: string | undefined, names: readonly string[]): number | null {
  if (name === undefined) return null;
  const exact = names.indexOf(name);
  const found = exact >= 0 ? exact : names.findIndex(other => other.toLowerCase() === name.toLowerCase());
  if (found >= 0) return found;
  const meant = nearest(name, names);
  throw new Problem('usage', `the result has no column ${name}; it has ${names.join(', ')}.`, {
    ...(meant.length > 0 ? { next: `did you mean ${meant.join(', ')}?` } : {}),
  });
}

/** The first number that is not along the plot; where all are numbers the first is along it. */
function numberToDraw(
  kinds: readonly Kind[],
  x: number | null,
  by: number | null,
  mark: Mark | undefined,
): number | null {
  const free = kinds.flatMap((kind, index) => (kind === 'number' && index !== x && index !== by ? [index] : []));
  const along = x ?? kinds.findIndex((kind, index) => kind !== 'number' && index !== by);
  const [first = null, second = first] = free;
  if (first === null && x !== null && kinds[x] === 'number' && (mark === undefined || mark === 'histogram')) return x;
  return along < 0 && mark !== 'histogram' && mark !== 'bar' ? second : first;
}

/** Time before text before numbers along the plot. */
function firstOther(kinds: readonly Kind[], y: number, by: number | null): number | null {
  for (const wanted of ['time', 'text', 'number'] as const) {
    const found = kinds.findIndex((kind, index) => kind === wanted && index !== y && index !== by);
    if (found >= 0) return found;
  }
  return null;
}

function labelOf(value: DuckDBValue | undefined, type: DuckDBType | undefined): string {
  return value === null || value === undefined || !type ? 'NULL' : (valueText(value, type) ?? 'NULL');
}

/** A number as it is, a day or an instant in ms; NaN for NULL. */
function numberOf(value: DuckDBValue | undefined, type: DuckDBType | undefined): number {
  if (value === null || value === undefined || !type) return Number.NaN;
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  const text = valueText(value, type);
  if (text === null) return Number.NaN;
  if (kindOf(type) === 'number') return Number(text);
  return Date.parse(text.length === 10 ? `${text}T00:00:00Z` : `${text.slice(0, 19).replace(' ', 'T')}Z`);
}
