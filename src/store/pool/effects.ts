/** What a statement may leave behind beyond its rows. Wrong only on the side of caution. */
import { StatementType } from '@duckdb/node-api';
import { figuresVariable, ownMark } from '../kept.ts';

export interface Effects {
  /** On its connection: `variables`, `settings`, `temporary tables` … */
  readonly session: string | null;
  /** On everything that shares the file: lost when the file is closed. */
  readonly shared: string | null;
  /** Prepared statements may mean something else afterwards. */
  readonly rebinds: boolean;
}

const plain = new Set<StatementType>([
  StatementType.INVALID,
  StatementType.SELECT,
  StatementType.INSERT,
  StatementType.UPDATE,
  StatementType.DELETE,
  StatementType.MERGE_INTO,
  StatementType.TRANSACTION,
  StatementType.COPY,
  StatementType.EXPORT,
  StatementType.ANALYZE,
  StatementType.VACUUM,
  StatementType.ALTER,
  StatementType.EXECUTE,
  StatementType.DROP,
]);

const none: Effects = { session: null, shared: null, rebinds: false };

/** Whether the statement does that; it is not told as what its connection runs. */
export function setsFigures(sql: string): boolean {
  return figuresStatement.test(sql) || sql.startsWith(ownMark);
}
const figuresStatement = new RegExp(`^\\s*set\\s+variable\\s+${figuresVariable}\\b`, 'i');

/** @param sql the text that the statement stands in, perhaps among others. */
export function effectsOf(type: StatementType, sql: string): Effects {
  if (plain.has(type)) return /\bsetseed\s*\(/i.test(sql) ? { ...none, session: 'settings' } : none;
  switch (type) {
    case StatementType.ATTACH:
      return { session: null, shared: 'an attached database', rebinds: true };
    case StatementType.DETACH:
      return { ...none, rebinds: true };
    case StatementType.LOAD:
      return { ...none, shared: 'a loaded extension' };
    case StatementType.SET:
    case StatementType.VARIABLE_SET:
    case StatementType.PRAGMA: {
      if (setsFigures(sql)) return { ...none, rebinds: true };
      const session = /\b(re)?set\s+variable\b/i.test(sql) ? 'variables' : /\buse\b/i.test(sql) ? 'USE' : 'settings';
      return { session, shared: /\bglobal\b/i.test(sql) ? 'a global setting' : null, rebinds: true };
    }
    case StatementType.PREPARE:
      return { ...none, session: 'prepared statements' };
    case StatementType.CALL:
      return /\bcheckpoint\b/i.test(sql) ? none : { ...none, session: 'settings' };
    case StatementType.CREATE:
    case StatementType.CREATE_FUNC:
    case StatementType.EXPLAIN:
      return {
        session: /\btemp(orary)?\b/i.test(sql) ? 'temporary tables' : null,
        shared: /\bsecret\b/i.test(sql) ? 'a secret' : null,
        rebinds: false,
      };
    default:
      return { ...none, session: 'settings' };
  }
}
