/**
 * Cells of a session as cells of a file, and back. A text of SQL and commands becomes several cells, since a file keeps
 * commands as comments; one of comments alone is markdown. SQL is written as it was understood: full-width punctuation outside
 * quotes as its twin, each statement closed with a semicolon.
 */
import type { OpenedCell } from './cell-book.ts';
import type { CellRecord } from './cell-record.ts';
import type { FileCell, Notebook } from './notebook-file.ts';
import { type Param, paramOf } from './params.ts';
import { type IsCommand, type Piece, splitText } from './statements.ts';

type Told = Pick<CellRecord, 'text' | 'title' | 'name' | 'attributes'>;

/** Null for a text that is not complete, such as one with an open quote: it would run into the next cell. */
export function fileCellsOf({ text, title, name, attributes }: Told, isCommand: IsCommand): FileCell[] | null {
  const { pieces, open } = splitText(text, isCommand);
  if (open !== null && open !== 'statement') return null;
  if (pieces.length === 0) {
    const rows = text.trim().split('\n');
    if (text.trim() === '') return [];
    const comments = rows.every(row => /^\s*(--|$)/.test(row));
    const body = comments ? rows.map(row => row.replace(/^\s*--(?: |$)/, '')).join('\n') : text;
    return [{ kind: comments ? 'markdown' : 'sql', title, name, attributes, text: body }];
  }
  const groups = grouped(text, pieces);
  const named = groups.findLastIndex(({ kind }) => kind === 'sql');
  return groups.map(({ kind, text: body }, index) => ({
    kind,
    title: index === 0 ? title : null,
    name: index === (named < 0 ? groups.length - 1 : named) ? name : null,
    attributes: index === 0 ? attributes : [],
    text: body,
  }));
}

interface Group {
  readonly kind: 'sql' | 'duckline';
  text: string;
}

function grouped(text: string, pieces: readonly Piece[]): Group[] {
  const groups: Group[] = [];
  let at = 0;
  for (const piece of pieces) {
    const kind = piece.kind === 'sql' ? 'sql' : 'duckline';
    const between = text.slice(at, piece.start).replace(/^[ \t]*[;；]/, '');
    const last = groups.at(-1);
    const body = piece.kind === 'sql' ? closed(piece.text) : piece.text.trimEnd();
    if (last && last.kind === kind)
      last.text += `${between.trim() === '' && !between.includes('\n') ? '\n' : between}${body}`;
    else groups.push({ kind, text: `${between.trimStart()}${body}` });
    at = piece.end;
  }
  const rest = text
    .slice(at)
    .replace(/^\s*[;；]/, '')
    .trimEnd();
  const last = groups.at(-1);
  if (last && rest.trim() !== '') last.text += rest;
  return groups;
}

function closed(sql: string): string {
  const line = sql.slice(sql.lastIndexOf('\n') + 1);
  return line.includes('--') ? `${sql}\n;` : `${sql};`;
}

export function openedOf({ kind, text, title, name, attributes }: FileCell): OpenedCell {
  const rows = text.split('\n');
  return {
    title,
    name: name !== null && /^\p{L}[\p{L}\p{N}_]*$/u.test(name) ? name : null,
    attributes,
    text: kind === 'markdown' ? rows.map(row => (row === '' ? '--' : `-- ${row}`)).join('\n') : text,
  };
}

/** The parameters of a file's head, in their order; what no parameter can be called is left out. */
export function headParams({ head }: Notebook): Param[] {
  return (head?.params ?? []).flatMap(([name, value]) => {
    try {
      return [paramOf(name, value)];
    } catch {
      return [];
    }
  });
}
