/**
 * Text before it meets a terminal: lines of spans, each with a role that says what it means. Everything a person sees is
 * built as lines by pure functions; `ansi.ts` turns roles into escape sequences, the plain printer drops them. No span
 * holds a control character: text from data goes through `shown` first.
 */
export type Role =
  | 'plain'
  | 'bold'
  | 'dim'
  | 'accent'
  | 'up'
  | 'down'
  | 'warn'
  | 'fail'
  | 'keyword'
  | 'string'
  | 'number'
  | 'comment'
  | 'selected';

export interface Span {
  readonly text: string;
  readonly role?: Role;
}

export type Line = readonly Span[];

/** What the terminal can draw and how wide it is; everything that lays out text takes one. */
export interface Screen {
  /** Cells in a row; the last one is left empty. */
  readonly columns: number;
  readonly rows: number;
  /** False: the ASCII twins of the glyphs of ambiguous width. */
  readonly glyphs: boolean;
  /** False: roles do not show, so signs and rules must. Absent means true. */
  readonly colour?: boolean;
}
