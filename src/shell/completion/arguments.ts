/** What can stand at the cursor of a command's line: its options, their values, and what its positionals mean by their names. */

import { datasets } from '../../source/baostock/datasets.ts';
import { failureClasses } from '../../source/outcome.ts';
import { indexNames } from '../../sync/universe.ts';
import type { Command, Registry } from '../command.ts';
import { type DeclaredOption, type DeclaredPositional, declaredBy } from '../declared.ts';
import { topics } from '../help-topics.ts';
import type { Candidate } from './candidate.ts';
import type { LineWords } from './line-words.ts';

/** What an argument is, as far as a name tells. */
export type ArgumentKind =
  | 'code'
  | 'table'
  | 'path'
  | 'run'
  | 'job'
  | 'date'
  | 'universe'
  | 'topic'
  | 'command'
  | 'column'
  | 'text';

export interface Argument {
  readonly kinds: readonly ArgumentKind[];
  /** Words that it can be. */
  readonly words: readonly Candidate[];
}

/** The argument that the cursor stands at; the option's value, or one of the positionals; null where there is none. */
export function argumentAt(command: Command, { before, typed, option }: LineWords): Argument | null {
  const declared = declaredBy(command);
  const flags = new Map(declared.options.flatMap(one => flagsOf(one).map(flag => [flag, one] as const)));
  const words = before.slice(1);
  const last = words.at(-1);
  const named = option ?? (last !== undefined && !last.includes('=') ? last : null);
  const valued = named === null ? undefined : flags.get(named);
  if (valued && (valued.type !== 'boolean' || option !== null) && valued.value !== null)
    return optionValue(valued, command);
  if (typed.startsWith('-') && !/^-\d/.test(typed)) return { kinds: [], words: optionsLeft(declared.options, words) };
  let place = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const flag = flags.get(word);
    if (flag) at += flag.type === 'boolean' || flag.value === null ? 0 : 1;
    else if (!word.startsWith('--')) place++;
  }
  const positional = declared.positionals[place] ?? declared.positionals.find(({ many }) => many);
  const own = positional ? positionalValue(positional, command, words) : { kinds: [], words: [] };
  // Options stand where nothing else is asked for.
  return typed === '' ? { ...own, words: [...own.words, ...optionsLeft(declared.options, words)] } : own;
}

/** The names of commands, as a first word. */
export function commandCandidates({ commands }: Registry): Candidate[] {
  return commands
    .filter(({ atPrompt }) => atPrompt !== false)
    .flatMap(({ name, aliases = [], summary }) => [
      { insert: name, label: name, kind: 'command' as const, type: '', says: summary, group: 0, also: aliases },
    ]);
}

const flag = { alias: [], type: 'boolean', value: null, choices: [], many: false, hidden: false } as const;

/** Options that every command has without declaring them. */
const everywhere: readonly DeclaredOption[] = [
  { ...flag, name: 'json', says: 'the result as one JSON object' },
  { ...flag, name: 'help', says: 'help on the command' },
];

function flagsOf({ name, alias }: DeclaredOption): string[] {
  return [name, ...alias].map(word => (word.length === 1 ? `-${word}` : `--${word}`));
}

function optionsLeft(options: readonly DeclaredOption[], words: readonly string[]): Candidate[] {
  const given = new Set(words.map(word => word.split('=', 1)[0] ?? ''));
  return [...options, ...everywhere]
    .filter(option => !option.hidden && (option.many || !flagsOf(option).some(flag => given.has(flag))))
    .map((option, order): Candidate => {
      const { name, value } = option;
      const says = value === null ? option.says : option.says.replace(/^[A-Z]+[:,] /, '');
      return { insert: `--${name}`, label: `--${name}`, kind: 'option', type: value ?? '', says, group: 3, order };
    });
}

function optionValue({ name, choices, says }: DeclaredOption, command: Command): Argument {
  if (choices.length > 0) return { kinds: [], words: valueCandidates(choices) };
  const known = optionWords(name, command);
  const kinds =
    optionKinds[name] ??
    (/^(DATE|DAY)\b/.test(says) ? ['date'] : /^(FILE|PATH|DIR|FOLDER)\b/.test(says) ? ['path'] : []);
  return { kinds, words: [...known, ...(kinds.includes('date') ? dates : [])] };
}

function positionalValue(positional: DeclaredPositional, command: Command, words: readonly string[]): Argument {
  const { name, choices, says } = positional;
  if (choices.length > 0) return { kinds: [], words: valueCandidates(choices) };
  if (command.name === 'fetch' || command.name === 'sync') {
    const dataset = words[words.indexOf('--dataset') + 1];
    if (words.includes('--dataset') && dataset !== undefined) return { kinds: ['code', 'universe'], words: [] };
  }
  const kinds = positionalKinds[name] ?? guessedKinds(name, says);
  return {
    kinds,
    words: kinds.includes('topic')
      ? valueCandidates([...topics, ...datasets.map(one => one.name)])
      : positionalWords(command, name),
  };
}

const positionalKinds: Readonly<Record<string, readonly ArgumentKind[]>> = {
  code: ['code'],
  codes: ['code', 'universe'],
  query: ['code'],
  what: ['code', 'table'],
  table: ['table'],
  tables: ['table'],
  job: ['job'],
  jobs: ['job'],
  run: ['run'],
  topic: ['topic', 'command'],
  command: ['command'],
  file: ['path'],
  files: ['path'],
  path: ['path'],
  folder: ['path'],
  notebook: ['path'],
  universe: ['universe'],
};

const optionKinds: Readonly<Record<string, readonly ArgumentKind[]>> = {
  code: ['code'],
  codes: ['code', 'universe'],
  from: ['date'],
  to: ['date'],
  date: ['date'],
  since: ['date'],
  until: ['date'],
  run: ['run'],
  job: ['job'],
  universe: ['universe', 'path'],
  table: ['table'],
  file: ['path'],
  output: ['path'],
  out: ['path'],
  save: ['path'],
  data: ['path'],
  db: ['path'],
  x: ['column'],
  y: ['column'],
  by: ['column'],
};

function guessedKinds(name: string, says: string): readonly ArgumentKind[] {
  if (/\b(file|folder|path)\b/i.test(says) || /file|path|folder/.test(name)) return ['path'];
  if (/\bcodes? or names?\b|\bcode\b/.test(says)) return ['code'];
  if (/\btables?\b/.test(says)) return ['table'];
  return ['text'];
}

function optionWords(name: string, command: Command): Candidate[] {
  switch (name) {
    case 'dataset':
      return datasets.map(({ name: dataset, summary }) => ({ ...value(dataset), says: summary }));
    case 'class':
      return valueCandidates(failureClasses.map(word => word.replace(/^retry-/, '')));
    case 'index':
      return valueCandidates(indexNames);
    case 'universe':
      return valueCandidates(['stocks', 'all', 'index', 'etf', ...indexNames]);
    case 'adjust':
      return [
        { ...value('qfq'), says: '前复权' },
        { ...value('hfq'), says: '后复权' },
        { ...value('none'), says: 'as traded' },
      ];
    case 'period':
      return valueCandidates(['d', 'w', 'm', '5', '15', '30', '60']);
    case 'quarter':
      return valueCandidates(['1', '2', '3', '4']);
    case 'kind':
      return command.name === 'fetch' ? valueCandidates(['stock', 'etf']) : [];
    case 'format':
      return valueCandidates(['table', 'line', 'csv', 'json', 'jsonl', 'markdown']);
    default:
      return [];
  }
}

function positionalWords(command: Command, name: string): Candidate[] {
  if (command.name === 'pool' && name === 'action') return valueCandidates(['set', 'preset', 'recycle']);
  if (command.name === 'pool' && name === 'words') return valueCandidates(['read', 'light', 'import', 'default']);
  return [];
}

function value(word: string, order = 0): Candidate {
  return { insert: word, label: word, kind: 'value', type: '', says: '', group: 0, order };
}

function valueCandidates(words: readonly string[]): Candidate[] {
  return words.map((word, order) => value(word, order));
}

/** Forms of a date, the commonest first. */
const dates: readonly Candidate[] = [
  ['today', ''],
  ['ytd', 'from the first of January'],
  ['-1y', 'a year back'],
  ['-30d', 'thirty days back'],
  ['-20s', 'twenty sessions back'],
].map(([word = '', says = ''], order) => ({ ...value(word, order), says }));
