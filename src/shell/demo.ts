/**
 * The embedded demo market: a gateway as a child process of the same program. It ends with us, also when we are killed: its
 * standard input closes then. A process group of its own keeps Ctrl-C from reaching it before us.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Address } from '../config/endpoint.ts';
import { Problem } from '../market/problem.ts';

export interface DemoMarket {
  readonly endpoint: Address;
  close(): Promise<void>;
}

export interface DemoOptions {
  /** The program's own entry, run by this Node. */
  readonly program: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Instant that the market believes it is. */
  readonly now: string;
}

/** Well-known codes of all boards, indices and a fund among them: what the first start of the demo loads. */
export const demoStart: readonly string[] = [
  'sh.600519',
  'sh.601318',
  'sh.600036',
  'sh.601398',
  'sh.600276',
  'sh.600900',
  'sh.600030',
  'sh.601899',
  'sh.688981',
  'sh.600884',
  'sz.000001',
  'sz.300750',
  'sz.002594',
  'sz.000858',
  'sz.000333',
  'sz.000651',
  'sz.002415',
  'sz.300059',
  'sh.000001',
  'sh.000300',
];

const startMs = 20_000;
const stopMs = 3_000;

export async function startDemo({ program, environment, now }: DemoOptions): Promise<DemoMarket> {
  const child = spawn(
    process.execPath,
    [program, 'gateway', '--demo', '--port', '0', '--now', now, '--exit-with-parent'],
    {
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    },
  );
  child.stdin?.on('error', () => undefined);
  const port = await listening(child);
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as { unref?(): void })?.unref?.();
  return {
    endpoint: { host: '127.0.0.1', port },
    close: () => stopped(child),
  };
}

function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let complaint = '';
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(
        new Problem('failed', `the demo market could not be started: ${why}.`, {
          next: 'duckline gateway --demo  shows what is wrong',
        }),
      );
    };
    const timer = setTimeout(() => fail(`it said nothing for ${startMs / 1000} s`), startMs);
    child.once('error', error => fail(error.message));
    child.once('exit', code => fail(complaint.trim().split('\n').at(-1) || `it ended with exit code ${code}`));
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString('utf8')).slice(-2000);
    });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on('line', line => {
      const [, port] = /^listening 127\.0\.0\.1 (\d+)$/.exec(line) ?? [];
      if (port === undefined) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve(Number(port));
    });
  });
}

function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise(resolve => {
    child.ref();
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
