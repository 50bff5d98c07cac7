/**
 * What a command is. One file in `commands/` each; the prompt and the command line share it, its options, its help and its
 * exit codes. A command parses nothing and prints nothing: it gets its options from yargs and returns a view.
 */
import type { Argv } from 'yargs';
import type { Format } from '../config/settings.ts';
import type { View } from '../output/view.ts';
import type { Lease } from '../store/connection.ts';
import type { CellAccess } from './cell-access.ts';
import type { Engine } from './engine.ts';
import type { Jobs } from './jobs.ts';
import type { Opening } from './opening.ts';

export type CommandGroup = 'data' | 'look' | 'shell' | 'serve';

export interface CommandExample {
  /** Without the program's name: `fetch 600519 --from -1y`. */
  readonly line: string;
  readonly says: string;
}

export interface CommandResult {
  /** What to show; null where there is nothing to say. `--json` prints exactly this view's object. */
  readonly view: View | null;
  /** One of `exitCodes` of `market/problem.ts`. */
  readonly exitCode: number;
  /** Set by the command that leaves the shell. */
  readonly leave?: boolean;
  /** What a live prompt opens over the whole window, instead of printing the view. Only where the context `opens`. */
  readonly open?: Opening;
  /** What F3 opens after the view was printed. */
  readonly later?: Opening;
  /** A text for the prompt's editor. */
  readonly edit?: string;
  /** Stored tables (`daily`) whose rows are others now: cells that read them are stale. A job's own are known without. */
  readonly changed?: readonly string[];
}

export interface OutputMode {
  /** Null: a table. */
  format: Format | null;
}

export interface CommandContext {
  readonly engine: Engine;
  readonly registry: Registry;
  readonly jobs: Jobs;
  /** The cells of this session, and its parameters. */
  readonly cells: CellAccess;
  /** The format of results in this session, to read and to set. */
  readonly mode: OutputMode;
  /**
   * Work on the session's own connection: in its open transaction, with its temporary tables, and with kept results
   * (`_3`) to be found where `sql` names them.
   */
  onConnection<T>(sql: string, work: (connection: Lease) => Promise<T>): Promise<T>;
  /** Aborted by Ctrl-C at the prompt, and by SIGINT, SIGTERM or SIGHUP on the command line. */
  readonly signal: AbortSignal;
  /** True at a live prompt; false for `duckline fetch …`, `-c`, `-f` and standard input. */
  readonly interactive: boolean;
  readonly json: boolean;
  /** True where `open` of the result is opened over the whole window: at a live prompt, without `--json`. */
  readonly opens: boolean;
  /** The line as typed, without the program's name and its own options. */
  readonly line: string;
  /** Something to show before the end: narration, never the result. */
  emit(view: View): void;
  /** Shows a view in place of the one before, until the end; absent where nothing can be redrawn. */
  readonly live?: (view: View) => void;
  /** One line of data on standard output at once, for a command that serves (`listening 127.0.0.1 10030`). */
  print(text: string): void;
}

/** Options are those that `options` declares, with camel-case keys, as yargs gives them. */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds commands of all shapes; each command is typed where it is written.
export interface Command<Options = any> {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Positionals in yargs' notation, without the name: `[codes..]`; empty for none. */
  readonly positionals: string;
  /** As shown in help: `CODES…`. */
  readonly usage: string;
  /** A few words: `bars of some codes`. */
  readonly summary: string;
  readonly group: CommandGroup;
  readonly examples: readonly CommandExample[];
  /** True: it stores through the write lane, which an open transaction of the user may hold. */
  readonly writes?: boolean;
  /** False: only from outside (`duckline gateway …`), the prompt refuses it in one sentence. Default true. */
  readonly atPrompt?: boolean;
  /** Declares positionals and options; never parses, never reads the environment. */
  options(yargs: Argv): Argv<Options>;
  run(options: Options, context: CommandContext): Promise<CommandResult>;
}

/** The commands, handed down from `main.ts` to whoever needs them. */
export interface Registry {
  readonly commands: readonly Command[];
  /** By name or alias. */
  find(name: string): Command | undefined;
  /** Every name and alias. */
  readonly names: readonly string[];
}
