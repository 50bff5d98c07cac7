/** The built program as a child process, in folders of its own, for tests that know nothing of its inside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const launcher = join(root, 'dist/duckline.cjs');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface GatewayStats {
  readonly logins: number;
  readonly requests: Readonly<Record<string, number>>;
  readonly codes: Readonly<Record<string, number>>;
  readonly openConnections: number;
  readonly maxConnections: number;
  readonly faults: Readonly<Record<string, number>>;
}

export interface RunningGateway {
  /** `127.0.0.1:PORT` */
  readonly endpoint: string;
  /** What it has done so far; it needs `--stats-port`. */
  stats(): Promise<GatewayStats>;
  stop(): Promise<GatewayStats>;
}

/** A home for one test file: its folder, its environment, the children started in it. */
export class Home {
  readonly folder = mkdtempSync(join(tmpdir(), 'duckline-home-'));
  readonly environment: NodeJS.ProcessEnv;
  readonly #running = new Set<ChildProcess>();

  constructor(environment: NodeJS.ProcessEnv = {}) {
    const { UV_THREADPOOL_SIZE: _, ...inherited } = process.env;
    this.environment = {
      ...inherited,
      HOME: this.folder,
      XDG_STATE_HOME: join(this.folder, 'state'),
      XDG_DATA_HOME: join(this.folder, 'data'),
      XDG_CONFIG_HOME: join(this.folder, 'config'),
      ...environment,
    };
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  start(args: readonly string[], input?: string): ChildProcess {
    const child = spawn(process.execPath, [launcher, ...args], {
      cwd: this.folder,
      env: this.environment,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    if (input !== undefined) child.stdin?.end(input);
    return child;
  }

  run(args: readonly string[], input?: string): Promise<Ended> {
    return ended(this.start(args, input));
  }

  async gateway(...options: string[]): Promise<RunningGateway> {
    const child = this.start(['gateway', ...options]);
    const lines: string[] = [];
    const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    let complaint = '';
    child.stderr?.on('data', chunk => {
      complaint += chunk;
    });
    const ports = new Map<string, string>();
    const expected = options.includes('--stats-port') ? 2 : 1;
    await new Promise<void>((resolve, reject) => {
      child.once('exit', code => reject(new Error(`the gateway ended with ${code}: ${complaint}`)));
      reader.on('line', line => {
        lines.push(line);
        const [, name, port] = /^(listening|stats-port) 127\.0\.0\.1 (\d+)$/.exec(line) ?? [];
        if (name && port) ports.set(name, port);
        if (ports.size === expected) resolve();
      });
    });
    return {
      endpoint: `127.0.0.1:${ports.get('listening')}`,
      stats: async () => (await fetch(`http://127.0.0.1:${ports.get('stats-port')}/`)).json() as Promise<GatewayStats>,
      stop: () =>
        new Promise(resolve => {
          reader.once('close', () =>
            resolve(JSON.parse(lines.findLast(line => line.startsWith('stats '))?.slice('stats '.length) ?? 'null')),
          );
          child.kill('SIGTERM');
        }),
    };
  }

  /** Ends what still runs. */
  end(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }

  /** Ends what still runs and removes the folder. */
  close(): void {
    this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function ended(child: ChildProcess): Promise<Ended> {
  let out = '';
  let err = '';
  child.stdout?.on('data', chunk => {
    out += chunk;
  });
  child.stderr?.on('data', chunk => {
    err += chunk;
  });
  return new Promise(resolve => child.once('close', code => resolve({ code, out, err })));
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Process numbers of the children of a process. */
export async function childrenOf(pid: number): Promise<number[]> {
  const { out } = await ended(spawn('ps', ['-A', '-o', 'pid=,ppid='], { stdio: ['ignore', 'pipe', 'ignore'] }));
  return out
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child as number);
}
