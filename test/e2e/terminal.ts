/**
 * A person at a terminal: the built program in a pseudo-terminal, seen through a terminal emulator. Nothing waits for a fixed time:
 * `waitFor` looks after every piece of output until the screen is as told, and an error shows the screen as it was.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const program = process.env.DUCKLINE_TEST_PROGRAM ?? join(root, 'dist', 'duckline.cjs');

/** Folders of a user of its own; removed by `remove`. */
export class Home {
  readonly folder = mkdtempSync(join(tmpdir(), 'duckline-e2e-'));

  constructor() {
    for (const name of ['work', 'state', 'data', 'config']) mkdirSync(this.path(name));
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export interface TerminalOptions {
  readonly home: Home;
  readonly columns?: number;
  readonly rows?: number;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What the emulator tells of its background, `rgb:ffff/ffff/ffff`; it keeps silent otherwise. */
  readonly background?: string;
  /** Draws characters of ambiguous width two cells wide. */
  readonly ambiguousWide?: boolean;
  /** Says that the cursor is in this column whenever it is asked, wherever it is. */
  readonly cursorReport?: number;
  /** Milliseconds until a question is answered, as over a slow line; never for infinity. Default at once. */
  readonly answerAfterMs?: number;
  /** Another program than ours: its file and arguments. */
  readonly command?: readonly string[];
  /** Default 25 s: the machine may be busy. */
  readonly patienceMs?: number;
}

export interface Row {
  readonly text: string;
  /** The cell at which each part of the row begins that is divided by two blanks or more. */
  readonly starts: readonly number[];
  /** The cell after each part's last one. */
  readonly ends: readonly number[];
}

export interface Ended {
  readonly code: number;
  readonly signal: number;
}

const keys: Readonly<Record<string, string>> = {
  enter: '\r',
  escape: '\x1b',
  tab: '\t',
  backspace: '\x7f',
  delete: '\x1b[3~',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  pageup: '\x1b[5~',
  pagedown: '\x1b[6~',
  f1: '\x1bOP',
  f2: '\x1bOQ',
  f3: '\x1bOR',
  f4: '\x1bOS',
  f5: '\x1b[15~',
  'M-enter': '\x1b\r',
  'S-enter': '\x1b[13;2u',
};

const frameStart = '\x1b[?2026h';
const frameEnd = '\x1b[?2026l';

export class PseudoTerminal {
  readonly exit: Promise<Ended>;
  readonly pid: number;
  /** Everything that the program wrote. */
  raw = '';
  /** Questions that wait for their late answer. */
  owedAnswers = 0;
  private readonly pty: IPty;
  protected readonly terminal: xterm.Terminal;
  private readonly patienceMs: number;
  private pending = 0;
  /** A synchronized update came in part: what is on the screen is neither the old frame nor the new one. */
  private midFrame = false;
  private ended: Ended | null = null;
  private readonly watchers = new Set<() => void>();

  constructor(args: readonly string[], options: TerminalOptions) {
    const { home, columns = 100, rows = 30, environment = {}, command } = options;
    this.patienceMs = options.patienceMs ?? 25_000;
    this.terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 5000, allowProposedApi: true });
    const env: Record<string, string> = {};
    const given: Record<string, string | undefined> = {
      PATH: process.env.PATH,
      HOME: home.folder,
      XDG_STATE_HOME: home.path('state'),
      XDG_DATA_HOME: home.path('data'),
      XDG_CONFIG_HOME: home.path('config'),
      TERM: 'xterm-256color',
      // The emulator spares the cursor's row when it wraps rows anew, as VS Code does, which is made of it.
      TERM_PROGRAM: 'vscode',
      LANG: 'C.UTF-8',
      SHELL: '/bin/sh',
      ...environment,
    };
    for (const [name, value] of Object.entries(given)) if (value !== undefined) env[name] = value;
    const [file, ...rest] = command ?? [process.execPath, program, ...args];
    this.pty = spawn(file as string, rest, {
      cols: columns,
      rows,
      cwd: home.path('work'),
      env,
      name: given.TERM ?? '',
    });
    this.pid = this.pty.pid;
    this.pty.onData(text => {
      this.raw += text;
      this.pending++;
      const whole = this.raw.lastIndexOf(frameEnd) >= this.raw.lastIndexOf(frameStart);
      this.terminal.write(text, () => {
        this.pending--;
        this.midFrame = !whole;
        this.look();
      });
    });
    const { answerAfterMs = 0 } = options;
    const answer = (text: string): void => {
      if (answerAfterMs === 0) this.pty.write(text);
      if (answerAfterMs === 0 || !Number.isFinite(answerAfterMs)) return;
      this.owedAnswers++;
      setTimeout(() => {
        this.owedAnswers--;
        if (!this.ended) this.pty.write(text);
      }, answerAfterMs);
    };
    this.terminal.onData(answer);
    if (options.ambiguousWide) widenAmbiguous(this.terminal);
    const { cursorReport } = options;
    if (cursorReport !== undefined) {
      this.terminal.parser.registerCsiHandler({ final: 'n' }, ([what]) => {
        if (what === 6) answer(`\x1b[1;${cursorReport}R`);
        return what === 6;
      });
    }
    this.terminal.parser.registerOscHandler(11, question => {
      if (question !== '?' || options.background === undefined) return false;
      answer(`\x1b]11;${options.background}\x1b\\`);
      return true;
    });
    this.exit = new Promise(resolve => {
      this.pty.onExit(({ exitCode, signal }) => {
        this.ended = { code: exitCode, signal: signal ?? 0 };
        resolve(this.ended);
        this.look();
      });
    });
  }

  type(text: string): this {
    this.pty.write(text);
    return this;
  }

  /** Keys by name: `enter`, `C-c`, `M-b`, `up`. */
  press(...names: string[]): this {
    for (const name of names) {
      const control = /^C-(.)$/.exec(name)?.[1];
      const alt = /^M-(.)$/.exec(name)?.[1];
      const bytes =
        keys[name] ??
        (control ? String.fromCharCode(control.toUpperCase().charCodeAt(0) & 31) : alt ? `\x1b${alt}` : null);
      if (bytes === null) throw new Error(`no key is called ${name}`);
      this.pty.write(bytes);
    }
    return this;
  }

  paste(text: string): this {
    return this.type(`\x1b[200~${text.replaceAll('\n', '\r')}\x1b[201~`);
  }

  /** A line and Enter. */
  enter(line: string): this {
    return this.type(line).press('enter');
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.waitFor(() => this.pending === 0, 'what was written to be on the screen');
    this.terminal.resize(columns, rows);
    this.pty.resize(columns, rows);
  }

  kill(signal: string): void {
    this.pty.kill(signal);
  }

  get columns(): number {
    return this.terminal.cols;
  }

  get bracketedPaste(): boolean {
    return this.terminal.modes.bracketedPasteMode;
  }

  /** A full-screen view has the window. */
  get alternate(): boolean {
    return this.terminal.buffer.active.type === 'alternate';
  }

  /** By the last of the sequences that show or hide it. */
  get cursorVisible(): boolean {
    return this.raw.lastIndexOf('\x1b[?25h') >= this.raw.lastIndexOf('\x1b[?25l');
  }

  /** Row counted from the window's top, column in cells. */
  get cursor(): { readonly row: number; readonly column: number } {
    const { cursorX, cursorY } = this.terminal.buffer.active;
    return { row: cursorY, column: cursorX };
  }

  /** The rows of the window. */
  get screen(): readonly string[] {
    const { baseY } = this.terminal.buffer.active;
    return Array.from({ length: this.terminal.rows }, (_, row) => this.rowText(baseY + row));
  }

  /** Scrollback and window, without the empty rows at the end. */
  get everything(): readonly string[] {
    const { length } = this.terminal.buffer.active;
    const rows = Array.from({ length }, (_, row) => this.rowText(row));
    while (rows.at(-1) === '') rows.pop();
    return rows;
  }

  /** Rows of scrollback and window in cells, the newest last: those that match. */
  rows(pattern: RegExp): Row[] {
    const { active } = this.terminal.buffer;
    const found: Row[] = [];
    for (let y = 0; y < active.length; y++) {
      const text = this.rowText(y);
      if (pattern.test(text)) found.push(this.inCells(y, text));
    }
    return found;
  }

  /** The number of the palette's colour in which a text of the window begins, at its last place; null where it is not coloured or not there. */
  colourOf(text: string): number | null {
    const { baseY } = this.terminal.buffer.active;
    for (let row = this.terminal.rows - 1; row >= 0; row--) {
      const at = this.rowText(baseY + row).lastIndexOf(text);
      if (at < 0) continue;
      const line = this.terminal.buffer.active.getLine(baseY + row);
      let characters = 0;
      for (let x = 0; x < this.terminal.cols; x++) {
        const cell = line?.getCell(x);
        if (!cell || cell.getWidth() === 0) continue;
        if (characters === at) return cell.isFgPalette() ? cell.getFgColor() : null;
        characters += Math.max(1, cell.getChars().length);
      }
    }
    return null;
  }

  private rowText(y: number): string {
    return this.terminal.buffer.active.getLine(y)?.translateToString(true).trimEnd() ?? '';
  }

  private inCells(y: number, text: string): Row {
    const line = this.terminal.buffer.active.getLine(y);
    const starts: number[] = [];
    const ends: number[] = [];
    let blanks = 2;
    for (let x = 0; x < this.terminal.cols; x++) {
      const cell = line?.getCell(x);
      if (!cell || cell.getWidth() === 0) continue;
      const characters = cell.getChars();
      if (characters === '' || characters === ' ') {
        blanks++;
        continue;
      }
      if (blanks >= 2) {
        starts.push(x);
        ends.push(x);
      }
      ends[ends.length - 1] = x + cell.getWidth();
      blanks = 0;
    }
    return { text, starts, ends };
  }

  private look(): void {
    for (const watcher of [...this.watchers]) watcher();
  }

  /** Resolves when the condition holds; a text or pattern is looked for in the window. */
  waitFor(condition: string | RegExp | ((terminal: this) => boolean), what?: string): Promise<void> {
    const holds = (): boolean => {
      if (typeof condition === 'function') return condition(this);
      const text = this.screen.join('\n');
      return typeof condition === 'string' ? text.includes(condition) : condition.test(text);
    };
    const told = what ?? String(condition);
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!this.midFrame && holds()) done(resolve);
        else if (this.ended) done(() => reject(new Error(`the program ended before: ${told}\n${this.picture()}`)));
      };
      const timer = setTimeout(
        () => done(() => reject(new Error(`waited in vain for: ${told}\n${this.picture()}`))),
        this.patienceMs,
      );
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        this.watchers.delete(check);
        settle();
      };
      this.watchers.add(check);
      check();
    });
  }

  /** The prompt with this number is the last row that is one, and nothing stands after it. */
  prompt(number?: number): Promise<void> {
    const which = number === undefined ? '\\d+' : String(number);
    const pattern = new RegExp(`^\\[${which}\\] (tx |ro )*[❯>]$`);
    return this.waitFor(
      terminal => pattern.test(terminal.screen[terminal.cursor.row] ?? ''),
      `the prompt${number === undefined ? '' : ` [${number}]`}`,
    );
  }

  picture(): string {
    const bar = '-'.repeat(this.terminal.cols);
    const end = this.ended ? ` ended ${JSON.stringify(this.ended)}` : '';
    return `${bar}\n${this.screen.join('\n')}\n${bar} cursor ${JSON.stringify(this.cursor)}${end}`;
  }

  async close(): Promise<void> {
    if (!this.ended) {
      this.pty.kill('SIGKILL');
      await this.exit;
    }
    this.terminal.dispose();
  }
}

/** The glyphs that the program draws itself, and what else of them data may hold. */
const ambiguous = /[\u00b7\u2026\u2190-\u2193\u2500-\u257f\u2581-\u2588]/;

function widenAmbiguous(terminal: xterm.Terminal): void {
  const width = (point: number): 0 | 1 | 2 => {
    const character = String.fromCodePoint(point);
    if (/\p{Mn}/u.test(character)) return 0;
    return ambiguous.test(character) || /[\u2e80-\u9fff\uff00-\uff60]/.test(character) ? 2 : 1;
  };
  terminal.unicode.register({
    version: 'ambiguous-wide',
    wcwidth: width,
    // As xterm.js packs it: the width from the second bit on.
    charProperties: point => width(point) << 1,
  });
  terminal.unicode.activeVersion = 'ambiguous-wide';
}

/** True while the process lives. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Megabytes of memory that a process holds. */
export async function heldBy(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) / 1024;
}

/** Process numbers of the children of a process. */
export async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  return stdout
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child as number);
}
