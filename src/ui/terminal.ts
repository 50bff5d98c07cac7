/**
 * The terminal as a device: raw mode, the modes that the prompt needs, keys in, text out. Whatever way the program ends (return, crash,
 * SIGTERM, SIGHUP) or is stopped (Ctrl-Z), the modes are put back; after `fg` they are set again.
 */
import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { type InputEvent, KeyParser } from './keys.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const bracketedPaste = { on: '\x1b[?2004h', off: '\x1b[?2004l' };
const showCursor = '\x1b[?25h';
/** With the place of the cursor, so that the first screen goes on where it was. */
const alternateScreen = { on: '\x1b[?1049h', off: '\x1b[?1049l' };

/**
 * Shift-Enter and its like arrive as keys of their own only where the terminal is asked for it: kitty's protocol where it is
 * known to be spoken, xterm's modifyOtherKeys where it is known to be harmless.
 */
function extendedKeys(environment: Environment): { readonly on: string; readonly off: string } {
  const { TERM = '', TERM_PROGRAM = '', KITTY_WINDOW_ID, TMUX, XTERM_VERSION } = environment;
  if (TMUX || XTERM_VERSION) return { on: '\x1b[>4;1m', off: '\x1b[>4m' };
  if (KITTY_WINDOW_ID || /^xterm-(kitty|ghostty)$/.test(TERM) || /^(WezTerm|ghostty)$/.test(TERM_PROGRAM)) {
    return { on: '\x1b[>1u', off: '\x1b[<u' };
  }
  return { on: '', off: '' };
}

export interface TerminalListener {
  input(events: readonly InputEvent[]): void;
  resize(): void;
  /** Back from `fg`: the screen is somebody else's, paint anew. */
  resumed(): void;
  /** The terminal has gone away. */
  gone(): void;
}

export class Terminal {
  private readonly stdin: ReadStream;
  private readonly stdout: WriteStream;
  private readonly modes: { readonly on: string; readonly off: string };
  private readonly parser = new KeyParser();
  private listener: TerminalListener | null = null;
  private timer: NodeJS.Timeout | undefined;
  private afterPoll: NodeJS.Immediate | undefined;
  /** What was typed before anybody listened. */
  private early: InputEvent[] = [];
  private raw = false;
  private suspended = false;
  private other = false;

  constructor(stdin: ReadStream, stdout: WriteStream, environment: Environment) {
    this.stdin = stdin;
    this.stdout = stdout;
    const extended = extendedKeys(environment);
    this.modes = { on: bracketedPaste.on + extended.on, off: extended.off + bracketedPaste.off };
  }

  /** Asked of the system each time: the event of a resize comes later than the resize. */
  get size(): { readonly columns: number; readonly rows: number } {
    try {
      const [columns, rows] = this.stdout.getWindowSize();
      return { columns: columns || 80, rows: rows || 24 };
    } catch {
      return { columns: 80, rows: 24 };
    }
  }

  /** Takes the keyboard and asks the terminal `questions`. Keys and answers that come before `listen` are kept. */
  open(questions: string): void {
    this.enter();
    if (questions.includes('\x1b[6n')) this.parser.expectPlace();
    if (questions !== '') this.stdout.write(questions);
    this.stdin.on('data', this.onBytes);
    this.stdin.on('end', this.onEnd);
    this.stdin.on('error', this.onEnd);
    this.stdout.on('error', this.onEnd);
    this.stdout.on('resize', this.onResize);
    process.on('SIGCONT', this.onContinue);
    process.on('exit', this.leaveNow);
    // Before Node prints the error of a crash.
    process.on('uncaughtExceptionMonitor', this.leaveNow);
  }

  listen(listener: TerminalListener): void {
    this.listener = listener;
    const early = this.early;
    this.early = [];
    if (early.length > 0) listener.input(early);
  }

  write(text: string): void {
    this.stdout.write(text);
  }

  /** Takes the screen without scrollback, or gives the first one back as it was. */
  alternate(on: boolean): void {
    if (!on && !this.other) return;
    this.other = on;
    this.stdout.write(on ? alternateScreen.on : alternateScreen.off);
  }

  /** Gives the terminal back for good. */
  close(): void {
    this.stopWaiting();
    this.leave();
    this.listener = null;
    this.stdin.off('data', this.onBytes);
    this.stdin.off('end', this.onEnd);
    this.stdin.off('error', this.onEnd);
    this.stdout.off('resize', this.onResize);
    process.off('SIGCONT', this.onContinue);
    process.off('exit', this.leaveNow);
    process.off('uncaughtExceptionMonitor', this.leaveNow);
    this.stdin.pause();
    this.stdin.unref();
  }

  /** Gives the terminal to another program (an editor) while `work` runs. */
  async lend<T>(work: () => Promise<T>): Promise<T> {
    this.leave();
    this.stdin.pause();
    try {
      return await work();
    } finally {
      this.stdin.resume();
      this.enter();
    }
  }

  /**
   * Stops the whole job, as Ctrl-Z does elsewhere: the program may run under npm, which must stop too for the shell to come
   * back. Where nobody controls jobs the system ignores it, and the prompt goes on at once.
   */
  suspend(): void {
    if (process.platform === 'win32') {
      this.listener?.resumed();
      return;
    }
    this.leave();
    this.suspended = true;
    process.kill(0, 'SIGTSTP');
    setTimeout(() => {
      if (this.suspended) this.onContinue();
    }, 100);
  }

  private enter(): void {
    if (this.raw) return;
    this.stdin.setRawMode(true);
    this.raw = true;
    this.stdout.write(this.modes.on);
  }

  private leave(): void {
    if (!this.raw) return;
    this.raw = false;
    this.alternate(false);
    try {
      this.stdout.write(this.modes.off + showCursor);
      this.stdin.setRawMode(false);
    } catch {
      // The terminal is gone; there is nothing to put back.
    }
  }

  private readonly leaveNow = (): void => {
    if (!this.raw) return;
    this.raw = false;
    try {
      const first = this.other ? alternateScreen.off : '';
      writeSync(1, `${first}\r\n${this.modes.off}${showCursor}\x1b[0m`);
    } catch {
      // As above.
    }
    try {
      this.stdin.setRawMode(false);
    } catch {
      // As above.
    }
  };

  private readonly onContinue = (): void => {
    // Stopped from outside, the terminal was left in raw mode; the shell has put it back since.
    if (!this.suspended && this.raw) {
      this.raw = false;
      this.stdin.setRawMode(false);
    }
    if (this.raw) return;
    this.suspended = false;
    this.enter();
    this.listener?.resumed();
  };

  private readonly onBytes = (bytes: Uint8Array): void => {
    this.stopWaiting();
    this.deliver(this.parser.push(bytes));
    const { waiting } = this.parser;
    if (waiting !== null) this.timer = setTimeout(this.onSilence, waiting);
  };

  /** A busy loop sees the timer before the bytes that arrived meanwhile: those are read first. */
  private readonly onSilence = (): void => {
    this.afterPoll = setImmediate(() => this.deliver(this.parser.settle()));
  };

  private stopWaiting(): void {
    clearTimeout(this.timer);
    clearImmediate(this.afterPoll);
  }

  private deliver(events: readonly InputEvent[]): void {
    if (events.length === 0) return;
    if (this.listener) this.listener.input(events);
    else this.early.push(...events);
  }

  private readonly onEnd = (): void => {
    this.listener?.gone();
  };

  private readonly onResize = (): void => {
    this.listener?.resize();
  };
}
