/**
 * `let`: the parameters of the session, `$name` in SQL, bound by value, and as a whole word of a command. Without a value it lists them.
 * `--json`: `params[]` with `name, kind, value`.
 */
import { Problem } from '../src/market/problem.ts';
import type { Command, CommandResult } from '../src/shell/command.ts';
import { type Param, paramOf } from '../src/shell/params.ts';

interface LetOptions {
  readonly name: string | undefined;
  readonly value: string[];
  readonly clear: boolean;
  readonly text: boolean;
  readonly number: boolean;
}

export const letCommand: Command<LetOptions> = {
  name: 'let',
  positionals: '[name] [value..]',
  usage: '[NAME VALUE]',
  summary: 'a parameter, $NAME in SQL and commands',
  group: 'shell',
  examples: [
    { line: 'let code sh.600519', says: 'from daily where code = $code;  and  fetch $code' },
    { line: 'let since 2024-01-02', says: 'a date' },
    { line: 'let', says: 'all of them' },
    { line: 'let code --clear', says: 'takes it away' },
  ],
  options: yargs =>
    yargs
      .positional('name', { type: 'string', describe: 'its name, with or without $' })
      .positional('value', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: 'number, date (2024-01-31) or text',
      })
      .option('clear', { type: 'boolean', default: false, describe: 'takes it away' })
      .option('text', { type: 'boolean', default: false, describe: 'a text, whatever it looks like' })
      .option('number', { type: 'boolean', default: false, describe: 'a number, also with six digits' }) as never,
  async run({ name, value, clear, text, number }, { cells: { params } }) {
    if (name === undefined) {
      if (clear) throw new Problem('usage', 'let --clear takes a name.', { next: 'let code --clear' });
      return listed(params.all);
    }
    const [first, ...rest] = value[0] === '=' ? value.slice(1) : value;
    if (clear) {
      if (!params.clear(name)) throw new Problem('usage', `$${name} has no value.`, { next: 'let  lists them' });
      return said(`$${name.toLowerCase()} is gone`);
    }
    if (first === undefined) return listed([params.find(name.replace(/^\$/, ''))]);
    if (rest.length > 0) {
      throw new Problem('usage', 'a value is one word; quotes keep a text together.', {
        next: `let ${name} '${[first, ...rest].join(' ')}'`,
      });
    }
    const param = paramOf(name, first, text ? 'text' : number ? 'number' : undefined);
    params.set(param);
    return said(`$${param.name} is the ${param.kind} ${param.text}`);
  },
};

function said(sentence: string): CommandResult {
  return { view: { kind: 'note', level: 'say', sentence }, exitCode: 0 };
}

function listed(params: readonly Param[]): CommandResult {
  return {
    view: {
      kind: 'list',
      head: [],
      columns: [{ name: 'parameter' }, { name: 'value' }, { name: 'kind', role: 'dim' }],
      rows: params.map(({ name, kind, text }) => [`$${name}`, text, kind]),
      empty: 'no parameter is set',
      foot: [],
      next: params.length === 0 ? [['let code sh.600519', 'makes one']] : [],
      object: { params: params.map(({ name, kind, text }) => ({ name, kind, value: text })) },
    },
    exitCode: 0,
  };
}
