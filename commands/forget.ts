/** `forget`: rows of a table or a code go, and all that says they are there. `--json`: `forgotten`, `rows`, `tables[]`. */
import { Problem } from '../src/market/problem.ts';
import { count, counted } from '../src/output/amounts.ts';
import type { Command } from '../src/shell/command.ts';
import { codesTyped, storedMarket } from '../src/shell/stored-market.ts';

interface ForgetOptions {
  readonly what: string;
  readonly yes: boolean;
}

export const forget: Command<ForgetOptions> = {
  name: 'forget',
  positionals: '<what>',
  usage: 'TABLE|CODE',
  summary: 'the rows of a table or a code, and their coverage',
  group: 'data',
  examples: [
    { line: 'forget 600519', says: 'tells what would go; bars, factors, coverage, ledger' },
    { line: 'forget min5 --yes', says: 'a table, without asking' },
  ],
  options: yargs =>
    yargs
      .positional('what', { type: 'string', demandOption: true, describe: 'a table (daily, min5 …) or one code' })
      .option('yes', { type: 'boolean', default: false, describe: 'do it without asking' }) as never,
  async run({ what, yes }, context) {
    const { countForgotten, forget: take, forgettableTable } = await import('../src/store/forget.ts');
    const market = await storedMarket(context);
    const table = forgettableTable(what);
    const [code] = table ? [] : await codesTyped([what], market);
    const chosen = table ? { kind: 'table' as const, table } : code ? { kind: 'code' as const, code } : null;
    if (!chosen) throw new Problem('usage', `${what} is neither a table nor a code.`, { next: 'tables  lists them' });
    const name = chosen.kind === 'table' ? chosen.table.name : chosen.code;
    const tables = await countForgotten(market.database, chosen);
    const rows = tables.reduce((sum, entry) => sum + entry.rows, 0);
    if (!yes && !context.interactive) {
      throw new Problem(
        'usage',
        `forget ${name} takes out ${counted(rows, 'row')} for good, and needs --yes in a script.`,
        {
          next: `forget ${name} --yes`,
        },
      );
    }
    const gone = yes ? await take(market.database, chosen) : 0;
    return {
      view: {
        kind: 'list',
        head: [
          yes
            ? `${name}: ${counted(gone, 'row')} forgotten, with their coverage`
            : `forget ${name}? These rows would go:`,
        ],
        columns: [{ name: 'table' }, { name: 'rows', right: true }],
        rows: tables.map(entry => [entry.table, count(entry.rows)]),
        empty: yes ? null : 'none is stored; what was noted of it would go',
        foot: [],
        next: yes ? [] : [[`forget ${name} --yes`, 'does it']],
        object: { forgotten: yes, what: name, rows: yes ? gone : rows, tables },
      },
      exitCode: 0,
      ...(yes ? { changed: tables.map(({ table }) => table) } : {}),
    };
  },
};
