/**
 * `card`: one security on a few lines; a code, name or pinyin typed alone is the same. `--json`: `code, name, kind, board, industry, listed,
 * delisted, last` (`date, close, change, turn, amount, pe, pb, suspended`)`, closes[], stored` (`first, last, rows, behind`)`, remark`.
 */
import type { Command } from '../src/shell/command.ts';

interface CardOptions {
  readonly code: string;
}

export const card: Command<CardOptions> = {
  name: 'card',
  positionals: '<code>',
  usage: 'CODE',
  summary: 'one security; its code or name alone does it too',
  group: 'look',
  examples: [
    { line: 'card 600519', says: '600519 alone is the same' },
    { line: 'card 贵州茅台', says: 'by name, or by initials: gzmt' },
  ],
  options: yargs =>
    yargs.positional('code', { type: 'string', demandOption: true, describe: 'a code, a name or its initials' }),
  async run({ code }, context) {
    const { readCard } = await import('../src/shell/card.ts');
    return { view: await readCard(code, context), exitCode: 0 };
  },
};
