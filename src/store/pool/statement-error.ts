/**
 * Why a statement failed, as a value. The engine is asked for errors as JSON (`errors_as_json`), which gives the kind of the
 * error, the position as a UTF-8 byte offset into the statement's text, and candidates for a misspelt name.
 */
import { Problem } from '../../market/problem.ts';

export interface StatementErrorParts {
  /** The engine's word: `Parser`, `Binder`, `Catalog`, `Conversion`, `TransactionContext`, `FATAL` … */
  readonly errorType: string;
  /** The engine's own sentence. */
  readonly engineMessage: string;
  /** UTF-8 byte offset into the text that was run, where the engine names one. */
  readonly position: number | null;
  /** Names that may have been meant, nearest first. */
  readonly candidates: readonly string[];
}

/** A statement failed. Nothing of it is stored unless it was one of several in one text, outside a transaction. */
export class StatementError extends Problem {
  readonly errorType: string;
  readonly engineMessage: string;
  readonly position: number | null;
  readonly candidates: readonly string[];
  readonly sql: string;

  constructor(parts: StatementErrorParts, sql: string, cause?: unknown, next?: string) {
    super('failed', `${parts.errorType} error: ${parts.engineMessage}`, { cause, ...(next ? { next } : {}) });
    this.name = 'StatementError';
    this.errorType = parts.errorType;
    this.engineMessage = parts.engineMessage;
    this.position = parts.position;
    this.candidates = parts.candidates;
    this.sql = sql;
  }

  /** The engine gave up: every connection is dead until the file is opened again. */
  get fatal(): boolean {
    return this.errorType === 'FATAL' || this.engineMessage.includes('database has been invalidated');
  }

  /**
   * Another transaction was first. Doing the whole transaction again may succeed; doing the statement again cannot. A
   * duplicate key counts only when COMMIT found it: then the other key came from a transaction that we could not see.
   */
  get conflict(): boolean {
    if (this.errorType !== 'TransactionContext') return false;
    return (
      /^(Conflict on |Catalog write-write conflict|Transaction conflict|Write-write conflict)/i.test(
        this.engineMessage,
      ) || /^Failed to commit: .*(duplicate key|conflict)/is.test(this.engineMessage)
    );
  }
}

export function isInterrupt(error: unknown): boolean {
  return error instanceof StatementError && error.errorType === 'INTERRUPT';
}

/** What the driver threw, as a StatementError. Understands the JSON form, also behind the driver's own prefixes. */
export function statementError(thrown: unknown, sql: string): StatementError {
  if (thrown instanceof StatementError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new StatementError(partsOf(text), sql, thrown);
}

function partsOf(text: string): StatementErrorParts {
  const brace = text.indexOf('{');
  if (brace >= 0) {
    try {
      const json = JSON.parse(text.slice(brace)) as Record<string, string | undefined>;
      if (json.exception_type && json.exception_message !== undefined) {
        const position = Number(json.position ?? Number.NaN);
        return {
          errorType: json.exception_type,
          engineMessage: json.exception_message,
          position: Number.isInteger(position) && position >= 0 ? position : null,
          candidates: json.candidates ? json.candidates.split(/,\s*/).filter(name => name !== '') : [],
        };
      }
    } catch {
      // Not the JSON form after all: the text itself is the message.
    }
  }
  const [, errorType, engineMessage] = /^([A-Za-z][\w ]*?) Error: ([\s\S]*)$/.exec(text) ?? [];
  return { errorType: errorType ?? 'Driver', engineMessage: engineMessage ?? text, position: null, candidates: [] };
}
