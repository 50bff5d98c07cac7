/**
 * What a gateway can serve: the border between the wire on one side and the two markets (CSV folders, the demo) on the
 * other. A market knows no frames, no paging and no clock; it is told up to which day its rows are published. Cells are
 * text, exactly as they go over the wire.
 */
export type Row = readonly string[];

/** Rows in order of date, addressed by position and made only when asked for. */
export interface Series {
  /** Names of the cells, in their order. */
  readonly columns: readonly string[];
  readonly length: number;
  /** `YYYY-MM-DD` of the row at a position; never falls from one row to the next. */
  dateAt(index: number): string;
  row(index: number): Row;
}

export const frequencies = ['d', 'w', 'm', '5', '15', '30', '60'] as const;
export type Frequency = (typeof frequencies)[number];

/** 1 back-adjusted (hfq), 2 forward-adjusted (qfq), 3 none. */
export const adjustFlags = ['1', '2', '3'] as const;
export type AdjustFlag = (typeof adjustFlags)[number];

/** Last days of which rows are known to the outside; both inclusive. */
export interface Known {
  readonly daily: string;
  readonly factors: string;
  readonly minutes: string;
  /** Today by the server's clock. */
  readonly today: string;
}

/** Which rows of a table are asked for: the request's own parameters by their names (`code`, `year`, `start`). */
export type Params = Readonly<Record<string, string>>;

export interface Market {
  /** In a few words, for people: `demo market of 320 stocks`. */
  readonly description: string;
  /** Null where there are no such bars: an unknown code, minutes of an index. */
  bars(code: string, frequency: Frequency, adjust: AdjustFlag, known: Known): Series | null;
  /** All bars of one day, unadjusted, in the column order of daily bars. */
  barsOn(date: string, kind: 'stock' | 'fund'): readonly Row[];
  /** Factor rows (code, ex-date, fore, back, adjust) up to `known.factors`, ascending. */
  factors(code: string, known: Known): readonly Row[];
  factorsOn(date: string, known: Known): readonly Row[];
  /** One row for every calendar day known, ascending. */
  readonly tradeDates: Series;
  /** All rows of another table that may answer the parameters; the caller filters by date and period again. */
  table(method: string, params: Params, known: Known): readonly Row[];
}
