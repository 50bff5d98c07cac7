/**
 * A notebook as a plain `.sql` file, which any SQL tool runs and editors that know the marker see as cells.
 *
 * ```
 * -- ---
 * -- title: Momentum
 * -- params:
 * --   code: sh.600519
 * -- ---
 *
 * -- %% [markdown]
 * -- # What this is about
 *
 * -- %% refresh [duckline]
 * -- fetch $code --from -1y
 *
 * -- %% the best of a year name="ups"
 * select …;
 * ```
 *
 * 1. A marker is `-- %%` in column 1, outside quotes and block comments. Behind it: words of a title, `[markdown]` or
 *    `[duckline]`, and `key="value"` attributes, of which `name` is ours and others are kept.
 * 2. Markdown and commands are comments, so that other tools pass them over.
 * 3. Neither times nor results are written: the file changes only when the notebook does.
 * 4. What `formatNotebook` wrote, `parseNotebook` reads back, and formatting that gives the same bytes.
 */

export type FileCellKind = 'sql' | 'markdown' | 'duckline';

export interface FileCell {
  readonly kind: FileCellKind;
  readonly title: string | null;
  readonly name: string | null;
  /** Other attributes, as written: `role="setup"`. */
  readonly attributes: readonly string[];
  /** SQL as it stands; markdown and commands without their comment signs. No blank line at either end. */
  readonly text: string;
  /** True for what stands before the first marker of a file. */
  readonly bare?: boolean;
}

export interface NotebookHead {
  readonly title: string | null;
  /** In their order; values as written. */
  readonly params: readonly (readonly [name: string, value: string])[];
}

export interface Notebook {
  readonly head: NotebookHead | null;
  readonly cells: readonly FileCell[];
}

const marker = /^-- %%(?:[ \t]+(.*?))?[ \t]*$/;
const fence = /^-- ---[ \t]*$/;

// Reading

interface Row {
  readonly text: string;
  readonly at: number;
  /** It begins inside a quote or a block comment. */
  readonly inside: boolean;
}

/** Never throws: what is no marker and no head is text of a cell. */
export function parseNotebook(source: string): Notebook {
  const rows = rowsOf(source);
  const { head, next } = headOf(rows);
  const cells: FileCell[] = [];
  let open: { readonly of: Omit<FileCell, 'text'>; readonly rows: string[] } = { of: plain(true), rows: [] };
  const close = (): void => {
    const text = textOf(open.of.kind, open.rows);
    if (text !== '' || !open.of.bare) cells.push({ ...open.of, text });
  };
  for (const row of rows.slice(next)) {
    const [found, rest = ''] = row.inside ? [] : (marker.exec(row.text) ?? []);
    if (found === undefined) {
      open.rows.push(row.text);
      continue;
    }
    close();
    open = { of: markerOf(rest), rows: [] };
  }
  close();
  return { head, cells };
}

function plain(bare: boolean): Omit<FileCell, 'text'> {
  return { kind: 'sql', title: null, name: null, attributes: [], ...(bare ? { bare } : {}) };
}

function markerOf(rest: string): Omit<FileCell, 'text'> {
  let kind: FileCellKind = 'sql';
  let name: string | null = null;
  const attributes: string[] = [];
  const title = rest
    .replace(/(?:^|\s)([\p{L}_][\p{L}\p{N}_-]*)=("(?:[^"\\]|\\.)*")/gu, (whole, key: string, value: string) => {
      const read = unquoted(value);
      if (key !== 'name') attributes.push(whole.trim());
      else name = read;
      return '';
    })
    .replace(/(?:^|\s)\[(markdown|duckline)\](?=\s|$)/, (_, word: 'markdown' | 'duckline') => {
      kind = word;
      return '';
    })
    .trim();
  return { kind, title: title === '' ? null : title, name, attributes };
}

function textOf(kind: FileCellKind, rows: readonly string[]): string {
  return kind === 'sql' ? withoutBlanks(rows).join('\n').trimEnd() : withoutBlanks(rows.map(uncommented)).join('\n');
}

/** Without the blank rows at both ends. */
function withoutBlanks(rows: readonly string[]): readonly string[] {
  const first = rows.findIndex(row => row.trim() !== '');
  return first < 0 ? [] : rows.slice(first, rows.findLastIndex(row => row.trim() !== '') + 1);
}

function uncommented(row: string): string {
  return row.replace(/^--(?: |$)/, '').trimEnd();
}

function headOf(rows: readonly Row[]): { readonly head: NotebookHead | null; readonly next: number } {
  const start = rows.findIndex(({ text }) => text.trim() !== '');
  if (start < 0 || !fence.test(rows[start]?.text ?? '')) return { head: null, next: 0 };
  const length = rows.slice(start + 1).findIndex(({ text }) => fence.test(text));
  const inner = rows.slice(start + 1, start + 1 + length).map(({ text }) => text);
  if (length < 0 || inner.some(text => !/^--(?: |$)/.test(text))) return { head: null, next: 0 };
  let title: string | null = null;
  const params: [string, string][] = [];
  let inParams = false;
  for (const line of inner.map(uncommented)) {
    const [, indent, key, value = ''] = /^( *)([^:\s]+):(?:\s+(.*))?$/.exec(line) ?? [];
    if (key === undefined) continue;
    if (indent === '') inParams = key === 'params';
    if (indent === '' && key === 'title') title = unquoted(value);
    else if (indent !== '' && inParams) params.push([key, unquoted(value)]);
  }
  return { head: { title, params }, next: start + length + 2 };
}

function unquoted(value: string): string {
  if (/^'.*'$/.test(value)) return value.slice(1, -1).replaceAll("''", "'");
  if (!/^".*"$/.test(value)) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value.slice(1, -1);
  }
}

/** The lines of a text, each with whether it begins inside something that a marker does not end. */
function rowsOf(source: string): Row[] {
  const text = source.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const inside = insides(text);
  let at = 0;
  return text.split('\n').map(row => {
    const start = at;
    at += row.length + 1;
    return { text: row, at: start, inside: inside.some(([from, to]) => start > from && start < to) };
  });
}

const spans = /--[^\n]*|\/\*|[eE]'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"|\$([\p{L}_][\p{L}\p{N}_]*)?\$/gsu;

/** Quotes and block comments, from their first character to after their last. What is not closed holds nothing in. */
function insides(text: string): (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  spans.lastIndex = 0;
  for (let match = spans.exec(text); match; match = spans.exec(text)) {
    const [piece] = match;
    const from = match.index;
    if (piece.startsWith('--')) continue;
    const to =
      piece === '/*'
        ? afterComment(text, from)
        : piece.startsWith('$')
          ? after(text, piece, from)
          : from + piece.length;
    if (to === null) continue;
    found.push([from, to]);
    spans.lastIndex = to;
  }
  return found;
}

function after(text: string, tag: string, from: number): number | null {
  const end = text.indexOf(tag, from + tag.length);
  return end < 0 ? null : end + tag.length;
}

function afterComment(text: string, from: number): number | null {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  let depth = 0;
  for (let match = edge.exec(text); match; match = edge.exec(text)) {
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return match.index + 2;
  }
  return null;
}

// Writing

/** Ends with one line end. Line ends are `\n`. */
export function formatNotebook({ head, cells }: Notebook): string {
  const parts = [
    ...(head && (head.title !== null || head.params.length > 0) ? [headText(head)] : []),
    ...cells.map(cellText),
  ];
  return parts.length === 0 ? '' : `${parts.join('\n\n')}\n`;
}

function headText({ title, params }: NotebookHead): string {
  const lines = [
    ...(title === null ? [] : [`title: ${quotedIfNeeded(title)}`]),
    ...(params.length === 0
      ? []
      : ['params:', ...params.map(([name, value]) => `  ${name}: ${quotedIfNeeded(value)}`)]),
  ];
  return ['-- ---', ...lines.map(line => `-- ${line}`), '-- ---'].join('\n');
}

/** A value that would be read otherwise, or that YAML would take for something else, is quoted. */
function quotedIfNeeded(value: string): string {
  return /^[\p{L}\p{N}.+*][^\n\r:#"'\\]*$/u.test(value) &&
    value.trim() === value &&
    !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value)
    ? value
    : JSON.stringify(value).replace(
        /[\u007f-\u009f\u2028\u2029\ufeff]/g,
        character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
}

function cellText(cell: FileCell): string {
  const text = bodyText(cell);
  if (cell.bare) return text;
  const { title, kind, name, attributes } = cell;
  const words = [
    ...(title === null ? [] : [plainTitle(title)]),
    ...(kind === 'sql' ? [] : [`[${kind}]`]),
    ...(name === null ? [] : [`name=${JSON.stringify(name)}`]),
    ...attributes,
  ].filter(word => word !== '');
  const line = ['-- %%', ...words].join(' ');
  return text === '' ? line : `${line}\n${text}`;
}

/** On one line, and without what would be read as an attribute or a kind. */
function plainTitle(title: string): string {
  return title
    .replace(/\s+/g, ' ')
    .replaceAll('="', '= "')
    .replace(/\[(markdown|duckline)\]/g, '($1)')
    .trim();
}

function bodyText({ kind, text }: FileCell): string {
  const rows = withoutBlanks(text.replace(/\r\n?/g, '\n').split('\n'));
  return kind === 'sql' ? withoutMarkers(rows.join('\n').trimEnd()) : rows.map(commented).join('\n');
}

/** As a comment; what would look like a marker is moved by one blank. */
function commented(row: string): string {
  const text = row.trimEnd();
  return text === '' ? '--' : `-- ${text.startsWith('%%') ? ' ' : ''}${text}`;
}

/** A comment of a statement that looks like a marker is moved by one blank, so that it stays a comment. */
function withoutMarkers(sql: string): string {
  const rows = rowsOf(sql);
  return rows
    .map(({ text, inside }, index) =>
      !inside && (marker.test(text) || (index === 0 && fence.test(text))) ? ` ${text}` : text,
    )
    .join('\n');
}

// Running

/**
 * The text as it is run, as long as the file, so that errors name its lines: commands stand without their comment signs, and
 * every marker ends the statement before it. A file without markers is run as it is.
 */
export function runnable(source: string): string {
  const text = source.replace(/^\ufeff/, '');
  if (text.includes('\r')) return runnable(text.replace(/\r\n?/g, '\n'));
  let kind: FileCellKind = 'sql';
  return rowsOf(text)
    .map(({ text: row, inside }) => {
      const [found, rest = ''] = inside ? [] : (marker.exec(row) ?? []);
      if (found !== undefined) {
        ({ kind } = markerOf(rest));
        return `;--${row.slice(3)}`;
      }
      return kind === 'duckline' ? row.replace(/^-- /, '   ') : row;
    })
    .join('\n');
}

/** In a text that `runnable` made: the name of the cell that a place stands in, and where that begins; null where it has none. */
export function namedCellAt(text: string, at: number): { readonly name: string; readonly from: number } | null {
  const from =
    text.startsWith(';--%%') || text.includes('\n;--%%') ? `\n${text.slice(0, at)}`.lastIndexOf('\n;--%%') : -1;
  if (from < 0) return null;
  const [row = ''] = text.slice(from).split('\n', 1);
  const { name } = markerOf(row.slice(';--%%'.length));
  return name === null ? null : { name, from };
}
