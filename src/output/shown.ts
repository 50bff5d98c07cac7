/**
 * Text from data, files and providers, made safe for a terminal: control characters, escape sequences and the invisible
 * characters that reorder or hide text are shown as visible escapes and never obeyed. What is left prints as it is.
 *
 * 1. C0, DEL and C1 controls: `\n` `\r` `\t`, else `\x1b`.
 * 2. Direction marks, overrides and isolates, line and paragraph separators, zero-width space, word joiner, soft hyphen,
 *    byte-order mark, tag characters: `\u202e`.
 * 3. Half a surrogate pair: `\ud83d`.
 * The joiners and variation selectors that build emoji and Indic text stay.
 */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeOf(character: string): string {
  const name = named[character];
  if (name) return name;
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x100) return `\\x${point.toString(16).padStart(2, '0')}`;
  return point < 0x10000 ? `\\u${point.toString(16).padStart(4, '0')}` : `\\u{${point.toString(16)}}`;
}

/** The text on one row, without anything that a terminal would obey. */
export function shown(text: string): string {
  return text.replace(unsafe, escapeOf);
}

/** The same for text of several rows: line ends divide it, tabs become two blanks. */
export function shownRows(text: string): string[] {
  return text.split(/\r\n|\n|\r/).map(row => shown(row.replaceAll('\t', '  ')));
}
