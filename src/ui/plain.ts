/**
 * The shell for a terminal that cannot move its cursor (`TERM=dumb`): the terminal's own line editing, prompts and answers one after the
 * other, no colour, no live part. Jobs tell their progress in lines.
 */
import { createInterface } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { asProblem } from '../market/problem.ts';
import { plainProgress } from '../output/events.ts';
import { glyphsOf } from '../output/glyphs.ts';
import type { Line, Screen } from '../output/line.ts';
import { viewLines } from '../output/lines.ts';
import { shownRows } from '../output/shown.ts';
import { lineText } from '../output/spans.ts';
import type { View } from '../output/view.ts';
import type { Session, Submission } from '../shell/session.ts';
import { echoPrompt } from './compose.ts';

export interface PlainOptions {
  readonly session: Session;
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly glyphs: boolean;
}

/** Runs until the user leaves, the input ends or `stopped` tells an exit code; resolves to the exit code. */
export async function runPlain(options: PlainOptions, stopped: Promise<number>): Promise<number> {
  const { session, stdin, stdout, glyphs } = options;
  const screen = (): Screen => ({ columns: stdout.columns || 80, rows: stdout.rows || 24, glyphs, colour: false });
  const print = (lines: readonly Line[]): void => {
    for (const line of lines) stdout.write(`${lineText(line)}\n`);
  };
  const show = (view: View): void => print(viewLines(view, screen()));
  const problem = (thrown: unknown): View => {
    return { kind: 'problem', problem: asProblem(thrown), place: null, candidates: [], statement: null };
  };

  let text = '';
  let running: Submission | null = null;
  const ask = (): void => {
    const { nextCell } = session.status();
    const prompt = lineText(echoPrompt(nextCell, session.status(), screen()));
    const more = `${glyphsOf(screen()).more} `.padStart(prompt.length);
    stdout.write(text === '' ? prompt : more);
  };
  const interrupt = (): void => {
    if (running) {
      running.cancel();
      return;
    }
    stdout.write(text === '' ? '\nquit or Ctrl-D leaves\n' : '\n');
    text = '';
    ask();
  };

  const progress = plainProgress();
  const stopJobs = session.jobs.on(event => {
    if (event.type === 'progress')
      for (const line of progress.lines(event.event, Date.now())) stdout.write(`${line}\n`);
    if (event.type === 'ended') show(event.view);
    if (event.type === 'failed') show(problem(event.problem));
  });
  const reader = createInterface({ input: stdin, terminal: false, crlfDelay: Number.POSITIVE_INFINITY });
  process.on('SIGINT', interrupt);
  const ended = (async (): Promise<number> => {
    try {
      print((await session.greeting(screen())).view);
    } catch (thrown) {
      show(problem(thrown));
    }
    ask();
    for await (const line of reader) {
      text = text === '' ? line : `${text}\n${line}`;
      if (text.trim() === '') text = '';
      else if (session.openness(text) === null) {
        running = session.submit(text, { onView: show });
        text = '';
        const end = await running.done;
        running = null;
        if (end.edit !== undefined) stdout.write(`${shownRows(end.edit).join('\n')}\n`);
        if (end.leave) return end.exitCode;
      }
      ask();
    }
    stdout.write('\n');
    return 0;
  })();
  try {
    return await Promise.race([ended, stopped]);
  } finally {
    process.off('SIGINT', interrupt);
    stopJobs();
    reader.close();
    stdin.pause();
  }
}
