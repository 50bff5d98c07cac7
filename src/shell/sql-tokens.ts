/**
 * A folded statement as tokens: words, quoted names, strings, numbers, signs; comments and blanks are left out. Enough to see
 * which kind of statement it is, which tables it names, and how long the token under a caret is; it is no parser.
 */
export interface SqlToken {
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'parameter' | 'sign';
  /** As written; of a quoted name what stands between the quotes. */
  readonly text: string;
  /** Offset (UTF-16) in the statement. */
  readonly at: number;
  readonly length: number;
  /** Brackets open around it. */
  readonly depth: number;
}

const pattern = new RegExp(
  [
    '(?<blank>\\s+|--[^\\n]*)',
    "(?<string>[eE]'(?:\\\\.|''|[^'\\\\])*'?|'(?:''|[^'])*'?|\\$(?<tag>[\\p{L}_][\\p{L}\\p{N}_]*)?\\$[\\s\\S]*?(?:\\$\\k<tag>\\$|$))",
    '(?<name>"(?:""|[^"])*"?)',
    '(?<parameter>\\$[\\p{L}\\p{N}_]+|\\?)',
    '(?<number>(?:\\d[\\d_]*\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?)',
    '(?<word>[\\p{L}_][\\p{L}\\p{N}\\p{M}_$]*)',
    '(?<sign>::|:=|->>|->|=>|<=|>=|<>|!=|==|\\|\\||[\\s\\S])',
  ].join('|'),
  'gu',
);

export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let depth = 0;
  let at = 0;
  while (at < sql.length) {
    if (sql.startsWith('/*', at)) {
      at = afterComment(sql, at);
      continue;
    }
    pattern.lastIndex = at;
    const match = pattern.exec(sql);
    if (!match) break;
    const [text] = match;
    const kind = (['string', 'name', 'parameter', 'number', 'word', 'sign'] as const).find(
      group => match.groups?.[group] !== undefined,
    );
    if (kind !== undefined) {
      if (kind === 'sign' && /[)\]}]/.test(text)) depth = Math.max(0, depth - 1);
      const inner = kind === 'name' ? text.replace(/^"|"$/g, '').replaceAll('""', '"') : text;
      tokens.push({ kind, text: inner, at, length: text.length, depth });
      if (kind === 'sign' && /[([{]/.test(text)) depth++;
    }
    at += text.length;
  }
  return tokens;
}

function afterComment(sql: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < sql.length) {
    if (sql.startsWith('/*', at)) {
      depth++;
      at += 2;
    } else if (sql.startsWith('*/', at)) {
      depth--;
      at += 2;
      if (depth === 0) break;
    } else {
      at++;
    }
  }
  return at;
}

const verbsAfterWith = new Set([
  'select',
  'from',
  'values',
  'insert',
  'update',
  'delete',
  'merge',
  'table',
  'pivot',
  'unpivot',
]);

/** The word that says what the statement does, lower case; past the common table expressions of a WITH. */
export function verbOf(tokens: readonly SqlToken[]): string {
  const first = tokens.find(({ text }) => text !== '(');
  const verb = first?.kind === 'word' ? first.text.toLowerCase() : '';
  if (verb !== 'with') return verb;
  const main = tokens
    .slice(1)
    .find(token => token.depth === 0 && token.kind === 'word' && verbsAfterWith.has(token.text.toLowerCase()));
  return main?.text.toLowerCase() ?? 'select';
}

/** A table as named in a statement: parts without quotes, lower case, at most catalog, schema, name. */
export function nameAt(tokens: readonly SqlToken[], index: number): string[] {
  const parts: string[] = [];
  for (let at = index; at < tokens.length; at += 2) {
    const token = tokens[at];
    if (!token || (token.kind !== 'word' && token.kind !== 'name')) break;
    parts.push(token.text.toLowerCase());
    const dot = tokens[at + 1];
    if (dot?.text !== '.') break;
  }
  return parts;
}

/** The tables named after FROM and JOIN, in order, without repeats. */
export function tablesRead(tokens: readonly SqlToken[]): string[] {
  const found = new Set<string>();
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word' || !/^(from|join)$/i.test(token.text)) continue;
    const parts = nameAt(tokens, index + 1);
    const after = tokens[index + 1 + Math.max(0, parts.length * 2 - 1)];
    if (parts.length > 0 && after?.text !== '(') found.add(parts.join('.'));
  }
  return [...found];
}

/** The statement without the semicolon and comments at its end. */
export function withoutEnd(sql: string, tokens: readonly SqlToken[]): string {
  const last = tokens.findLast(({ text, kind }) => !(kind === 'sign' && text === ';'));
  return last ? sql.slice(0, last.at + last.length) : sql;
}
