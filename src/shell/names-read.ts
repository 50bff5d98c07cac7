/** The names in a statement that may be tables or macros: what it reads, before anything is resolved. */
import { nameAt, type SqlToken } from './sql-tokens.ts';

const tableVerbs = /^(from|join|table|describe|desc|summarize|show|pivot|unpivot|using)$/i;
const endsList = /^(where|group|order|select|limit|having|qualify|window|union|except|intersect)$/i;

/** Names as they stand in the statement, in one form: `daily`, `meta.runs`. */
export function namesIn(tokens: readonly SqlToken[]): Set<string> {
  const found = new Set<string>();
  const lists = new Set<number>();
  for (const [index, token] of tokens.entries()) {
    const { text, kind, depth } = token;
    for (const open of lists) if (open > depth) lists.delete(open);
    if (kind === 'word' && endsList.test(text)) lists.delete(depth);
    const verb = kind === 'word' && tableVerbs.test(text);
    if (verb && /^from$/i.test(text)) lists.add(depth);
    if (verb || (text === ',' && lists.has(depth))) {
      const name = nameAt(tokens, index + 1);
      if (name.length > 0) found.add(plainName(name));
    }
    if (kind === 'word' && tokens[index + 1]?.text === '(') found.add(text.toLowerCase());
  }
  return found;
}

/** Without the database's name and the schema `main`. */
export function plainName(parts: readonly string[]): string {
  const [schema, name] = parts.slice(-2);
  if (name === undefined) return schema ?? '';
  return schema === 'main' || (parts.length === 2 && schema !== 'meta') ? name : `${schema}.${name}`;
}
