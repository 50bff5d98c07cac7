/**
 * The live part at the bottom of the terminal. Ink lays a frame out; the painter puts it on the screen, since it knows what
 * stands there. It promises:
 *
 * 1. Only rows that changed are written, in one write; the scrollback is never cleared or written twice.
 * 2. The cursor stands where the frame says and is never hidden by a redraw: input methods open there.
 * 3. What is printed goes above the frame and belongs to the scrollback from then on.
 * 4. After a resize exactly one frame is on the screen. Rows that the terminal wrapped or pushed up are counted and erased.
 *
 * A frame is shorter than the window and its rows are narrower than it; the caller keeps to that.
 */

export interface Frame {
  /** One string a row, with its escape sequences, no line ends. */
  readonly rows: readonly string[];
  /** Cells that each row takes. */
  readonly widths: readonly number[];
  readonly cursor: { readonly row: number; readonly column: number };
}

export interface PainterOptions {
  readonly write: (text: string) => void;
  readonly columns: () => number;
  readonly rows: () => number;
  readonly wrapping: Wrapping;
  /** The terminal knows synchronized output (mode 2026); others ignore it. */
  readonly synchronized: boolean;
}

/** What a terminal does with rows that are too wide for its new width: wraps them, wraps all but the cursor's row, or cuts. */
export type Wrapping = 'all' | 'all but the cursor' | 'none';

const empty: Frame = { rows: [], widths: [], cursor: { row: 0, column: 0 } };

const up = (rows: number): string => (rows > 0 ? `\x1b[${rows}A` : '');
const toColumn = (column: number): string => `\x1b[${column + 1}G`;
const eraseLine = '\x1b[K';
const eraseBelow = '\x1b[J';

export class Painter {
  private readonly options: PainterOptions;
  /** What stands on the screen. */
  private shown: Frame = empty;
  /** Window size at which it was painted. */
  private columns: number;
  private height: number;
  /** Rows of earlier frames that a lower window pushed into the scrollback, just above the present one. */
  private pushed = 0;
  private paused = false;

  constructor(options: PainterOptions) {
    this.options = options;
    this.columns = options.columns();
    this.height = options.rows();
  }

  /** Replaces the frame; writes nothing when it is the same. */
  paint(frame: Frame): void {
    if (this.paused) {
      this.shown = empty;
      return;
    }
    const text = this.difference(frame);
    if (text !== '') this.send(text);
    this.shown = frame;
  }

  /** Puts finished rows above the frame. */
  print(rows: readonly string[]): void {
    if (rows.length === 0) return;
    const text = rows.map(row => `${row}${eraseLine}\r\n`).join('');
    if (this.paused) {
      this.options.write(text);
      return;
    }
    const frame = this.shown;
    const erase = this.toTop() + eraseBelow;
    this.shown = empty;
    this.pushed = 0;
    this.send(erase + text + this.difference(frame));
    this.shown = frame;
  }

  /** The window changed its size: takes the frame off the screen, wherever its rows went. The caller paints the next one. */
  resized(): void {
    const columns = this.options.columns();
    const height = this.options.rows();
    if (this.paused || this.shown.rows.length === 0) {
      this.columns = columns;
      this.height = height;
      return;
    }
    const above = this.rowsAboveCursor(columns);
    this.send(`\r${up(above + this.pushed)}${eraseBelow}`);
    // What did not fit above the cursor is in the scrollback; it comes back when the window grows.
    this.pushed = Math.max(0, above + this.pushed + 1 - height);
    this.shown = empty;
    this.columns = columns;
    this.height = height;
  }

  /** Clears the window, not the scrollback; the caller paints again. */
  clear(): void {
    this.send('\x1b[H\x1b[2J');
    this.shown = empty;
    this.pushed = 0;
  }

  /** Takes the frame away and leaves the terminal to somebody else; `last` stays in the scrollback. */
  pause(last: readonly string[] = []): void {
    if (this.paused) return;
    const rows = last.map(row => `${row}${eraseLine}\r\n`).join('');
    this.send(this.toTop() + eraseBelow + rows);
    this.shown = empty;
    this.pushed = 0;
    this.paused = true;
  }

  /** The terminal is ours again, the cursor on an empty row; the caller paints. */
  resume(): void {
    this.paused = false;
    this.shown = empty;
    this.columns = this.options.columns();
    this.height = this.options.rows();
  }

  /** True while the window has another size than at the last paint. */
  get stale(): boolean {
    return this.columns !== this.options.columns() || this.height !== this.options.rows();
  }

  private toTop(): string {
    return `\r${up(this.shown.cursor.row)}`;
  }

  private difference(next: Frame): string {
    const before = this.shown;
    const same = before.rows.length === next.rows.length && before.rows.every((row, index) => row === next.rows[index]);
    const cursorStays = before.cursor.row === next.cursor.row && before.cursor.column === next.cursor.column;
    if (same && cursorStays && before.rows.length > 0) return '';
    let text = '';
    let at = before.cursor.row;
    const moveTo = (row: number): void => {
      if (row < at) text += `\r${up(at - row)}`;
      // Line feeds, not cursor movement: at the foot of the window they make room.
      else text += `\r${'\n'.repeat(row - at)}`;
      at = row;
    };
    for (const [index, row] of next.rows.entries()) {
      if (index < before.rows.length && before.rows[index] === row) continue;
      moveTo(index);
      text += row + eraseLine;
    }
    if (before.rows.length > next.rows.length) {
      moveTo(next.rows.length);
      text += eraseBelow;
    }
    moveTo(next.cursor.row);
    return text + toColumn(next.cursor.column);
  }

  /** Rows of the window between the frame's first row and the cursor, after the terminal wrapped them to `columns`. */
  private rowsAboveCursor(columns: number): number {
    const { widths, cursor } = this.shown;
    const { wrapping } = this.options;
    if (wrapping === 'none' || columns >= this.columns) return cursor.row;
    let above = 0;
    for (const width of widths.slice(0, cursor.row)) above += Math.max(1, Math.ceil(width / columns));
    return wrapping === 'all' ? above + Math.floor(cursor.column / columns) : above;
  }

  private send(text: string): void {
    this.options.write(this.options.synchronized ? `\x1b[?2026h${text}\x1b[?2026l` : text);
  }
}

/** Known by their environment: xterm, the Linux console and GNU screen cut, xterm.js (VS Code) spares the cursor's row. */
export function wrappingOf(environment: Readonly<Record<string, string | undefined>>): Wrapping {
  const { TERM = '', TMUX, XTERM_VERSION, STY, TERM_PROGRAM } = environment;
  if (TMUX) return 'all';
  if (TERM === 'linux' || XTERM_VERSION || STY || TERM.startsWith('screen')) return 'none';
  return TERM_PROGRAM === 'vscode' ? 'all but the cursor' : 'all';
}
