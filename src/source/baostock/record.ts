/**
 * The record of an answer, `{"record":[["v","v"],…]}`, into typed columns. Rows of several pages gather in one reader.
 *
 * 1. The compact form in which the provider sends it is read straight from the bytes. Whatever differs from it (blanks,
 *    control characters in strings, cells that are no strings) goes through JSON.parse first, and where that fails through
 *    JSON.parse once more without control characters. What is no JSON then is `bad-data`: it would come back identically.
 * 2. A row with a cell that does not parse is rejected whole, with its text; the other rows stand.
 * 3. A row with more or fewer cells than the answer has names makes the answer bad data.
 */
import type { Batch, Column, Rejected } from '../../market/columns.ts';
import { CellColumn, type CellSpec, malformed, refused } from './cells.ts';

export interface RecordFault {
  readonly fault: 'json' | 'width';
  /** One English sentence. */
  readonly message: string;
}

const opening = Buffer.from('{"record":[');
const comma = 0x2c;
const quote = 0x22;
const backslash = 0x5c;
const open = 0x5b;
const close = 0x5d;
const brace = 0x7d;

export class RecordReader {
  /** Rows that stand; rejected ones are not among them. */
  rows = 0;
  /** Rows received, rejected ones included. */
  received = 0;
  readonly rejected: Rejected[] = [];
  private readonly columns: readonly (CellColumn | null)[];
  private readonly pages: { readonly firstRow: number; readonly bytes: Buffer }[] = [];
  private starts = new Int32Array(64);
  private ends = new Int32Array(64);

  /** `specs` in the order of the provider's fields; null: a field that we do not keep. `space`: rows expected. */
  constructor(specs: readonly (CellSpec | null)[], space: number) {
    this.columns = specs.map(spec => spec && new CellColumn(spec, space));
  }

  /** Adds the rows of one page; an empty field is a page without rows. On a fault the reader is of no more use. */
  read(record: Buffer): RecordFault | null {
    if (record.length === 0) return null;
    const before = { rows: this.rows, received: this.received, rejected: this.rejected.length };
    const restart = (bytes: Buffer): 'done' | 'malformed' | 'width' => {
      this.rows = before.rows;
      this.received = before.received;
      this.rejected.length = before.rejected;
      return this.readCompact(bytes);
    };
    let end = restart(record);
    if (end === 'malformed') {
      const again = compacted(record);
      if (!again) return { fault: 'json', message: 'The provider sent rows that are not valid JSON.' };
      end = restart(again);
    }
    if (end === 'done') return null;
    if (end === 'malformed') return { fault: 'json', message: 'The provider sent rows in a form that is not known.' };
    return {
      fault: 'width',
      message: 'The provider sent a row with another number of cells than the answer has columns.',
    };
  }

  /** The provider's own cells of a row that stands, as JSON. */
  raw(row: number): string {
    let page = this.pages.length - 1;
    while (page > 0 && (this.pages[page]?.firstRow as number) > row) page--;
    return this.pages[page]?.bytes.toString('utf8', this.starts[row], this.ends[row]) ?? '[]';
  }

  batch(): Batch {
    const columns: Record<string, Column> = {};
    for (const column of this.columns) if (column) columns[column.spec.name] = column.finish(this.rows);
    return { rows: this.rows, columns };
  }

  private readCompact(bytes: Buffer): 'done' | 'malformed' | 'width' {
    if (bytes.length < opening.length + 2 || !bytes.subarray(0, opening.length).equals(opening)) return 'malformed';
    this.pages.push({ firstRow: this.rows, bytes });
    let at = opening.length;
    if (bytes[at] !== close) {
      for (;;) {
        if (bytes[at] !== open) return 'malformed';
        const end = this.readRow(bytes, at);
        if (end === malformed) return 'malformed';
        if (end === refused) return this.isWholeRow(bytes, at) ? 'width' : 'malformed';
        at = end;
        if (bytes[at] === close) break;
        if (bytes[at] !== comma) return 'malformed';
        at++;
      }
    }
    return bytes[at + 1] === brace && at + 2 === bytes.length ? 'done' : 'malformed';
  }

  /** The place behind the row's closing bracket; `refused` where it may have another number of cells. */
  private readRow(bytes: Buffer, start: number): number {
    const { columns } = this;
    const row = this.rows;
    let complaint: string | null = null;
    let at = start + 1;
    for (let n = 0; n < columns.length; n++) {
      if (n > 0) {
        if (bytes[at] !== comma) return bytes[at] === close ? refused : malformed;
        at++;
      }
      if (bytes[at] !== quote) return n === 0 && bytes[at] === close ? refused : malformed;
      at++;
      const column = columns[n];
      let end = column ? column.read(bytes, at, row) : skipCell(bytes, at);
      if (end === refused) {
        complaint ??= (column as CellColumn).complaint(bytes, at);
        end = skipCell(bytes, at);
      }
      if (end < 0) return malformed;
      at = end;
    }
    if (bytes[at] !== close) return bytes[at] === comma ? refused : malformed;
    at++;
    this.received++;
    if (complaint !== null) {
      this.reject(bytes.toString('utf8', start, at), complaint);
      return at;
    }
    if (row >= this.starts.length) this.growPlaces();
    this.starts[row] = start;
    this.ends[row] = at;
    this.rows++;
    return at;
  }

  /** Tells a row of the wrong width from bytes that are no row at all. */
  private isWholeRow(bytes: Buffer, start: number): boolean {
    let at = start + 1;
    if (bytes[at] === close) return true;
    while (bytes[at] === quote) {
      at = skipCell(bytes, at + 1);
      if (at < 0) return false;
      if (bytes[at] === close) return true;
      if (bytes[at++] !== comma) return false;
    }
    return false;
  }

  private reject(raw: string, reason: string): void {
    const cells = parsed(raw);
    const cellOf = (...names: string[]): string | null => {
      for (const name of names) {
        const index = this.columns.findIndex(column => column?.spec.name === name);
        const cell = Array.isArray(cells) ? cells[index] : undefined;
        if (typeof cell === 'string' && cell !== '') return cell;
      }
      return null;
    };
    this.rejected.push({ code: cellOf('code'), at: cellOf('time', 'date', 'ex_date'), reason, raw });
  }

  private growPlaces(): void {
    const starts = new Int32Array(this.starts.length * 2);
    const ends = new Int32Array(this.ends.length * 2);
    starts.set(this.starts);
    ends.set(this.ends);
    this.starts = starts;
    this.ends = ends;
  }
}

/** The place behind the closing quote of a cell that is not looked at; `malformed` where it has none. */
function skipCell(bytes: Buffer, start: number): number {
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === quote) return at + 1;
    if (byte < 0x20) return malformed;
    if (byte === backslash) at++;
  }
  return malformed;
}

/** Any JSON of the right shape in the compact form, every cell a string; null where it is no such JSON. */
function compacted(record: Buffer): Buffer | null {
  const text = record.toString('utf8');
  const value = parsed(text) ?? parsed(text.replace(/\p{Cc}/gu, ''));
  const rows = typeof value === 'object' && value !== null && 'record' in value ? value.record : null;
  if (!Array.isArray(rows)) return null;
  const plain: string[][] = [];
  for (const row of rows) {
    if (!Array.isArray(row)) return null;
    const cells = row.map(cell => (cell === null ? '' : typeof cell === 'object' ? null : String(cell)));
    if (cells.includes(null)) return null;
    plain.push(cells as string[]);
  }
  return Buffer.from(JSON.stringify({ record: plain }), 'utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The cells of a record as the provider's strings, by the same rules, for whoever compares answers; null: no JSON. */
export function cellsOf(record: Buffer): string[][] | null {
  if (record.length === 0) return [];
  const compact = compacted(record);
  return compact && (JSON.parse(compact.toString('utf8')) as { record: string[][] }).record;
}
