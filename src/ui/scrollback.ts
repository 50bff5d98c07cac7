/**
 * What goes above the live part for good. Rows come in lines with roles and leave as painted text, cut to the window. Rows wait while the
 * greeting is not known, so that it stands on top, and while another program has the terminal.
 */
import { type Colours, paint } from '../output/ansi.ts';
import { glyphsOf } from '../output/glyphs.ts';
import type { Line, Screen } from '../output/line.ts';
import { cutLine, roomOf } from '../output/spans.ts';
import type { Painter } from './painter.ts';

export interface ScrollbackOptions {
  readonly painter: Painter;
  readonly colours: () => Colours;
  readonly screen: () => Screen;
  /** Something waits for the next frame to appear. */
  readonly onPrint: () => void;
}

export class Scrollback {
  /** An empty row belongs between what was printed last and what comes next. */
  gap = false;
  private readonly options: ScrollbackOptions;
  private early: string[] | null = [];
  private held: string[] | null = null;

  constructor(options: ScrollbackOptions) {
    this.options = options;
  }

  print(lines: readonly Line[]): void {
    const rows = this.painted(lines);
    if (this.early) this.early.push(...rows);
    else this.put(rows);
  }

  /** An empty row, where one is due. */
  separate(): void {
    if (this.gap) this.print([[]]);
    this.gap = false;
  }

  /** Puts the greeting on top of everything that waited for it. Later ones stand where they come. */
  greet(lines: readonly Line[]): void {
    const early = this.early ?? [];
    this.early = null;
    this.separate();
    this.print(lines);
    if (early.length > 0) this.put(['', ...early]);
  }

  /** True while another program has the terminal. */
  get lent(): boolean {
    return this.held !== null;
  }

  lend(): void {
    this.options.painter.pause();
    this.held = [];
  }

  /** The terminal is ours again: `first`, and then what was printed meanwhile. */
  resume(first: readonly Line[] = []): void {
    const held = this.held ?? [];
    this.held = null;
    this.options.painter.resume();
    this.options.painter.print([...this.painted(first), ...held]);
  }

  /** The end: the live part goes, these lines stay. */
  close(lines: readonly Line[]): void {
    this.held = null;
    const parted = this.gap && lines.length > 0 ? [''] : [];
    this.options.painter.pause([...(this.early ?? []), ...parted, ...this.painted(lines)]);
    this.early = null;
  }

  private put(rows: readonly string[]): void {
    if (this.held) this.held.push(...rows);
    else {
      this.options.painter.print(rows);
      this.options.onPrint();
    }
  }

  private painted(lines: readonly Line[]): string[] {
    const colours = this.options.colours();
    const screen = this.options.screen();
    const { ellipsis } = glyphsOf(screen);
    return lines.map(line => paint(cutLine(line, roomOf(screen), ellipsis), colours));
  }
}
