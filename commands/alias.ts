/** `alias`: a short name for a text. `--json`: `aliases` (texts by name), `file`. */
import { Problem } from '../src/market/problem.ts';
import { aliasFile, keepAlias, readAliases } from '../src/shell/aliases.ts';
import type { Command } from '../src/shell/command.ts';
import { wordsOf } from '../src/shell/words.ts';

interface AliasOptions {
  readonly name: string | undefined;
  readonly text: string[];
  readonly clear: boolean;
}

export const alias: Command<AliasOptions> = {
  name: 'alias',
  positionals: '[name] [text..]',
  usage: '[NAME = TEXT]',
  summary: 'a short name for a command or a statement',
  group: 'shell',
  examples: [
    { line: "alias up = 'from daily where date = session(0) order by pct_chg desc'", says: 'up  then runs it' },
    { line: 'alias', says: 'all of them' },
    { line: 'alias up --clear', says: 'takes it away' },
  ],
  options: yargs =>
    yargs
      .positional('name', { type: 'string', describe: 'what will be typed' })
      .positional('text', { type: 'string', array: true, default: [] as string[], describe: 'what it means' })
      .option('clear', { type: 'boolean', default: false, describe: 'takes it away' }) as never,
  async run({ name, text, clear }, { engine: { environment }, registry, line }) {
    if (name !== undefined && clear) keepAlias(environment, registry, name, null);
    else if (name !== undefined) {
      if (text.length === 0) throw new Problem('usage', 'an alias has a text.', { next: `alias ${name} = 'pool'` });
      keepAlias(environment, registry, name, textOf(line, text));
    }
    const aliases = readAliases(environment);
    const file = aliasFile(environment);
    return {
      view: {
        kind: 'list',
        head: [],
        columns: [
          { name: 'name', role: 'accent' },
          { name: 'text', least: 20 },
        ],
        rows: Object.entries(aliases),
        empty: 'there is no alias',
        foot: [],
        next: [],
        object: { aliases, file },
      },
      exitCode: 0,
    };
  },
};

/** As it was typed: quotes inside SQL belong to it, those around the whole do not. */
function textOf(line: string, words: readonly string[]): string {
  const rest = line.replace(/^\s*\.?alias\s+\S+\s*/i, '').replace(/^=\s*/, '');
  const [only, ...others] = wordsOf(rest);
  if (only !== undefined && others.length === 0) return only;
  return rest.trim() || words.join(' ');
}
