/**
 * `duckline [options] [COMMAND …]`: which options are the program's and which the command's, and what is to be done. The
 * program's options may stand anywhere; one that the command declares itself belongs to the command when it stands after
 * it (`duckline gateway --demo`).
 */
import type { Flags } from '../config/settings.ts';
import { Problem } from '../market/problem.ts';
import type { Command, Registry } from './command.ts';
import { declaredBy } from './declared.ts';
import { nearest } from './nearest.ts';
import { quotedWord } from './words.ts';

export type Input =
  | { readonly kind: 'text'; readonly text: string }
  /** `-` is standard input. */
  | { readonly kind: 'file'; readonly path: string };

export interface CommandLine {
  readonly flags: Flags;
  readonly json: boolean;
  /** False with `--no-rc`. */
  readonly rc: boolean;
  readonly help: boolean;
  readonly version: boolean;
  /** `-c` and `-f` in their order. */
  readonly inputs: readonly Input[];
  /** `--set code=sh.600519`, in their order. */
  readonly set: readonly string[];
  readonly command: { readonly command: Command; readonly words: readonly string[]; readonly line: string } | null;
}

export interface ProgramOption {
  readonly name: string;
  readonly short?: string;
  /** The word for its value in help; null for a flag. */
  readonly value: string | null;
  readonly says: string;
}

export const programOptions: readonly ProgramOption[] = [
  { name: 'db', value: 'FILE', says: 'the database (default ./market.duckdb, DUCKLINE_DB)' },
  { name: 'store', value: 'URL', says: 'the same thing, any store' },
  { name: 'read-only', value: null, says: 'changes nothing; several may read at once' },
  { name: 'demo', value: null, says: 'an invented market, no network' },
  { name: 'source', value: 'NAME', says: 'baostock (DUCKLINE_SOURCE)' },
  { name: 'endpoint', value: 'HOST:PORT', says: 'another server of that protocol (DUCKLINE_ENDPOINT)' },
  { name: 'workers', value: 'N', says: 'login sessions at once, 1 to 16 (DUCKLINE_WORKERS)' },
  { name: 'accept-provider-rule', value: null, says: "more than one on the provider's own host, at your risk" },
  { name: 'command', short: 'c', value: 'TEXT', says: 'runs SQL and commands and ends; may be repeated' },
  { name: 'file', short: 'f', value: 'FILE', says: 'runs a file and ends; - is standard input' },
  { name: 'set', value: 'NAME=VALUE', says: 'a value for $NAME; may be repeated' },
  { name: 'format', value: 'NAME', says: 'of results: table line csv tsv json jsonl markdown html' },
  { name: 'no-rc', value: null, says: 'a prompt without rc.sql' },
  { name: 'theme', value: 'NAME', says: 'auto dark light none (DUCKLINE_THEME)' },
  { name: 'json', value: null, says: "a command's result as one JSON object" },
  { name: 'help', short: 'h', value: null, says: 'this, or help on a command' },
  { name: 'version', short: 'V', value: null, says: 'the version' },
];

const byFlag: ReadonlyMap<string, ProgramOption> = new Map(
  programOptions.flatMap(option => [
    [`--${option.name}`, option] as const,
    ...(option.short === undefined ? [] : [[`-${option.short}`, option] as const]),
  ]),
);

export function readCommandLine(argv: readonly string[], registry: Registry): CommandLine {
  const values = new Map<string, string>();
  const inputs: Input[] = [];
  const set: string[] = [];
  const words: string[] = [];
  let command: Command | null = null;
  let own = new Set<string>();
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string;
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    const flag = equals < 0 ? word : word.slice(0, equals);
    const option = byFlag.get(flag);
    if (option && !own.has(flag)) {
      if (option.name === 'help' && command) {
        words.push(word);
        continue;
      }
      const value = option.value === null ? flagValue(flag, equals < 0 ? null : word.slice(equals + 1)) : null;
      const given = value ?? (equals < 0 ? argv[++at] : word.slice(equals + 1));
      if (given === undefined)
        throw new Problem('usage', `${flag} needs a value.`, { next: `${flag} ${option.value}` });
      if (option.name === 'command') inputs.push({ kind: 'text', text: given });
      else if (option.name === 'set') set.push(given);
      else if (option.name === 'file') inputs.push({ kind: 'file', path: given });
      else values.set(option.name, given);
    } else if (command) {
      words.push(word);
    } else if (word.startsWith('-') && word !== '-') {
      throw unknownOption(flag);
    } else {
      command = commandOf(word, registry);
      if (isCode(word)) words.push(word);
      own = ownFlags(command);
    }
  }
  const [first] = inputs;
  if (command && first) {
    throw new Problem('usage', `${command.name} and ${first.kind === 'text' ? '-c' : '-f'} cannot go together.`, {
      next: `duckline -c '${command.name} …'`,
    });
  }
  return {
    flags: flagsOf(values),
    json: values.has('json'),
    rc: !values.has('no-rc'),
    help: values.has('help'),
    version: values.has('version'),
    inputs,
    set,
    command: command && { command, words, line: [command.name, ...words].map(quotedWord).join(' ') },
  };
}

function flagValue(flag: string, given: string | null): string {
  if (given === null || given === 'true') return 'true';
  throw new Problem('usage', `${flag} takes no value.`);
}

function flagsOf(values: ReadonlyMap<string, string>): Flags {
  const set = (name: string): true | undefined => (values.has(name) ? true : undefined);
  return {
    db: values.get('db'),
    store: values.get('store'),
    readOnly: set('read-only'),
    source: values.get('source'),
    endpoint: values.get('endpoint'),
    workers: values.get('workers'),
    acceptProviderRule: set('accept-provider-rule'),
    demo: set('demo'),
    format: values.get('format'),
    theme: values.get('theme'),
  };
}

function ownFlags(command: Command): Set<string> {
  return new Set(
    declaredBy(command).options.flatMap(({ name, alias }) =>
      [name, ...alias].map(each => (each.length === 1 ? `-${each}` : `--${each}`)),
    ),
  );
}

/** A code alone is its card. */
function isCode(word: string): boolean {
  return /^((sh|sz|bj)\.)?\d{6}$/i.test(word);
}

function commandOf(word: string, registry: Registry): Command {
  const command = registry.find(isCode(word) ? 'card' : word.replace(/^\./, ''));
  if (command) return command;
  if (/\.(duckdb|db)$/i.test(word)) {
    throw new Problem('usage', `${word} is no command.`, { next: `duckline --db ${quotedWord(word)}  opens it` });
  }
  if (/\.sql$/i.test(word)) {
    throw new Problem('usage', `${word} is no command.`, { next: `duckline -f ${quotedWord(word)}  runs it` });
  }
  if (/\s/.test(word)) {
    throw new Problem('usage', 'a statement is given with -c.', { next: `duckline -c ${quotedWord(word)}` });
  }
  const [meant] = nearest(word, [...registry.names], 1);
  throw new Problem('usage', `there is no command ${word}.`, {
    next: meant === undefined ? 'duckline --help  lists the commands' : `did you mean ${meant} ?`,
  });
}

function unknownOption(flag: string): Problem {
  const [meant] = nearest(
    flag.replace(/^-+/, ''),
    programOptions.map(({ name }) => name),
    1,
  );
  return new Problem('usage', `there is no option ${flag}.`, {
    next: meant === undefined ? 'duckline --help  lists them' : `did you mean --${meant} ?`,
  });
}
