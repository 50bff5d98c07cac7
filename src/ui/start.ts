/**
 * The door to the live shell. The keyboard is taken first and everything else is loaded after, so that what is typed meanwhile is kept and not
 * shown twice.
 */
import type { ReadStream, WriteStream } from 'node:tty';
import { Problem } from '../market/problem.ts';
import type { Session } from '../shell/session.ts';
import { AskedLook, type Look, type Unset } from './look.ts';
import { fewestColumns } from './size.ts';
import { Terminal } from './terminal.ts';

export interface StartOptions {
  /** Called after the keyboard was taken. */
  readonly session: () => Session;
  /** Where the terminal tells nothing better. */
  readonly look: Look;
  readonly unset: Unset;
  readonly environment: NodeJS.ProcessEnv;
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
}

/**
 * Runs the shell until the user leaves or the process is asked to end, and gives the terminal back. Resolves to the exit code;
 * session and engine are still open then and belong to the caller. Throws a Problem where the window is too narrow.
 */
export async function startShell(options: StartOptions): Promise<number> {
  const { stdin, stdout, environment } = options;
  if (stdout.columns > 0 && stdout.columns < fewestColumns) {
    throw new Problem('usage', `this window is ${stdout.columns} columns wide; the prompt needs ${fewestColumns}`, {
      next: 'duckline -c works in any',
    });
  }
  const dumb = environment.TERM === 'dumb';
  const terminal = dumb ? null : new Terminal(stdin, stdout, environment);
  const asked = new AskedLook(options.look, options.unset, environment.TERM ?? '');
  terminal?.open(asked.questions);
  const signals = { SIGTERM: 143, SIGHUP: 129 } as const;
  let stop: (exitCode: number) => void = () => {};
  const stopped = new Promise<number>(resolve => {
    stop = resolve;
  });
  const onSignal = (signal: NodeJS.Signals): void => stop(signals[signal as keyof typeof signals]);
  for (const signal of Object.keys(signals)) process.on(signal, onSignal);
  try {
    if (!terminal) {
      const { runPlain } = await import('./plain.ts');
      return await runPlain({ ...options, session: options.session(), glyphs: options.look.glyphs }, stopped);
    }
    const { Shell } = await import('./shell.ts');
    const shell = new Shell(terminal, { environment, asked, session: options.session() });
    const onInterrupt = (): void => shell.interrupt();
    process.on('SIGINT', onInterrupt);
    void stopped.then(exitCode => shell.stop(exitCode));
    try {
      return await shell.run();
    } finally {
      process.off('SIGINT', onInterrupt);
    }
  } finally {
    terminal?.close();
    for (const signal of Object.keys(signals)) process.off(signal, onSignal);
  }
}
