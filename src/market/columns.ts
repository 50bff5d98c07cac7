/**
 * Typed columns: the form in which rows travel from a worker through the process boundary into the database. Text is
 * decoded and checked once, in the worker; from there on nothing is parsed again. A batch survives structured cloning.
 */
export type Column =
  | { readonly kind: 'text'; readonly values: readonly (string | null)[] }
  | { readonly kind: 'double'; readonly values: Float64Array; readonly valid: Uint8Array | null }
  | { readonly kind: 'bigint'; readonly values: BigInt64Array; readonly valid: Uint8Array | null }
  | { readonly kind: 'integer'; readonly values: Int32Array; readonly valid: Uint8Array | null }
  /** Days since 1970-01-01. */
  | { readonly kind: 'date'; readonly values: Int32Array; readonly valid: Uint8Array | null }
  /** Microseconds since 1970-01-01 00:00 of the wall clock in Shanghai, without a zone. */
  | { readonly kind: 'timestamp'; readonly values: BigInt64Array; readonly valid: Uint8Array | null }
  /** 1 true, 0 false. */
  | { readonly kind: 'flag'; readonly values: Uint8Array; readonly valid: Uint8Array | null };

export type ColumnKind = Column['kind'];

/** `valid` holds 1 for a value and 0 for NULL; `null` instead of an array says that no value is NULL. */
export interface Batch {
  readonly rows: number;
  /** By the column names of our tables, each `rows` long. */
  readonly columns: Readonly<Record<string, Column>>;
}

/** A row that failed a quality rule: kept out of the table, kept whole. */
export interface Rejected {
  readonly code: string | null;
  /** `YYYY-MM-DD` (or a minute stamp) as far as it could be read. */
  readonly at: string | null;
  readonly reason: string;
  /** The provider's own cells, joined as JSON. */
  readonly raw: string;
}
