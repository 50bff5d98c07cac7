/**
 * Scripts that complete `duckline …` in bash, zsh and fish, made of what the commands declare: names, options, and the words that an
 * option or a first argument may be. Elsewhere they complete files. They ask the program nothing while somebody types.
 */
import { configKeys } from '../config/file.ts';
import { formats } from '../config/settings.ts';
import type { Registry } from './command.ts';
import { programOptions } from './command-line.ts';
import { declaredBy } from './declared.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

interface Option {
  /** `--from`, `-c`. */
  readonly flags: readonly string[];
  readonly says: string;
  /** It wants a value. */
  readonly value: boolean;
  /** Words that the value may be; none: files. */
  readonly choices: readonly string[];
}

interface Name {
  readonly name: string;
  readonly says: string;
  readonly options: readonly Option[];
  /** What its first argument may be. */
  readonly first: readonly string[];
}

export function completionScript(shell: Shell, registry: Registry): string {
  const names = registry.commands.flatMap(command => {
    const { options } = declaredBy(command);
    const own = options
      .filter(({ hidden }) => !hidden)
      .map(({ name, alias, says, value, choices }) => ({
        flags: [name, ...alias].map(flag => (flag.length === 1 ? `-${flag}` : `--${flag}`)),
        says,
        value: value !== null,
        choices,
      }));
    const first = firstWords(command.name, registry);
    return [command.name, ...(command.aliases ?? [])].map(
      (name): Name => ({ name, says: command.summary, options: own, first }),
    );
  });
  const program = programOptions.map(
    ({ name, short, value, says }): Option => ({
      flags: [`--${name}`, ...(short === undefined ? [] : [`-${short}`])],
      says,
      value: value !== null,
      choices: name === 'format' ? formats : (configKeys.find(key => key.name === name)?.choices ?? []),
    }),
  );
  return { bash, zsh, fish }[shell](names, program);
}

function firstWords(name: string, registry: Registry): readonly string[] {
  if (name === 'help') return [...registry.names];
  if (name === 'mode') return formats;
  if (name === 'completion') return shells;
  if (name === 'config') return ['show', 'path'];
  return [];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function flagsOf(options: readonly Option[]): string {
  return options.flatMap(({ flags }) => flags).join(' ');
}

/** `--format|--theme) words ;;` for those that take a value, by `reply`, which gets the words or null for files. */
function valueCases(options: readonly Option[], reply: (words: string | null) => string, before = ''): string[] {
  return options
    .filter(({ value }) => value)
    .map(({ flags, choices }) => {
      const patterns = flags.map(flag => `${before}${flag}`).join('|');
      return `    ${patterns}) ${reply(choices.length > 0 ? choices.join(' ') : null)}; return ;;`;
    });
}

function bash(names: readonly Name[], program: readonly Option[]): string {
  const words = (list: string): string => `COMPREPLY=($(compgen -W ${quoted(list)} -- "$cur"))`;
  const files = 'COMPREPLY=($(compgen -f -- "$cur"))';
  const reply = (list: string | null): string => (list === null ? files : words(list));
  const takers = program.filter(({ value }) => value).flatMap(({ flags }) => flags);
  return `# bash completion of duckline: source <(duckline completion bash)
_duckline() {
  local cur prev word command='' first='' at
  COMPREPLY=()
  cur=\${COMP_WORDS[COMP_CWORD]}
  prev=\${COMP_WORDS[COMP_CWORD - 1]}
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if [[ -z $command ]]; then
      case $word in
        ${takers.join('|')}) ((at++)) ;;
        -*) ;;
        *) command=$word ;;
      esac
    elif [[ $word != -* && -z $first ]]; then
      first=$word
    fi
  done
  case $command:$prev in
${names.flatMap(({ name, options }) => valueCases(options, reply, `${name}:`)).join('\n')}
  esac
  case $prev in
${valueCases(program, reply).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case $command in
${names.map(({ name, options }) => `      ${name}) ${words(`${flagsOf(options)} --json --help`)} ;;`).join('\n')}
      *) ${words(flagsOf(program))} ;;
    esac
    return
  fi
  if [[ -z $command ]]; then
    ${words(names.map(({ name }) => name).join(' '))}
    return
  fi
  if [[ -z $first ]]; then
    case $command in
${names
  .filter(({ first }) => first.length > 0)
  .map(({ name, first }) => `      ${name}) ${words(first.join(' '))}; return ;;`)
  .join('\n')}
    esac
  fi
  ${files}
}
complete -o filenames -F _duckline duckline
`;
}

function zsh(names: readonly Name[], program: readonly Option[]): string {
  const described = (options: readonly Option[]): string =>
    options.flatMap(({ flags, says }) => flags.map(flag => quoted(`${flag.replaceAll(':', '\\:')}:${says}`))).join(' ');
  const reply = (list: string | null): string => (list === null ? '_files' : `compadd -- ${list}`);
  const takers = program.filter(({ value }) => value).flatMap(({ flags }) => flags);
  return `#compdef duckline
# zsh completion of duckline: duckline completion zsh > a folder of $fpath/_duckline
_duckline() {
  local cur prev word command='' first='' at
  local -a shown
  cur=\${words[CURRENT]}
  prev=\${words[CURRENT - 1]}
  for ((at = 2; at < CURRENT; at++)); do
    word=\${words[at]}
    if [[ -z $command ]]; then
      case $word in
        (${takers.join('|')}) ((at++)) ;;
        (-*) ;;
        (*) command=$word ;;
      esac
    elif [[ $word != -* && -z $first ]]; then
      first=$word
    fi
  done
  case $command:$prev in
${names.flatMap(({ name, options }) => valueCases(options, reply, `${name}:`)).join('\n')}
  esac
  case $prev in
${valueCases(program, reply).join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case $command in
${names.map(({ name, options }) => `      ${name}) shown=(${described(options)} '--json:one JSON object' '--help:help') ;;`).join('\n')}
      *) shown=(${described(program)}) ;;
    esac
    _describe option shown -o
    return
  fi
  if [[ -z $command ]]; then
    shown=(${names.map(({ name, says }) => quoted(`${name}:${says}`)).join(' ')})
    _describe command shown
    return
  fi
  if [[ -z $first ]]; then
    case $command in
${names
  .filter(({ first }) => first.length > 0)
  .map(({ name, first }) => `      ${name}) compadd -- ${first.join(' ')}; return ;;`)
  .join('\n')}
    esac
  fi
  _files
}
if [[ $funcstack[1] == _duckline ]]; then
  _duckline "$@"
else
  compdef _duckline duckline
fi
`;
}

function fish(names: readonly Name[], program: readonly Option[]): string {
  const text = (says: string): string => `'${says.replace(/[\\']/g, '\\$&')}'`;
  const line = (condition: string, { flags, says, value, choices }: Option): string => {
    const named = flags.map(flag => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');
    const takes = value ? (choices.length > 0 ? ` -x -a ${text(choices.join(' '))}` : ' -r -F') : '';
    return `complete -c duckline -n ${text(condition)} ${named}${takes} -d ${text(says)}`;
  };
  const all = names.map(({ name }) => name).join(' ');
  const without = `not __fish_seen_subcommand_from ${all}`;
  return `${[
    '# fish completion of duckline: duckline completion fish > ~/.config/fish/completions/duckline.fish',
    'complete -c duckline -e',
    ...names.map(({ name, says }) => `complete -c duckline -n ${text(without)} -f -a ${name} -d ${text(says)}`),
    ...program.map(option => line(without, option)),
    ...names.flatMap(({ name, options, first }) => [
      ...options.map(option => line(`__fish_seen_subcommand_from ${name}`, option)),
      line(`__fish_seen_subcommand_from ${name}`, {
        flags: ['--json'],
        says: 'one JSON object',
        value: false,
        choices: [],
      }),
      ...(first.length > 0
        ? [`complete -c duckline -n ${text(`__fish_seen_subcommand_from ${name}`)} -f -a ${text(first.join(' '))}`]
        : []),
    ]),
  ].join('\n')}\n`;
}
