/**
 * A command's words parsed by a fresh yargs each time (one with a pending parse throws, and a new one takes 7 ms). Codes stay
 * text, negative words are values (`--from -1y`), a Chinese locale changes nothing, and a mistake is a Problem of kind
 * `usage` with the nearest option, never an exit.
 */
import { Problem } from '../market/problem.ts';
import type { Command } from './command.ts';
import { type DeclaredOption, declaredBy } from './declared.ts';
import { nearest } from './nearest.ts';

export type Parsed =
  | { readonly kind: 'run'; readonly options: Record<string, unknown>; readonly json: boolean }
  | { readonly kind: 'help' };

export async function parseCommand(command: Command, words: readonly string[]): Promise<Parsed> {
  const { options } = declaredBy(command);
  if (words.some(word => word === '--help' || word === '-h')) return { kind: 'help' };
  const joined = joinValues(command, words, options);
  const { default: yargs } = await import('yargs');
  let complaint: string | null = null;
  const parser = yargs([...joined])
    .scriptName('')
    .locale('en')
    .exitProcess(false)
    .help(false)
    .version(false)
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'strip-dashed': true,
      'boolean-negation': false,
    })
    .command(`$0 ${command.positionals}`.trim(), false, builder =>
      command.options(builder).option('json', { type: 'boolean', default: false }),
    )
    .fail((message, error) => {
      complaint ??= message || error?.message || 'it cannot be understood';
    });
  let parsed: Record<string, unknown> = {};
  try {
    parsed = await parser.parseAsync();
  } catch (thrown) {
    complaint ??= thrown instanceof Error ? thrown.message : String(thrown);
  }
  if (complaint !== null) throw usage(command, complaint);
  const { _: extra, $0: _, json, ...rest } = parsed;
  const [surplus] = (extra as unknown[]) ?? [];
  if (surplus !== undefined) throw usage(command, `it does not know what to do with ${String(surplus)}`);
  for (const option of options) {
    const value = rest[option.name];
    if (Array.isArray(value) && !option.many) rest[option.name] = value.at(-1);
  }
  checkNumbers(command, rest, options);
  return { kind: 'run', options: rest, json: json === true };
}

function usage(command: Command, said: string): Problem {
  const [, argument, given, choices] = /Argument: (.+?), Given: (.+?), Choices: (.+)/.exec(said) ?? [];
  const complaint = argument ? `--${argument} ${given} is none of ${choices}` : said;
  return new Problem('usage', `${command.name}: ${complaint.replace(/\n.*$/s, '').replace(/\.$/, '')}.`, {
    next: `help ${command.name}`,
  });
}

/**
 * `--from -1y` becomes `--from=-1y`, since a word that begins with a dash would be taken for an option. Finds unknown options on
 * the way, with the nearest known one.
 */
function joinValues(command: Command, words: readonly string[], options: readonly DeclaredOption[]): string[] {
  const byFlag = new Map<string, DeclaredOption>();
  for (const option of options) {
    for (const name of [option.name, ...option.alias]) {
      byFlag.set(`--${name}`, option);
      if (name.length === 1) byFlag.set(`-${name}`, option);
    }
  }
  const flags = [...byFlag.keys(), '--json', '--help'];
  const joined: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (!/^-{1,2}[A-Za-z]/.test(word)) {
      joined.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const flag = equals < 0 ? word : word.slice(0, equals);
    const option = byFlag.get(flag);
    if (!option && flag !== '--json') {
      const [meant] = nearest(
        flag.replace(/^-+/, ''),
        flags.map(name => name.replace(/^-+/, '')),
        1,
      );
      throw new Problem('usage', `${command.name} has no option ${flag}.`, {
        next: meant === undefined ? `help ${command.name}` : `did you mean --${meant} ?`,
      });
    }
    if (!option || option.type === 'boolean' || equals >= 0 || option.value === null) {
      joined.push(word);
      continue;
    }
    const value = words[at + 1];
    if (value === undefined || byFlag.has(value) || value === '--json') {
      throw new Problem('usage', `${command.name}: ${flag} needs a value.`, { next: `${flag} ${option.value}` });
    }
    joined.push(`${flag}=${value}`);
    at++;
  }
  return joined;
}

function checkNumbers(command: Command, parsed: Record<string, unknown>, options: readonly DeclaredOption[]): void {
  for (const option of options) {
    const value = parsed[option.name];
    if (option.type !== 'number' || value === undefined) continue;
    const number = Number(value);
    if (value === '' || !Number.isFinite(number)) {
      throw new Problem('usage', `${command.name}: --${option.name} takes a number.`, { next: `help ${command.name}` });
    }
    parsed[option.name] = number;
  }
}
