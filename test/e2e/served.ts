/** A demo market in a process of its own, for a shell that is to be told its port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Home, program } from './terminal.ts';

export interface Served {
  readonly endpoint: string;
  /** The same port again may be had once it has ended. */
  readonly port: number;
  end(): Promise<void>;
}

const running = new Set<ChildProcess>();

/** Options as `duckline gateway --demo` takes them. */
export async function serveDemo(home: Home, ...options: string[]): Promise<Served> {
  const gateway = spawn(process.execPath, [program, 'gateway', '--demo', ...options], {
    env: { PATH: process.env.PATH, HOME: home.folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(gateway);
  const port = await new Promise<number>(resolve => {
    createInterface({ input: gateway.stdout as NodeJS.ReadableStream }).on('line', line => {
      const [, found] = /^listening 127\.0\.0\.1 (\d+)$/.exec(line) ?? [];
      if (found !== undefined) resolve(Number(found));
    });
  });
  return {
    port,
    endpoint: `127.0.0.1:${port}`,
    end: () =>
      new Promise(resolve => {
        running.delete(gateway);
        gateway.once('exit', () => resolve());
        gateway.kill('SIGKILL');
      }),
  };
}

/** Ends what a test has left. */
export function endServed(): void {
  for (const gateway of running) gateway.kill('SIGKILL');
  running.clear();
}
