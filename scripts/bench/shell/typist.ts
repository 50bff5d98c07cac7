/**
 * Somebody who types at a program in a pseudo-terminal and has a watch: when does what was typed stand on the screen, what does
 * the program use meanwhile. The bytes are looked at as they come; no terminal is drawn, which would take time itself.
 */
import { readFileSync } from 'node:fs';
import { type IPty, spawn } from '@lydell/node-pty';

export class Typist {
  readonly #pty: IPty;
  /** Since the last key, without escape sequences. */
  #seen = '';
  #look: () => void = () => undefined;
  #ended = false;

  constructor(command: readonly string[], environment: Readonly<Record<string, string>>, folder: string) {
    const [file = '', ...words] = command;
    this.#pty = spawn(file, words, { cols: 100, rows: 30, cwd: folder, name: 'xterm-256color', env: environment });
    this.#pty.onData(text => {
      if (text.includes('\x1b[6n')) this.#pty.write('\x1b[5;6R');
      if (/\x1b\[c/.test(text)) this.#pty.write('\x1b[?62;22c');
      this.#seen += text.replace(/\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b\[[0-9;?>]*[A-Za-z]|\x1b[78]/g, '');
      this.#look();
    });
    this.#pty.onExit(() => {
      this.#ended = true;
      this.#look();
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  type(text: string): void {
    this.#seen = '';
    this.#pty.write(text);
  }

  /** Milliseconds until the output since the last key matches. */
  async sees(what: string | RegExp, patienceMs = 60_000): Promise<number> {
    const begun = performance.now();
    const found = () => (typeof what === 'string' ? this.#seen.includes(what) : what.test(this.#seen));
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not seen: ${what}\n${this.#seen.slice(-2000)}`)), patienceMs);
      this.#look = () => {
        if (!found() && !this.#ended) return;
        clearTimeout(timer);
        this.#look = () => undefined;
        if (found()) resolve();
        else reject(new Error(`the program ended before: ${what}\n${this.#seen.slice(-2000)}`));
      };
      this.#look();
    });
    return performance.now() - begun;
  }

  /** Types a word a key at a time, `pauseMs` between them; milliseconds until each key stands there. Clears the text. */
  async keys(count: number, pauseMs: number): Promise<number[]> {
    const times: number[] = [];
    let word = '';
    for (let n = 0; n < count; n++) {
      if (word.length === 40) {
        this.type('\x03');
        await rest(50);
        word = '';
      }
      const key = 'qxzjkvwy'[(n * 5 + Math.floor(n / 40)) % 8] as string;
      word += key;
      this.type(key);
      times.push(await this.sees(word));
      await rest(pauseMs);
    }
    this.type('\x03');
    return times;
  }

  /** Seconds of processor time used so far; NaN where the system does not tell. */
  get used(): number {
    try {
      const fields = readFileSync(`/proc/${this.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      return Number.NaN;
    }
  }

  /** Megabytes in memory. */
  get held(): number {
    try {
      return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'latin1'))?.[1]) / 1024;
    } catch {
      return Number.NaN;
    }
  }

  /** Percent of a core over `ms`. */
  async load(ms: number): Promise<number> {
    const before = this.used;
    const begun = performance.now();
    await rest(ms);
    return (100_000 * (this.used - before)) / (performance.now() - begun);
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    const ended = new Promise<void>(resolve => this.#pty.onExit(() => resolve()));
    this.#pty.kill('SIGKILL');
    await ended;
  }
}

export function rest(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
