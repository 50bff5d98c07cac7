/** Names as they must be written in a statement. */

const plain = /^[\p{L}_][\p{L}\p{N}\p{M}_$]*$/u;

/** Capitals and Chinese characters need no quotes in DuckDB; blanks, signs, a leading digit and reserved words do. */
export function writtenName(name: string, reserved: ReadonlySet<string>, always = false): string {
  if (!always && plain.test(name) && !reserved.has(name.toLowerCase())) return name;
  return `"${name.replaceAll('"', '""')}"`;
}
