/**
 * `export`: a cell, a query or a table as a file, by its ending. `--json`: `file`, `format`, `what`, `rows` (null for charts),
 * `bytes`, `partitionBy` (null or columns).
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../src/market/problem.ts';
import { bytes, counted } from '../src/output/amounts.ts';
import { type ChartView, chartSvg } from '../src/output/chart-view.ts';
import { sentenceView } from '../src/output/sentence-view.ts';
import { chosenCells, isAside } from '../src/shell/cell-choice.ts';
import type { Command, CommandContext, CommandResult } from '../src/shell/command.ts';
import { type Placing, placeFile, placeFolder } from '../src/shell/export-file.ts';
import { formatOfFile, writePartitions, writeRows } from '../src/shell/export-rows.ts';
import { exportSource } from '../src/shell/export-source.ts';
import { isCommandOf } from '../src/shell/registry.ts';
import { typedPath, writeTextFile } from '../src/shell/text-file.ts';
import { quotedWord } from '../src/shell/words.ts';

interface ExportOptions {
  readonly words: string[];
  readonly partitionBy: string[];
  readonly force: boolean;
}

export const exportCommand: Command<ExportOptions> = {
  name: 'export',
  positionals: '<words..>',
  usage: '[CELL|QUERY|TABLE] FILE',
  summary: 'rows or a chart as a file, by its ending',
  group: 'shell',
  examples: [
    { line: 'export daily daily.parquet', says: 'a table; also csv, tsv, json, jsonl, md, html; Excel opens csv' },
    { line: 'export "from daily where close > 100" high.csv', says: 'a query, in quotes' },
    { line: 'export 3 momentum.html', says: 'the rows of a cell; of a chart: .svg, .html' },
    { line: 'export notes.ipynb', says: 'the cells with what they showed, for Jupyter' },
    { line: 'export daily bars --partition-by year,month', says: 'a folder of Parquet files, year=2024/month=1' },
  ],
  options: yargs =>
    yargs
      .positional('words', { type: 'string', array: true, demandOption: true, describe: 'what, and the file' })
      .option('partition-by', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: 'COLUMNS, or year, quarter, month of the date',
      })
      .option('force', { type: 'boolean', default: false, describe: 'over a file that is there' }) as never,
  async run({ words, partitionBy, force }, context) {
    const { cells, signal } = context;
    const path = words.at(-1) as string;
    const forced = `export ${words.map(quotedWord).join(' ')}${partitionBy.length > 0 ? ` --partition-by ${partitionBy.join(',')}` : ''} --force`;
    const placing: Placing = { force, forced };
    const columns = partitionBy.flatMap(list => list.split(',')).filter(column => column !== '');
    if (columns.length > 0) {
      const source = exportSource(words.slice(0, -1), cells);
      const rows = await context.onConnection(source.sql, connection =>
        placeFolder(path, placing, folder => writePartitions(connection, source, columns, folder, signal)),
      );
      return done(path, { format: 'parquet', what: source.what, rows, partitionBy: columns });
    }
    const to = formatOfFile(path);
    if (to.format === 'ipynb') return notebook(words.slice(0, -1), path, placing, context);
    const source = exportSource(words.slice(0, -1), cells);
    const chart = source.cell?.views.findLast((view): view is ChartView => view.kind === 'chart');
    if (chart && (to.format === 'svg' || to.format === 'html'))
      return drawn(chart, path, to.format, source.what, placing);
    if (to.format === 'svg' || source.sql === '') {
      throw new Problem(
        'usage',
        to.format === 'svg'
          ? `${source.what} is no chart, and .svg holds a chart.`
          : `${source.what} is a chart: .svg and .html hold it.`,
        {
          next: to.format === 'svg' ? 'chart _  draws the last result' : 'export chart.svg',
        },
      );
    }
    const rows = await context.onConnection(source.sql, connection =>
      placeFile(path, placing, file => writeRows(connection, source, to, file, signal)),
    );
    return done(path, { format: to.format, what: source.what, rows, partitionBy: null });
  },
};

async function notebook(
  words: readonly string[],
  path: string,
  placing: Placing,
  { cells, registry }: CommandContext,
): Promise<CommandResult> {
  const { ipynb } = await import('../src/shell/notebook-export.ts');
  const chosen = words.length > 0 ? chosenCells(words, cells.records) : cells.records.filter(one => !isAside(one));
  if (chosen.length === 0) throw new Problem('usage', 'there is no cell to export.', { next: 'cells  lists them' });
  await writeTextFile(path, ipynb(chosen, { title: cells.title, isCommand: isCommandOf(registry) }), placing);
  return done(path, { format: 'ipynb', what: counted(chosen.length, 'cell'), rows: null, partitionBy: null });
}

async function drawn(
  chart: ChartView,
  path: string,
  format: 'svg' | 'html',
  what: string,
  placing: Placing,
): Promise<CommandResult> {
  const svg = chartSvg(chart);
  const text =
    format === 'svg'
      ? `<?xml version="1.0" encoding="UTF-8"?>\n${svg}\n`
      : `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>chart</title>\n<body>\n${svg}\n</body>\n</html>\n`;
  await writeTextFile(path, text, placing);
  return done(path, { format, what, rows: null, partitionBy: null });
}

interface Written {
  readonly format: string;
  readonly what: string;
  readonly rows: number | null;
  readonly partitionBy: readonly string[] | null;
}

async function done(path: string, written: Written): Promise<CommandResult> {
  const size = await bytesOf(typedPath(path));
  const { what, rows } = written;
  const sentence = `${rows === null ? what : counted(rows, 'row')} in ${path} · ${bytes(size)}`;
  return {
    view: sentenceView(sentence, { file: path, ...written, bytes: size }),
    exitCode: 0,
  };
}

async function bytesOf(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.size;
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    names.filter(entry => entry.isFile()).map(async entry => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
