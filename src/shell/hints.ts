/** What a result alone does not tell: a comparison that can never hold. */
import type { SqlToken } from './sql-tokens.ts';

const comparisons = new Set(['=', '==', '<>', '!=', 'in', 'like']);

/** Sentences for under a result; empty where there is nothing to say. */
export function hintsFor(tokens: readonly SqlToken[], rows: number): string[] {
  if (rows > 0) return [];
  const bare = tokens.find((token, index) => isBareCode(token) && comparesCode(tokens, index));
  return bare ? ["codes are stored as sh.600519; bars('600519') takes any form"] : [];
}

function isBareCode({ kind, text }: SqlToken): boolean {
  return (kind === 'string' && /^'\d{6}'$/.test(text)) || (kind === 'number' && /^\d{6}$/.test(text));
}

/** `code = '600519'`, `d.code in ('600519', '000001')`, `'600519' = code`. */
function comparesCode(tokens: readonly SqlToken[], index: number): boolean {
  let at = index - 1;
  while (at >= 0 && [',', '('].includes(tokens[at]?.text ?? '')) {
    at--;
    if (tokens[at + 1]?.text === ',' && tokens[at] && isBareCode(tokens[at] as SqlToken)) at--;
  }
  const before = comparisons.has(tokens[at]?.text.toLowerCase() ?? '') && isCode(tokens[at - 1]);
  const after =
    comparisons.has(tokens[index + 1]?.text ?? '') && (isCode(tokens[index + 2]) || isCode(tokens[index + 4]));
  return before || after;
}

function isCode(token: SqlToken | undefined): boolean {
  return token !== undefined && token.kind !== 'string' && token.text.toLowerCase() === 'code';
}
