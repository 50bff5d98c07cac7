/**
 * argv → a command, a script, or the shell. Standard output is data, standard error is narration; every end is orderly:
 * interrupt what runs, await it, close the file. A second Ctrl-C ends at once. No stack trace is ever shown, unless
 * DUCKLINE_DEBUG asks for it.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ReadStream, WriteStream } from 'node:tty';
import { commands } from '../commands/all.ts';
import { readApiKey, readConfig, withConfig } from './config/file.ts';
import { homePath } from './config/paths.ts';
import { readSettings, type Settings } from './config/settings.ts';
import { asProblem, exitCodes, Problem } from './market/problem.ts';
import { type Colours, themeOf } from './output/ansi.ts';
import type { Screen } from './output/line.ts';
import type { HelpView, ProblemView } from './output/view.ts';
import { type Autosave, openAutosave } from './shell/autosave.ts';
import type { Registry } from './shell/command.ts';
import { helpOverview } from './shell/command-help.ts';
import { type CommandLine, type Input, programOptions, readCommandLine } from './shell/command-line.ts';
import { loadDemo } from './shell/demo-load.ts';
import { createEngine, type Engine } from './shell/engine.ts';
import { noHistory, openHistory } from './shell/history.ts';
import { createJobs } from './shell/jobs.ts';
import { headParams } from './shell/notebook-cells.ts';
import { parseNotebook, runnable } from './shell/notebook-file.ts';
import { type Param, paramFrom } from './shell/params.ts';
import { createRegistry } from './shell/registry.ts';
import { narrate, type Out, runScript, type ScriptPart, tell } from './shell/script.ts';
import { openSession, type Session } from './shell/session.ts';
import { readTextFile } from './shell/text-file.ts';

declare const DUCKLINE_VERSION: string;

const version = typeof DUCKLINE_VERSION === 'string' ? DUCKLINE_VERSION : 'dev';

const registry: Registry = createRegistry(commands);

/** A stream of this process. Nobody reading any more is no error: the rest is dropped quietly. */
class ProcessOut implements Out {
  readonly terminal: boolean;
  colours: Colours;
  readonly #stream: NodeJS.WriteStream;
  closed = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.terminal = stream.isTTY === true;
    this.colours = { theme: themeOf(process.env, this.terminal), rising: risingOf(process.env) };
    stream.on('error', () => {
      this.closed = true;
    });
  }

  /** In the theme that was chosen. */
  dress(theme: Settings['theme']['value']): void {
    this.colours = { rising: risingOf(process.env), theme: themeOf(process.env, this.terminal, theme) };
  }

  get screen(): Screen {
    const { columns, rows } = this.#stream;
    return {
      columns: this.terminal ? columns || 80 : Number.POSITIVE_INFINITY,
      rows: this.terminal ? rows || 24 : Number.POSITIVE_INFINITY,
      glyphs: glyphsWanted(process.env),
      colour: this.colours.theme !== 'none',
    };
  }

  async write(text: string | Uint8Array): Promise<void> {
    if (this.closed || text.length === 0) return;
    await new Promise<void>(resolve => {
      this.#stream.write(text, error => {
        if (error) this.closed = true;
        resolve();
      });
    });
  }
}

const stdout = new ProcessOut(process.stdout);
const stderr = new ProcessOut(process.stderr);

async function main(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv, registry);
  const said = { out: stdout, say: stderr, json: line.json };
  if (line.version) {
    await stdout.write(`duckline ${version}\n`);
    return exitCodes.ok;
  }
  if (line.help) {
    await tell(programHelp(), said);
    return exitCodes.ok;
  }
  const configured = readConfig(process.env, process.cwd()).filter(({ key }) => !process.env[key.variable]);
  Object.assign(process.env, withConfig(process.env, configured));
  const settings = readSettings(line.flags, withKey(process.env, line));
  for (const out of [stdout, stderr]) out.dress(settings.theme.value);
  const prompt = !line.command && line.inputs.length === 0 && process.stdin.isTTY;
  const engine = createEngine({
    settings,
    environment: process.env,
    configured,
    version,
    program: process.argv[1] ?? '',
    ...(prompt ? { releaseAfterMs: releaseAfter(process.env.DUCKLINE_RELEASE_AFTER) } : {}),
  });
  try {
    return prompt
      ? await shell(engine, line.set.map(paramFrom), line.rc ? await rcOf() : null)
      : await script(line, engine);
  } finally {
    await engine.close();
  }
}

/** The notebook that is run when a prompt starts; null where there is none. */
async function rcOf(): Promise<{ readonly text: string; readonly name: string } | null> {
  const file = join(homePath('config', process.env), 'rc.sql');
  if (!existsSync(file)) return null;
  return { text: runnable(await readTextFile(file)), name: 'rc.sql' };
}

/** The key of a file stays out of this process's environment, which children are given. */
function withKey(environment: NodeJS.ProcessEnv, { flags }: CommandLine): NodeJS.ProcessEnv {
  const key = flags.demo ? null : readApiKey(environment);
  return key === null ? environment : { ...environment, DUCKLINE_API_KEY: key };
}

/** Idle milliseconds after which a prompt lets its file go; `DUCKLINE_RELEASE_AFTER` in seconds, 0 for never. */
function releaseAfter(seconds: string | undefined): number {
  const given = Number(seconds);
  return 1000 * (seconds && Number.isFinite(given) && given >= 0 ? given : 60);
}

// Without a prompt

async function script(line: CommandLine, engine: Engine): Promise<number> {
  const interrupted = new AbortController();
  const stopListening = onSignals(() => interrupted.abort(new Problem('interrupted', 'interrupted')));
  const set = line.set.map(paramFrom);
  const parts = await partsOf(line, set);
  const session = sessionOf(engine, {
    interactive: false,
    json: line.json,
    params: set,
    keeps: parts.some(namesResults),
  });
  const stopTelling = narrate(session.jobs, stderr, () => now(engine));
  try {
    if (engine.demo && (!line.command || runsTexts.has(line.command.command.name)))
      await loadDemo(engine, session.jobs, interrupted.signal);
    const exitCode = await runScript(parts, {
      session,
      out: stdout,
      say: stderr,
      json: line.json,
      signal: interrupted.signal,
    });
    return stdout.closed && !interrupted.signal.aborted && exitCode === exitCodes.interrupted ? exitCodes.ok : exitCode;
  } finally {
    stopTelling();
    await session.close();
    stopListening();
  }
}

async function partsOf({ command, inputs }: CommandLine, set: readonly Param[]): Promise<ScriptPart[]> {
  if (command) return [{ kind: 'command', ...command }];
  const given: readonly Input[] = inputs.length > 0 ? inputs : [{ kind: 'file', path: '-' }];
  return Promise.all(given.map(input => partOf(input, set)));
}

/** A file may be a notebook: its commands are run too, and its head gives values that `--set` goes before. */
async function partOf(input: Input, set: readonly Param[]): Promise<ScriptPart> {
  if (input.kind === 'text') return { kind: 'text', text: input.text, name: null };
  const stdin = input.path === '-';
  const text = stdin ? (await textOfStdin()).replace(/^\ufeff/, '') : await readTextFile(input.path);
  const params = [...headParams(parseNotebook(text)), ...set];
  return { kind: 'text', text: runnable(text), name: stdin ? null : basename(input.path), params };
}

async function textOfStdin(): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

/** The first signal asks for an orderly end, the second ends at once. Returns the way to stop listening. */
function onSignals(first: () => void): () => void {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  let asked = false;
  const listener = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(codes[signal as keyof typeof codes]);
    asked = true;
    first();
  };
  for (const signal of Object.keys(codes)) process.on(signal, listener);
  return () => {
    for (const signal of Object.keys(codes)) process.off(signal, listener);
  };
}

/** Commands that run what others wrote. */
const runsTexts: ReadonlySet<string> = new Set(['run', 'report']);

/** Rows are kept only where something could ask for them. */
function namesResults(part: ScriptPart): boolean {
  if (part.kind === 'command') return runsTexts.has(part.command.name);
  return /(?<![\p{L}\p{N}])_/u.test(part.text);
}

// The shell

async function shell(
  engine: Engine,
  set: readonly Param[],
  rc: { readonly text: string; readonly name: string } | null,
): Promise<number> {
  if (!stdout.terminal) {
    throw new Problem('usage', 'the prompt needs a terminal for its output.', {
      next: "duckline -c 'from daily limit 5'",
    });
  }
  const { startShell } = await import('./ui/start.ts');
  let session: Session | null = null;
  const autosave = openAutosave(process.env);
  let exitCode: number | null = null;
  try {
    exitCode = await startShell({
      session: () => {
        session = sessionOf(engine, { interactive: true, json: false, params: set, autosave, ...(rc ? { rc } : {}) });
        if (engine.demo) loadDemo(engine, session.jobs, new AbortController().signal).catch(() => undefined);
        return session;
      },
      look: { colours: stdout.colours, glyphs: stdout.screen.glyphs },
      unset: {
        theme: engine.settings.theme.value === 'auto' && stdout.colours.theme !== 'none',
        glyphs: !process.env.DUCKLINE_GLYPHS && stdout.screen.glyphs,
      },
      environment: process.env,
      stdin: process.stdin as ReadStream,
      stdout: process.stdout as WriteStream,
    });
    return exitCode;
  } finally {
    await (session as Session | null)?.close();
    // A shell that was told to end from outside was not left by its user.
    if (exitCode !== null && exitCode !== 129 && exitCode !== 143) await autosave.discard();
  }
}

// Both

interface SessionChoices {
  readonly interactive: boolean;
  readonly json: boolean;
  readonly params?: readonly Param[];
  readonly keeps?: boolean;
  readonly autosave?: Autosave;
  readonly rc?: { readonly text: string; readonly name: string };
}

function sessionOf(engine: Engine, choices: SessionChoices): Session {
  const { interactive, json } = choices;
  const jobs = createJobs({ background: interactive, now: () => now(engine) });
  const history = interactive ? openHistory(join(homePath('state', process.env), 'history')) : noHistory;
  return openSession({
    engine,
    registry,
    jobs,
    history,
    ...choices,
    redraws: process.env.TERM !== 'dumb' && (interactive || (stdout.terminal && !json)),
    print: text => void stdout.write(`${text}\n`),
  });
}

/** Clock time where the file is open, which it is while a run goes on. */
function now(engine: Engine): number {
  return engine.opened?.clock.now() ?? Date.now();
}

function programHelp(): HelpView {
  const { entries } = helpOverview(registry, false) as HelpView & { topic: null };
  return {
    kind: 'help',
    topic: 'duckline',
    usage: 'duckline [options] [COMMAND …]',
    summary: 'without a command: the shell',
    options: [
      ...entries.map(({ usage, summary }) => ({ flag: usage, says: summary })),
      ...programOptions.map(({ name, short, value, says }) => ({
        flag: `${short === undefined ? '' : `-${short}, `}--${name}${value === null ? '' : ` ${value}`}`,
        says,
      })),
    ],
    examples: [
      { line: 'duckline --demo', says: 'the shell on an invented market' },
      { line: 'duckline fetch 600519 000001 --from 2024-01-01', says: 'bars into ./market.duckdb' },
      { line: "duckline -c 'from daily limit 5' --format csv", says: 'one statement and exit' },
      { line: 'duckline -f notes.sql', says: 'a file; stops at the first statement that fails' },
    ],
    text: ['exit codes: 0 all well, 1 failed, 2 usage, 3 partial, 4 refused by policy, 130 interrupted'],
  };
}

/** UTF-8 terminals get the drawn glyphs; `DUCKLINE_GLYPHS=ascii` and a C locale the ASCII twins. */
function glyphsWanted(environment: NodeJS.ProcessEnv): boolean {
  const { DUCKLINE_GLYPHS, LC_ALL, LC_CTYPE, LANG } = environment;
  if (DUCKLINE_GLYPHS) return DUCKLINE_GLYPHS !== 'ascii';
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  return locale === '' || /utf-?8/i.test(locale);
}

function risingOf(environment: NodeJS.ProcessEnv): Colours['rising'] {
  return environment.DUCKLINE_RISING === 'green' ? 'green-up' : 'red-up';
}

async function complain(thrown: unknown): Promise<number> {
  const problem = asProblem(thrown);
  const view: ProblemView = { kind: 'problem', problem, place: null, candidates: [], statement: null };
  await tell(view, { out: stdout, say: stderr, json: process.argv.includes('--json') });
  if (process.env.DUCKLINE_DEBUG) await stderr.write(`${(thrown as Error)?.stack ?? ''}\n`);
  return problem.exitCode;
}

for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (thrown: unknown) => {
    void complain(thrown).then(exitCode => process.exit(exitCode || exitCodes.failed));
  });
}

process.exit(await main(process.argv.slice(2)).catch(complain));
