/**
 * A result as text that the engine writes itself, on all cores: a COPY into a pipe, which is read here. Only where that gives
 * the very bytes that the rows would; outside a transaction, which a COPY that fails would end.
 */
import { engineTextOptions, engineWritesAlike } from '../output/engine-text.ts';
import type { Bindings, Lease } from '../store/connection.ts';
import { StatementError } from '../store/pool/statement-error.ts';
import { openFifo } from './fifo.ts';

/** Takes text as the engine writes it. */
export interface EngineText {
  readonly delimiter: ',' | '\t';
  /** Resolves when `pieces` have ended; may stop early by throwing. */
  take(pieces: AsyncIterable<Uint8Array>): Promise<void>;
}

export interface Query {
  /** One statement that gives rows, without its end. */
  readonly sql: string;
  readonly values: Bindings | undefined;
}

const before = 'copy (';

/** @returns false where nothing was written, and the rows are to be read. @throws why the statement failed. */
export async function writtenByEngine(
  lease: Lease,
  { sql, values }: Query,
  { delimiter, take }: EngineText,
  signal: AbortSignal,
): Promise<boolean> {
  if (lease.transactionState() !== 'none') return false;
  const columns = await lease.columns(sql, { signal }).catch(() => null);
  if (!columns || !engineWritesAlike(columns, !lease.holds().includes('settings'))) return false;
  const fifo = await openFifo();
  if (!fifo) return false;
  let begun = false;
  const pieces = async function* () {
    for await (const piece of fifo.pieces) {
      begun = true;
      yield piece;
    }
  };
  try {
    const to = `'${fifo.path.replaceAll("'", "''")}'`;
    const copying = lease
      .query(`${before}${sql}\n) to ${to} (${engineTextOptions(delimiter)})`, values, { signal })
      .finally(fifo.complete);
    copying.catch(() => undefined);
    try {
      await take(pieces());
    } catch (thrown) {
      await fifo.close();
      await copying.catch(() => undefined);
      throw thrown;
    }
    await copying;
    return true;
  } catch (thrown) {
    if (!(thrown instanceof StatementError)) throw thrown;
    // It may not write to files, or cannot to pipes.
    if (!begun && /^(IO|Permission|Not ?implemented|Invalid Input|Parser|Binder)$/i.test(thrown.errorType))
      return false;
    const position = thrown.position === null ? null : Math.max(0, thrown.position - before.length);
    throw new StatementError({ ...thrown, position }, sql, thrown.cause);
  } finally {
    await fifo.close();
  }
}
