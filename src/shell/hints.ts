/** What a result alone does not tell: a comparison that can never hold. */
import type { SqlToken } from './sql-tokens.ts';

const comparisons = new Set(['=', '==', '<>', '!=', 'in', 'like']);

export const bareCodeHint = "codes are stored as sh.600519; bars('600519') takes any form";

/** Sentences for under a result; empty where there is nothing to say. */
export function hintsFor(tokens: readonly SqlToken[], rows: number): string[] {
  return rows === 0 && bareCode(tokens) ? [bareCodeHint] : [];
}

/** The first six digits alone that the statement compares with a column `code`. */
export function bareCode(tokens: readonly SqlToken[]): SqlToken | null {
  return tokens.find((token, index) => isBareCode(token) && comparesCode(tokens, index)) ?? null;
}

function isBareCode({ kind, text }: SqlToken): boolean {
  return (kind === 'string' && /^'\d{6}'$/.test(text)) || (kind === 'number' && /^\d{6}$/.test(text));
}

/** `code = '600519'`, `d.code in ('sh.600519', '000001')`, `'600519' = d.code`. */
function comparesCode(tokens: readonly SqlToken[], index: number): boolean {
  let at = index - 1;
  while (tokens[at]?.text === ',') at -= 2;
  if (tokens[at]?.text === '(') at--;
  const before = comparisons.has(tokens[at]?.text.toLowerCase() ?? '') && isCode(notNot(tokens, at - 1));
  const dotted = tokens[index + 3]?.text === '.';
  const after = comparisons.has(tokens[index + 1]?.text ?? '') && isCode(tokens[index + (dotted ? 4 : 2)]);
  return before || after;
}

function notNot(tokens: readonly SqlToken[], at: number): SqlToken | undefined {
  return tokens[at]?.text.toLowerCase() === 'not' ? tokens[at - 1] : tokens[at];
}

function isCode(token: SqlToken | undefined): boolean {
  return token !== undefined && token.kind !== 'string' && /^("code"|code)$/i.test(token.text);
}
