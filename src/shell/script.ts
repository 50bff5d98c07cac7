/**
 * Texts run without a prompt: `-c`, `-f`, standard input, and one command of the command line. Results are data and go to the
 * out stream in the format asked for; everything said goes to the other one. Stops at the first statement or command that
 * fails, whose exit code is the script's.
 */

import type { Format } from '../config/settings.ts';
import { exitCodes, Problem } from '../market/problem.ts';
import { type Colours, paint } from '../output/ansi.ts';
import { plainProgress } from '../output/events.ts';
import { type ResultWriter, resultWriter } from '../output/formats.ts';
import { viewJson } from '../output/json.ts';
import type { Line, Screen } from '../output/line.ts';
import { viewLines } from '../output/lines.ts';
import { runMessageLines } from '../output/run-view.ts';
import { lineText } from '../output/spans.ts';
import type { View } from '../output/view.ts';
import type { QueryStream } from '../store/connection.ts';
import type { Command } from './command.ts';
import type { Jobs } from './jobs.ts';
import type { Param } from './params.ts';
import { redrawLive } from './redraw.ts';
import type { CellEnd, Session } from './session.ts';
import type { ResultSink } from './statement-run.ts';

/** Text out. `write` resolves when more may come, so that a slow reader holds the statement back instead of memory. */
export interface Out {
  write(text: string | Uint8Array): Promise<void>;
  /** True once nobody reads any more. */
  readonly closed: boolean;
  readonly screen: Screen;
  readonly colours: Colours;
  readonly terminal: boolean;
}

export interface ScriptOptions {
  readonly session: Session;
  readonly out: Out;
  readonly say: Out;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

export type ScriptPart =
  /** `name` for errors: the file's name; null for text of the command line. */
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly name: string | null;
      readonly params?: readonly Param[];
    }
  | { readonly kind: 'command'; readonly command: Command; readonly words: readonly string[]; readonly line: string };

export async function runScript(parts: readonly ScriptPart[], options: ScriptOptions): Promise<number> {
  for (const part of parts) {
    const end = await runPart(part, options);
    if (end.leave || end.exitCode !== exitCodes.ok) return end.exitCode;
  }
  return exitCodes.ok;
}

async function runPart(part: ScriptPart, options: ScriptOptions): Promise<CellEnd> {
  const { session, signal } = options;
  let told: Promise<void> = Promise.resolve();
  const submitted = {
    signal,
    onView: (view: View) => {
      told = told.then(() => tell(view, options));
    },
    ...(asTable(options) ? {} : { sink: sinkOf(options) }),
    ...(part.kind === 'text' && part.name !== null ? { name: part.name } : {}),
    ...(part.kind === 'text' && part.params ? { params: part.params } : {}),
  };
  const submission =
    part.kind === 'text'
      ? session.submit(part.text, submitted)
      : session.submitCommand(part.command, part.words, part.line, submitted);
  const stopRedrawing = redrawLive(session, submission, options.out);
  const end = await submission.done;
  await stopRedrawing();
  await told;
  return end;
}

/** A table in a window is cut to it; anywhere else results are written whole. */
function asTable({ session, out, json }: ScriptOptions): boolean {
  const { format } = session.mode;
  return out.terminal && !json && (format === null || format === 'table');
}

/** One view, to the stream where it belongs. */
export async function tell(view: View, { out, say, json }: Pick<ScriptOptions, 'out' | 'say' | 'json'>): Promise<void> {
  switch (view.kind) {
    case 'problem':
      if (out.closed && view.problem.kind === 'interrupted') return;
      await say.write(json ? `${viewJson(view)}\n` : textOf(viewLines(view, say.screen), say));
      return;
    case 'note':
    case 'job':
    case 'changed':
      if (!json || view.kind === 'note') await say.write(textOf(viewLines(view, say.screen), say));
      return;
    case 'run': {
      // Why it did not end as planned is narration; the counts are data.
      const counts: View = { ...view, summary: { ...view.summary, message: null } };
      const { end, planned, message } = view.summary;
      const nothing = planned === 0 && end !== 'ok' && message !== null;
      if (json) await out.write(`${viewJson(view)}\n`);
      else if (!nothing) await out.write(textOf(viewLines(counts, out.screen), out));
      await say.write(textOf(runMessageLines(view, say.screen), say));
      return;
    }
    default:
      await out.write(json ? `${viewJson(view)}\n` : textOf(viewLines(view, out.screen), out));
  }
}

export function textOf(lines: readonly Line[], { colours }: Out): string {
  return lines.map(line => `${colours.theme === 'none' ? lineText(line) : paint(line, colours)}\n`).join('');
}

function sinkOf(options: ScriptOptions): ResultSink {
  const { session, out, json } = options;
  const format = (): Format => session.mode.format ?? (json ? 'json' : 'table');
  return {
    rows: stream => rowsWritten(stream, format(), out),
    text: () => {
      const chosen = format();
      // Where a terminal reads it, control characters are shown.
      if (out.terminal || (chosen !== 'csv' && chosen !== 'tsv')) return null;
      return { delimiter: chosen === 'csv' ? ',' : '\t', take: pieces => textWritten(pieces, out) };
    },
  };
}

async function rowsWritten(stream: QueryStream, format: Format, out: Out): Promise<number> {
  const writer: ResultWriter = resultWriter(format, { terminal: out.terminal, glyphs: out.screen.glyphs });
  let rows = 0;
  // One piece is on its way out while the engine makes the next.
  let writing = out.write(writer.head(stream.names, stream.types));
  for await (const piece of stream) {
    rows += piece.length;
    const text = writer.rows(piece);
    await writing;
    if (out.closed) throw unread();
    writing = out.write(text);
  }
  await writing;
  await out.write(writer.end());
  return rows;
}

async function textWritten(pieces: AsyncIterable<Uint8Array>, out: Out): Promise<void> {
  for await (const piece of pieces) {
    await out.write(piece);
    if (out.closed) throw unread();
  }
}

function unread(): Problem {
  return new Problem('interrupted', 'nobody reads the output any more.');
}

/** Tells how runs go on, as plain lines. Returns the way to stop. */
export function narrate(jobs: Jobs, say: Out, now: () => number): () => void {
  const plain = plainProgress();
  return jobs.on(event => {
    if (event.type !== 'progress') return;
    for (const line of plain.lines(event.event, now())) void say.write(`  ${line}\n`);
  });
}
