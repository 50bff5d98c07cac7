/** How a dataset of ours is declared: what it asks of the provider, and what its table holds. */
import type { ColumnKind } from '../../../market/columns.ts';
import type { Method } from '../messages.ts';

export interface ColumnDeclaration {
  /** Our column. */
  readonly ours: string;
  /** The provider's field; null where the column is derived or fixed. */
  readonly theirs: string | null;
  readonly kind: ColumnKind;
  /** `yuan`, `shares`, `percent`, `ratio` …; null for names, dates and flags. */
  readonly unit: string | null;
  readonly comment: string;
  /** A flag whose 1 means false. */
  readonly inverse?: boolean;
  /** A row without it is kept out of the table. */
  readonly needed?: boolean;
  /** A row with a number that is not above 0 is kept out of the table. */
  readonly positive?: boolean;
  /** The provider's values and ours; a value that is not listed stays as it is. */
  readonly words?: Readonly<Record<string, string>>;
  /** Blanks are taken out: the provider pads short names with them. */
  readonly blanksOut?: boolean;
}

/** Names of the options that a dataset takes; their values travel in `DatasetTask.params`. */
export type ParameterName =
  | 'code'
  | 'name'
  | 'from'
  | 'to'
  | 'date'
  | 'year'
  | 'quarter'
  | 'index'
  /** Of securities, where a dataset has several: stock or etf. */
  | 'kind'
  /** Which of two dates a year or a range means. */
  | 'basis';

export interface ParameterDeclaration {
  readonly name: ParameterName;
  readonly required: boolean;
  readonly meaning: string;
  /** The only values that are taken. */
  readonly choices?: readonly string[];
  /** The provider's words for the choices, where they are not ours. */
  readonly sent?: Readonly<Record<string, string>>;
  /** False: the program sets it by itself, since a part of the whole would mislead. */
  readonly offered?: false;
}

/** One request of a dataset. A dataset with several asks sends all that apply, one after the other. */
export interface Ask {
  readonly method: Method;
  /** The provider's parameter → ours. */
  readonly send: Readonly<Record<string, ParameterName>>;
  /** Applies only when these are given … */
  readonly needs?: readonly ParameterName[];
  /** … and when this one, if given, has this value. */
  readonly choice?: { readonly parameter: ParameterName; readonly value: string };
  /** Columns that the ask itself decides, by our names. */
  readonly fixed?: Readonly<Record<string, string | boolean>>;
}

export interface DatasetDeclaration {
  readonly name: string;
  /** Where the rows go. */
  readonly table: string;
  /** One line for help. */
  readonly summary: string;
  readonly asks: readonly Ask[];
  readonly parameters: readonly ParameterDeclaration[];
  /** Columns that together name a row; a NULL among them is a value like another. */
  readonly key: readonly string[];
  readonly columns: readonly ColumnDeclaration[];
  /**
   * An answer is the whole set on a day, and the table holds ranges. The rows carry `valid_from`, the day of the provider's
   * list, and `valid_to`, the day that was asked for (today where none was, since the newest list holds today): from … to,
   * the answer vouches for them.
   */
  readonly ranged?: true;
  /** Some columns are those of bars: rows are reviewed by the quality rules of bars. */
  readonly bars?: true;
}

export function column(
  ours: string,
  theirs: string | null,
  kind: ColumnKind,
  unit: string | null,
  comment: string,
  more: Pick<ColumnDeclaration, 'inverse' | 'needed' | 'positive' | 'words' | 'blanksOut'> = {},
): ColumnDeclaration {
  return { ours, theirs, kind, unit, comment, ...more };
}

export const codeColumn = column('code', 'code', 'text', null, 'security as exchange.digits: sh.600519', {
  needed: true,
});

export function nameColumn(theirs = 'code_name'): ColumnDeclaration {
  return column('name', theirs, 'text', null, 'short name as the exchange writes it, without blanks', {
    blanksOut: true,
  });
}

export const codeNeeded: ParameterDeclaration = { name: 'code', required: true, meaning: 'the security' };
