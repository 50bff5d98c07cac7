/**
 * The window while a full-screen view has it. The host owns the alternate screen: it promises that
 *
 * 1. only rows that changed are written, all in one write, and the cursor stands where the view says;
 * 2. after a new size the whole window is drawn anew at that size;
 * 3. Ctrl-Z gives the terminal to whoever stopped us as it was before the view, and `fg` brings the view back;
 * 4. whatever way the view ends, the first screen with its scrollback is back before anybody else writes.
 *
 * It knows nothing of the prompt: the shell lends it the terminal, and keeps what is printed meanwhile.
 */
import { type Colours, paint } from '../../output/ansi.ts';
import { glyphsOf } from '../../output/glyphs.ts';
import type { Line, Screen } from '../../output/line.ts';
import { cutLine, lineWidth, roomOf, span } from '../../output/spans.ts';
import type { InputEvent } from '../keys.ts';
import { fewestColumns } from '../size.ts';
import type { FullRows, FullView } from './view.ts';

export interface FullHostOptions {
  readonly write: (text: string) => void;
  /** Takes or leaves the alternate screen. */
  readonly alternate: (on: boolean) => void;
  /** Stops the program as Ctrl-Z does; `resumed` is called when it goes on. */
  readonly suspend: () => void;
  readonly colours: () => Colours;
  readonly screen: () => Screen;
  /** A view has ended; the first screen is back. `problem`: it could not go on. */
  readonly onLeave: (view: FullView, problem: unknown) => void;
}

/** Least time between two redraws that no key asked for, in ms. */
const restMs = 40;

const wrapOff = '\x1b[?7l';
const wrapOn = '\x1b[?7h';
const eraseLine = '\x1b[K';
const eraseScreen = '\x1b[H\x1b[2J';
const place = (row: number, column: number): string => `\x1b[${row + 1};${column + 1}H`;

export class FullHost {
  private readonly options: FullHostOptions;
  private view: FullView | null = null;
  /** What stands in the window; null: nothing of ours. */
  private shown: readonly string[] | null = null;
  private cursor = '';
  private drawing: NodeJS.Immediate | undefined;
  private resting: NodeJS.Timeout | undefined;
  private drawnAt = Number.NEGATIVE_INFINITY;
  private lowest = 0;
  /** Stopped by Ctrl-Z: the first screen is somebody else's. */
  private stopped = false;

  constructor(options: FullHostOptions) {
    this.options = options;
  }

  get open(): boolean {
    return this.view !== null;
  }

  /** Fewest rows that the window had since the view was opened: rows below them may have moved into the scrollback. */
  get lowestRows(): number {
    return this.lowest;
  }

  show(view: FullView): void {
    this.view = view;
    this.stopped = false;
    this.lowest = this.options.screen().rows;
    this.options.alternate(true);
    this.shown = null;
    view.attach(this.changed);
    this.draw();
  }

  /** Gives events to the view; resolves to those after the one with which it was left: they are the prompt's. */
  input(events: readonly InputEvent[]): readonly InputEvent[] {
    for (const [index, event] of events.entries()) {
      const { view } = this;
      if (!view) return events.slice(index);
      if (event.type === 'key' && event.key === 'C-z') {
        this.away();
        this.stopped = true;
        this.options.suspend();
        continue;
      }
      if (event.type === 'key' && event.key === 'C-l') {
        this.shown = null;
        this.soon();
        continue;
      }
      const answer = this.safely(() => view.input(event));
      if (answer === 'leave') this.leave(null);
      else this.soon();
    }
    return [];
  }

  resize(): void {
    if (!this.view) return;
    this.lowest = Math.min(this.lowest, this.options.screen().rows);
    this.shown = null;
    this.draw();
  }

  /** Back from `fg`. */
  resumed(): void {
    if (!this.view) return;
    this.stopped = false;
    this.lowest = this.options.screen().rows;
    this.options.alternate(true);
    this.shown = null;
    this.draw();
  }

  /** The program ends: the first screen at once, then what the view holds. */
  async close(): Promise<void> {
    const { view } = this;
    if (!view) return;
    this.view = null;
    this.away();
    await view.close();
  }

  private readonly changed = (): void => {
    if (!this.view || this.drawing || this.resting) return;
    const rested = performance.now() - this.drawnAt;
    if (rested >= restMs) {
      this.soon();
      return;
    }
    this.resting = setTimeout(() => {
      this.resting = undefined;
      this.draw();
    }, restMs - rested);
  };

  private soon(): void {
    this.drawing ??= setImmediate(() => {
      this.drawing = undefined;
      this.draw();
    });
  }

  private draw(): void {
    const { view } = this;
    if (!view || this.stopped) return;
    const screen = this.options.screen();
    const drawn = this.safely(() => rowsOf(view, screen));
    if (!drawn) return;
    const colours = this.options.colours();
    const rows = drawn.lines.map(line => paint(line, colours));
    let text = this.shown === null ? eraseScreen : '';
    for (let row = 0; row < screen.rows; row++) {
      const next = rows[row] ?? '';
      if (this.shown !== null && this.shown[row] === next) continue;
      if (this.shown === null && next === '') continue;
      text += `${place(row, 0)}${next}${eraseLine}`;
    }
    const cursor = cursorOf(drawn, screen);
    this.shown = Array.from({ length: screen.rows }, (_, row) => rows[row] ?? '');
    this.drawnAt = performance.now();
    if (text === '' && cursor === this.cursor) return;
    this.cursor = cursor;
    this.options.write(`\x1b[?2026h${wrapOff}${text}${wrapOn}${cursor}\x1b[?2026l`);
  }

  /** What a view does wrong ends the view, not the shell. */
  private safely<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (thrown) {
      this.leave(thrown ?? new Error('the view failed'));
      return undefined;
    }
  }

  private leave(problem: unknown): void {
    const { view } = this;
    if (!view) return;
    this.view = null;
    this.away();
    this.options.onLeave(view, problem);
  }

  private away(): void {
    clearImmediate(this.drawing);
    clearTimeout(this.resting);
    this.drawing = undefined;
    this.resting = undefined;
    this.shown = null;
    // What is left there comes back in tmux, in a row of the scrollback, where the window became wider meanwhile.
    this.options.write(eraseScreen);
    this.options.alternate(false);
  }
}

function rowsOf(view: FullView, screen: Screen): FullRows {
  if (screen.columns < fewestColumns) {
    return { lines: [cutLine([span(`needs ${fewestColumns} columns`, 'warn')], roomOf(screen), '')] };
  }
  const { lines, cursor } = view.rows(screen);
  const { ellipsis } = glyphsOf(screen);
  const cut = lines.slice(0, screen.rows).map((line): Line => cutLine(line, roomOf(screen), ellipsis));
  return cursor ? { lines: cut, cursor } : { lines: cut };
}

function cursorOf({ lines, cursor }: FullRows, screen: Screen): string {
  const row = cursor?.row ?? Math.max(0, lines.length - 1);
  const column = cursor?.column ?? lineWidth(lines.at(-1) ?? []);
  return place(Math.max(0, Math.min(row, screen.rows - 1)), Math.max(0, Math.min(column, screen.columns - 1)));
}
