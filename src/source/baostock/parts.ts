/**
 * From pages of an answer to a part of ours: the columns found by their names, decoded, and completed with what we know
 * besides. Nothing here knows how pages come.
 */
import { type Code, classify, isCode } from '../../market/code.ts';
import type { Batch, Column } from '../../market/columns.ts';
import { type IsoDate, toDays } from '../../market/date.ts';
import type { Failure } from '../outcome.ts';
import type { CellSpec } from './cells.ts';
import type { Page } from './client.ts';
import type { ColumnDeclaration } from './datasets.ts';
import { badData } from './errors.ts';
import { RecordReader } from './record.ts';

/** Gathers the pages of one request, whose columns are those declared; fields that are not declared are passed over. */
export class PageReader {
  private reader: RecordReader | null = null;
  private names: readonly string[] = [];
  private readonly columns: readonly ColumnDeclaration[];
  private readonly expected: number;

  /** `expected`: rows to make room for at first. */
  constructor(columns: readonly ColumnDeclaration[], expected: number) {
    this.columns = columns.filter(column => column.theirs !== null);
    this.expected = expected;
  }

  /** Rows of all pages so far, rejected ones included. */
  get received(): number {
    return this.reader?.received ?? 0;
  }

  /** Rows of this page, or why it is no answer to keep. */
  take({ names, record }: Page): number | Failure {
    if (!this.reader) {
      const missing = this.columns.find(column => !names.includes(column.theirs as string));
      if (missing) return badData(`The answer lacks the column ${missing.theirs}.`);
      this.names = names;
      this.reader = new RecordReader(
        names.map(name => this.specOf(name)),
        this.expected,
      );
    } else if (names.join() !== this.names.join()) {
      return badData('The columns of a later page are not those of the first.');
    }
    const before = this.reader.received;
    const fault = this.reader.read(record);
    return fault ? badData(fault.message) : this.reader.received - before;
  }

  /** The rows of all pages; call once, when all have come. */
  finish(): RecordReader {
    return this.reader ?? new RecordReader([], 0);
  }

  private specOf(name: string): CellSpec | null {
    const column = this.columns.find(({ theirs }) => theirs === name);
    if (!column) return null;
    const { ours, kind, inverse = false, needed = false, positive = false } = column;
    return { name: ours, theirs: name, kind, inverse, needed, positive };
  }
}

export function withColumns(batch: Batch, columns: Readonly<Record<string, Column>>): Batch {
  return { rows: batch.rows, columns: { ...batch.columns, ...columns } };
}

/** The same value in every row. */
export function constant(rows: number, value: string | boolean): Column {
  if (typeof value === 'string') return { kind: 'text', values: new Array<string>(rows).fill(value) };
  return { kind: 'flag', values: new Uint8Array(rows).fill(value ? 1 : 0), valid: null };
}

/** Volume and amount of a suspended row are 0 where the provider leaves them empty; those of a traded one stay NULL. */
export function withoutTrade(batch: Batch): Batch {
  const { is_suspended: suspended, volume, amount } = batch.columns;
  if (suspended?.kind !== 'flag' || volume?.kind !== 'bigint' || amount?.kind !== 'double') return batch;
  const filled = (valid: Uint8Array | null): Uint8Array | null => {
    if (!valid) return null;
    for (let row = 0; row < batch.rows; row++) {
      if (suspended.values[row] === 1 && suspended.valid?.[row] !== 0) valid[row] = 1;
    }
    return valid.includes(0) ? valid : null;
  };
  return withColumns(batch, {
    volume: { ...volume, valid: filled(volume.valid) },
    amount: { ...amount, valid: filled(amount.valid) },
  });
}

/** What the declarations say beyond decoding: words translated, blanks out of names. */
export function worded(batch: Batch, columns: readonly ColumnDeclaration[]): Batch {
  const changed: Record<string, Column> = {};
  for (const { ours, words, blanksOut } of columns) {
    const column = batch.columns[ours];
    if (column?.kind !== 'text' || (!words && !blanksOut)) continue;
    changed[ours] = {
      kind: 'text',
      values: column.values.map(text => {
        if (text === null) return null;
        return words ? (words[text] ?? text) : text.replace(/\s/g, '');
      }),
    };
  }
  return withColumns(batch, changed);
}

/** Boards of the stocks among the codes, by their numbers. */
export function boards(batch: Batch): Column {
  const { code, kind } = batch.columns;
  const codes = code?.kind === 'text' ? code.values : [];
  const kinds = kind?.kind === 'text' ? kind.values : [];
  return {
    kind: 'text',
    values: codes.map((text, row) =>
      text !== null && kinds[row] === 'stock' && isCode(text) ? classify(text as Code).board : null,
    ),
  };
}

/** The last day that a list of the provider is known to hold for: `day`, or its own day where that is later. */
export function validTo(batch: Batch, day: IsoDate): Column {
  const from = batch.columns.valid_from;
  if (from?.kind !== 'date')
    return { kind: 'date', values: new Int32Array(batch.rows), valid: new Uint8Array(batch.rows) };
  const last = toDays(day);
  return { kind: 'date', values: from.values.map(value => Math.max(value, last)), valid: from.valid };
}
