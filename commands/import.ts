/**
 * `import`: daily bars from CSV or Parquet. `--json`: `run, files[], codes, rows, revised, quarantined, withoutFactors, seconds, end`;
 * with --plan `files[]` with `file, form, rows, columns`.
 */
import { exitCodes, Problem } from '../src/market/problem.ts';
import { count, counted, lasted } from '../src/output/amounts.ts';
import type { Command, CommandContext, CommandResult } from '../src/shell/command.ts';

interface ImportOptions {
  readonly files: readonly string[];
  readonly code: string | undefined;
  readonly plan: boolean;
  readonly asTraded: boolean;
}

export const importCommand: Command<ImportOptions> = {
  name: 'import',
  positionals: '[files..]',
  usage: 'FILE…',
  summary: 'daily bars from CSV or Parquet of Baostock, Tushare or akshare',
  group: 'data',
  writes: true,
  examples: [
    { line: 'import bars.csv', says: 'the form is told by its headers; units become shares and yuan' },
    { line: 'import 600519.csv --plan', says: 'only which column becomes what' },
    { line: 'import prices.parquet --code 600519', says: 'rows that do not name their code' },
  ],
  options: yargs =>
    yargs
      .positional('files', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: 'CSV (UTF-8 or GB18030) with headers, or Parquet, of prices as traded',
      })
      .option('code', { type: 'string', describe: 'CODE of all rows, where they do not name it' })
      .option('plan', { type: 'boolean', default: false, describe: 'say what would be read, and store nothing' })
      .option('as-traded', {
        type: 'boolean',
        default: false,
        describe: 'take prices with more decimals than a tick, as of indices',
      }) as never,
  async run({ files, code, plan, asTraded }, context) {
    if (files.length === 0) throw new Problem('usage', 'import needs files.', { next: 'import bars.csv' });
    return plan ? planned(files, code, context) : imported(files, code, asTraded, context);
  },
};

async function imported(
  files: readonly string[],
  code: string | undefined,
  asTraded: boolean,
  { engine, signal, line, live }: CommandContext,
): Promise<CommandResult> {
  const { importFiles } = await import('../src/sync/import.ts');
  const [database, clock] = await Promise.all([engine.database(), engine.clock()]);
  const end = await importFiles({
    database,
    clock,
    files,
    code,
    asTraded,
    what: line,
    signal,
    onProgress: (file, rows) =>
      live?.({ kind: 'note', level: 'say', sentence: `${file}: ${counted(rows, 'row')} read` }),
  });
  const { summary } = end;
  const again = end.revised > 0 ? ` · ${counted(end.revised, 'stored bar')} differed: meta.revisions` : '';
  const held = end.quarantined > 0 ? ` · ${counted(end.quarantined, 'row')} in quarantine` : '';
  return {
    view: {
      kind: 'list',
      head: [],
      columns: [{ name: 'file', least: 12 }, { name: 'form' }, { name: 'rows', right: true }],
      rows: end.files.map(({ file, form, rows }) => [file, form, count(rows)]),
      empty: null,
      foot: [
        `${counted(end.codes, 'code')} · ${counted(end.rows, 'new bar')}${again}${held} · ${lasted(summary.seconds)}`,
        ...(summary.message === null ? [] : [summary.message]),
      ],
      next: [
        ...(end.withoutFactors > 0
          ? [
              [
                'fetch --dataset factors CODES',
                `adjusted prices of ${counted(end.withoutFactors, 'code')} lack their factor history`,
              ] as const,
            ]
          : []),
        ...(end.quarantined > 0 ? [['from meta.quarantine', 'shows the rows kept out, and why'] as const] : []),
      ],
      object: {
        run: summary.run,
        files: end.files,
        codes: end.codes,
        rows: end.rows,
        revised: end.revised,
        quarantined: end.quarantined,
        withoutFactors: end.withoutFactors,
        seconds: summary.seconds,
        end: summary.end,
      },
    },
    ...(end.rows + end.revised > 0 ? { changed: ['daily'] } : {}),
    exitCode:
      summary.end === 'cancelled' ? exitCodes.interrupted : end.quarantined > 0 ? exitCodes.partial : exitCodes.ok,
  };
}

async function planned(
  files: readonly string[],
  code: string | undefined,
  { engine }: CommandContext,
): Promise<CommandResult> {
  const { openImport } = await import('../src/sync/import-file.ts');
  const { expressionsOf } = await import('../src/sync/import-forms.ts');
  const database = await engine.database();
  const found = [];
  for (const path of files) {
    const file = await openImport(database, path, code);
    await file.close();
    const { form, headers } = file;
    const columns = {
      code: file.code ?? `"${form.code}"`,
      date: `"${form.date}"`,
      ...expressionsOf(form, headers),
    };
    found.push({ file: file.name, form: form.name, columns });
  }
  return {
    view: {
      kind: 'list',
      head: [],
      columns: [{ name: 'file', least: 12 }, { name: 'form' }, { name: 'column' }, { name: 'from', least: 16 }],
      rows: found.flatMap(({ file, form, columns }) =>
        Object.entries(columns).map(([column, sql], index) => [
          index === 0 ? file : '',
          index === 0 ? form : '',
          column,
          sql === 'null' ? '-' : shortened(sql),
        ]),
      ),
      empty: null,
      foot: [],
      next: [[`import ${files.join(' ')}`, 'does it']],
      object: { plan: true, files: found },
    },
    exitCode: exitCodes.ok,
  };
}

/** The SQL of a column without what it does for cells that are empty or of another type. */
function shortened(sql: string): string {
  return sql
    .replace(/case when [^"]*("[^"]*") as varchar\)\)\) not in \([^)]*\) then try_cast\(\1 as double\) end/g, '$1')
    .replace(/trim\(cast\(("[^"]*") as varchar\)\)/g, '$1');
}
