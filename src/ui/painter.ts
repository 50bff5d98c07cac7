/**
 * The live part at the bottom of the terminal. Ink lays a frame out; the painter puts it on the screen, since it knows what
 * stands there. It promises:
 *
 * 1. Only rows that changed are written, in one write; the scrollback is never cleared or written twice.
 * 2. The cursor stands where the frame says and is never hidden by a redraw: input methods open there.
 * 3. What is printed goes above the frame and belongs to the scrollback from then on.
 * 4. After a resize exactly one frame is on the screen. Rows that the terminal wrapped or pushed up are counted and erased.
 *    tmux tells of a new size up to a quarter of a second late: what is painted in between never wraps and ends on the
 *    cursor's own row, so that the count still holds.
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
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly wrapping: Wrapping;
  /** Milliseconds for which the terminal may have another size before it tells; frames of that time were painted blindly. */
  readonly lagMs: number;
  readonly now: () => number;
  /** The terminal knows synchronized output (mode 2026); others ignore it. */
  readonly synchronized: boolean;
}

/** What a terminal does with rows that are too wide for its new width: wraps them, wraps all but the cursor's row, or cuts. */
export type Wrapping = 'all' | 'all but the cursor' | 'none';

const empty: Frame = { rows: [], widths: [], cursor: { row: 0, column: 0 } };

const up = (rows: number): string => (rows > 0 ? `\x1b[${rows}A` : '');
const down = (rows: number): string => (rows > 0 ? `\x1b[${rows}B` : '');
const toColumn = (column: number): string => `\x1b[${column + 1}G`;
const eraseLine = '\x1b[K';
const eraseToEnd = '\x1b[J';
const saveCursor = '\x1b7';
const restoreCursor = '\x1b8';
const wrapOff = '\x1b[?7l';
const wrapOn = '\x1b[?7h';

export class Painter {
  private readonly options: PainterOptions;
  /** What stands on the screen. */
  private shown: Frame = empty;
  /** Frames that stood there within the lag, oldest first. */
  private before: { readonly frame: Frame; readonly until: number }[] = [];
  /** Window size at which it was painted. */
  private columns: number;
  private height: number;
  /** Rows of earlier frames that a lower window pushed into the scrollback, just above the present one. */
  private pushed = 0;
  private paused = false;
  /** Finished rows for the next frame to stand under. */
  private readonly printed: string[] = [];
  /** Goes out with the next frame: nobody sees the window between the two. */
  private owed = '';

  constructor(options: PainterOptions) {
    this.options = options;
    const { columns, rows } = options.size();
    this.columns = columns;
    this.height = rows;
  }

  /** Replaces the frame, with what was printed above it, in one write; writes nothing when all is the same. */
  paint(frame: Frame): void {
    if (this.paused) return;
    let text = '';
    if (this.printed.length > 0) {
      const [first = '', ...others] = this.printed.splice(0);
      text = this.toTop() + wrapOn + first + this.eraseBelow() + others.join('') + wrapOff;
      this.forget();
    }
    text += this.difference(frame);
    if (text === '') return;
    this.remember();
    this.send(text);
    this.shown = frame;
  }

  /** Puts finished rows above the frame; they appear with the next one. */
  print(rows: readonly string[]): void {
    const lines = rows.map(row => `${row}${eraseLine}\r\n`);
    if (this.paused) this.options.write(lines.join(''));
    else for (const line of lines) this.printed.push(line);
  }

  private remember(): void {
    const now = this.options.now();
    this.before = this.before.filter(({ until }) => now - until <= this.options.lagMs);
    this.before.push({ frame: this.shown, until: now });
  }

  /** The screen holds nothing of ours any more. */
  private forget(): void {
    this.shown = empty;
    this.before = [];
    this.pushed = 0;
  }

  /** The window changed its size: takes the frame off the screen, wherever its rows went. The caller paints the next one. */
  resized(): void {
    const { columns, rows: height } = this.options.size();
    if (this.paused || this.shown.rows.length === 0) {
      this.columns = columns;
      this.height = height;
      return;
    }
    const now = this.options.now();
    const blind = this.before.filter(({ until }) => now - until <= this.options.lagMs).map(({ frame }) => frame);
    const above = Math.max(...[this.shown, ...blind].map(frame => this.rowsAboveCursor(frame, columns)));
    this.owed = `\r${up(above + this.pushed)}${eraseLine}${this.eraseBelow()}`;
    // What did not fit above the cursor is in the scrollback; it comes back when the window grows.
    this.pushed = Math.max(0, above + this.pushed + 1 - height);
    this.shown = empty;
    this.before = [];
    this.columns = columns;
    this.height = height;
  }

  /** Clears the window, not the scrollback; the caller paints again. */
  clear(): void {
    this.forget();
    this.owed = '\x1b[H\x1b[2J';
  }

  /** Rows of the frame on the screen. */
  get rows(): number {
    return this.shown.rows.length;
  }

  /** Takes the frame away and leaves the terminal to somebody else; `last` stays in the scrollback. */
  pause(last: readonly string[] = []): void {
    if (this.paused) return;
    const rows = [...this.printed.splice(0), ...last.map(row => `${row}${eraseLine}\r\n`)];
    this.send(this.toTop() + eraseLine + this.eraseBelow() + wrapOn + rows.join(''));
    this.forget();
    this.paused = true;
  }

  /** The terminal is ours again, the cursor on an empty row; the caller paints. */
  resume(): void {
    this.paused = false;
    this.forget();
    const { columns, rows } = this.options.size();
    this.columns = columns;
    this.height = rows;
  }

  /** True while the window has another size than at the last paint. */
  get stale(): boolean {
    const { columns, rows } = this.options.size();
    return this.columns !== columns || this.height !== rows;
  }

  /**
   * Erases the rows below this one. Not from this one on: tmux takes an erasure from the window's first cell for a cleared
   * screen, and keeps what stood there as scrollback.
   */
  private eraseBelow(): string {
    return `${saveCursor}\r${down(1)}${eraseToEnd}${restoreCursor}`;
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
    let lowest = before.rows.length - 1;
    const moveTo = (row: number): void => {
      const last = Math.max(0, lowest);
      if (row < at) text += `\r${up(at - row)}`;
      // Beyond the rows that are there line feeds make room at the foot of the window.
      else if (row > last) text += `\r${down(last - at)}${'\n'.repeat(row - Math.max(last, at))}`;
      else text += `\r${down(row - at)}`;
      lowest = Math.max(lowest, row);
      at = row;
    };
    for (const [index, row] of next.rows.entries()) {
      if (index < before.rows.length && before.rows[index] === row) continue;
      moveTo(index);
      text += row + eraseLine;
    }
    if (before.rows.length > next.rows.length) {
      moveTo(next.rows.length);
      text += eraseToEnd;
    }
    moveTo(next.cursor.row);
    return text + toColumn(next.cursor.column);
  }

  /** Rows of the window between the frame's first row and the cursor, after the terminal wrapped them to `columns`. */
  private rowsAboveCursor({ widths, cursor }: Frame, columns: number): number {
    const { wrapping } = this.options;
    if (wrapping === 'none' || columns >= this.columns) return cursor.row;
    let above = 0;
    for (const width of widths.slice(0, cursor.row)) above += Math.max(1, Math.ceil(width / columns));
    return wrapping === 'all' ? above + Math.floor(cursor.column / columns) : above;
  }

  private send(text: string): void {
    const whole = `${this.owed}${wrapOff}${text}${wrapOn}`;
    this.owed = '';
    this.options.write(this.options.synchronized ? `\x1b[?2026h${whole}\x1b[?2026l` : whole);
  }
}

/** Known by their environment: xterm, the Linux console and GNU screen cut, xterm.js (VS Code) spares the cursor's row. */
export function wrappingOf(environment: Readonly<Record<string, string | undefined>>): Wrapping {
  const { TERM = '', TMUX, XTERM_VERSION, STY, TERM_PROGRAM } = environment;
  if (TMUX) return 'all';
  if (TERM === 'linux' || XTERM_VERSION || STY || TERM.startsWith('screen')) return 'none';
  return TERM_PROGRAM === 'vscode' ? 'all but the cursor' : 'all';
}
