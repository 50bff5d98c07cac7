/**
 * The worker processes, as Tinypool keeps them: starts a child for each shift, reports its death, ends them all. What a
 * child prints never reaches the terminal, its environment holds nothing but what a program needs to run, and a child
 * that dies before it took up a shift is replaced, so that no shift waits for ever.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tinypool } from 'tinypool';
import { Problem } from '../market/problem.ts';
import { receiveMessages } from './message-memory.ts';
import type { FromWorker, ShiftStart, ToWorker } from './shift.ts';

/** A shift under way. */
export interface Shift {
  send(message: ToWorker): void;
  /** Resolves at the orderly end; rejects when the process died. */
  readonly over: Promise<void>;
  /** Takes a shift that no process has taken up yet off the queue. */
  withdraw(): void;
}

/** The bundled worker: beside the program, one folder above its chunks, or in `dist/` of the sources. */
export function workerFile(): string {
  const named = process.env.DUCKLINE_WORKER;
  if (named) return named;
  const here = dirname(fileURLToPath(import.meta.url));
  const places = ['worker.js', '../worker.js', '../../dist/worker.js'].map(place => join(here, place));
  const found = places.find(place => existsSync(place));
  if (!found) {
    throw new Problem('failed', `The worker program is missing: it should be at ${places[0]}.`, {
      next: 'install duckline again, or run: npm run build',
    });
  }
  return found;
}

/** Names of variables that a child needs; all others stay here, since some hold secrets. */
const passedOn = [
  'PATH',
  'HOME',
  'TZ',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'windir',
  'NODE_EXTRA_CA_CERTS',
];

function childEnvironment(): Record<string, string> {
  const pairs = passedOn.map(name => [name, process.env[name]] as const);
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** A shift that no process has taken up yet. */
interface Waiting {
  readonly again: () => void;
}

export class Processes {
  readonly #pool: Tinypool;
  readonly #waiting = new Set<Waiting>();
  /** Shifts under way. */
  #under = 0;
  #closed = false;
  #received: (() => void) | null = receiveMessages();

  private constructor(pool: Tinypool) {
    this.#pool = pool;
    pool.on('error', () => this.#replaceLost());
  }

  static async open(most: number): Promise<Processes> {
    const filename = workerFile();
    // Loaded late: a query from the command line needs no worker.
    const { Tinypool } = await import('tinypool');
    return new Processes(
      new Tinypool({
        filename,
        runtime: 'child_process',
        serialization: 'advanced',
        // A shift has a process of its own, and is over when that has ended.
        isolateWorkers: true,
        minThreads: 0,
        maxThreads: most,
        env: childEnvironment(),
        execArgv: ['--no-warnings'],
      }),
    );
  }

  /** Starts a process for a shift. `hear` gets what the worker says, `hello` first. */
  begin(start: ShiftStart, hear: (message: FromWorker) => void): Shift {
    let send: (message: ToWorker) => void = () => {};
    let abort = new AbortController();
    const waiting: Waiting = { again: () => again() };
    let again: () => void = () => {};
    const channel = {
      onMessage: (sender: (message: ToWorker) => void) => {
        send = sender;
      },
      postMessage: (message: FromWorker) => {
        this.#waiting.delete(waiting);
        hear(message);
      },
    };
    const over = new Promise<void>((resolve, reject) => {
      const run = (): void => {
        const mine = abort;
        this.#pool.run(start, { channel, signal: mine.signal }).then(
          () => resolve(),
          error => {
            if (mine === abort) reject(error);
          },
        );
        this.#mute();
      };
      again = () => {
        const former = abort;
        abort = new AbortController();
        former.abort();
        run();
      };
      this.#waiting.add(waiting);
      this.#under += 1;
      run();
    });
    const done = over.finally(() => {
      this.#waiting.delete(waiting);
      this.#under -= 1;
    });
    done.catch(() => {});
    return { send: message => send(message), over: done, withdraw: () => abort.abort() };
  }

  /** A child that died with no shift in its hands left one on the queue that nobody will take up. */
  #replaceLost(): void {
    if (this.#closed || this.#pool.threads.length >= this.#under) return;
    // Queued shifts are alike: renewing any of them starts the process that is missing.
    const [waiting] = this.#waiting;
    waiting?.again();
  }

  /** Tinypool pipes each child's output into ours. */
  #mute(): void {
    for (const thread of this.#pool.threads) {
      const child = (
        thread as unknown as { process?: { stdout?: NodeJS.ReadableStream; stderr?: NodeJS.ReadableStream } }
      ).process;
      child?.stdout?.unpipe(process.stdout).resume();
      child?.stderr?.unpipe(process.stderr).resume();
    }
  }

  /** Ends every process; those that do not end by themselves are killed after a second. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool.destroy();
    this.#received?.();
    this.#received = null;
  }
}
