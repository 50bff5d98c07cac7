/**
 * `report`: runs a notebook and writes what it says, its tables and its charts as one file. A cell that fails is shown as failed, the
 * others are run all the same, and the exit code is 3. `--json`: `file`, `to`, `cells`, `failed`.
 */
import { basename, extname } from 'node:path';
import { exitCodes, Problem } from '../src/market/problem.ts';
import { counted, isoStamp } from '../src/output/amounts.ts';
import type { Report, ReportCell } from '../src/output/report/report.ts';
import { sentenceView } from '../src/output/sentence-view.ts';
import type { View } from '../src/output/view.ts';
import type { Command, CommandContext } from '../src/shell/command.ts';
import { headParams } from '../src/shell/notebook-cells.ts';
import { type FileCell, parseNotebook } from '../src/shell/notebook-file.ts';
import { type Params, paramFrom } from '../src/shell/params.ts';
import { readTextFile, refuseExisting, writeTextFile } from '../src/shell/text-file.ts';
import { quotedWord } from '../src/shell/words.ts';

interface ReportOptions {
  readonly file: string;
  readonly to: string | undefined;
  readonly set: string[];
  readonly rows: number;
  readonly force: boolean;
}

const mostRows = 1000;

export const report: Command<ReportOptions> = {
  name: 'report',
  positionals: '<file>',
  usage: 'FILE --to OUT',
  summary: 'runs a notebook and writes it as HTML or Markdown',
  group: 'shell',
  examples: [
    { line: 'report notes.sql --to notes.html', says: 'one file, with tables and charts' },
    { line: 'report notes.sql --to notes.md --set code=sz.000001', says: 'as Markdown, for another code' },
  ],
  options: yargs =>
    yargs
      .positional('file', { type: 'string', demandOption: true, describe: 'a .sql file' })
      .option('to', { type: 'string', describe: 'OUT: a .html or .md file; default beside it' })
      .option('set', { type: 'string', array: true, default: [] as string[], describe: 'NAME=VALUE of a $NAME' })
      .option('rows', { type: 'number', default: 200, describe: 'N rows of a result at most, to 1000' })
      .option('force', { type: 'boolean', default: false, describe: 'over a file that is there' }) as never,
  async run({ file, to, set, rows, force }, context) {
    if (!Number.isInteger(rows) || rows < 1 || rows > mostRows) {
      throw new Problem('usage', `--rows takes a whole number from 1 to ${mostRows}.`);
    }
    const out = to ?? `${file.slice(0, file.length - extname(file).length)}.html`;
    const write = await writerFor(out);
    const forced = `${['report', file, '--to', out].map(quotedWord).join(' ')} --force`;
    if (!force) await refuseExisting(out, forced);
    const notebook = parseNotebook(await readTextFile(file));
    const own = headParams(notebook);
    const given = set.map(paramFrom);
    const params = context.cells.params.with([...own, ...given]);
    const cells: ReportCell[] = [];
    for (const cell of notebook.cells) {
      if (cell.text !== '') cells.push(await ran(cell, basename(file), params, context));
    }
    const clock = await context.engine.clock();
    const named = new Set([...own, ...given].map(({ name }) => name));
    const text = write({
      title: notebook.head?.title ?? basename(file, extname(file)),
      params: params.all.filter(({ name }) => named.has(name)).map(({ name, text: value }) => [name, value]),
      made: [basename(file), basename(context.engine.file), isoStamp(clock.now()).slice(0, 16).replace('T', ' ')].join(
        ' · ',
      ),
      cells,
      rows,
    });
    await writeTextFile(out, text, { force, forced });
    const failed = cells.filter(cell => cell.failed).length;
    const sentence = `${counted(cells.length, 'cell')} in ${out}`;
    return {
      view: sentenceView(failed > 0 ? `${sentence}; ${failed} failed` : sentence, {
        file,
        to: out,
        cells: cells.length,
        failed,
      }),
      exitCode: failed > 0 ? exitCodes.partial : exitCodes.ok,
    };
  },
};

async function writerFor(out: string): Promise<(report: Report) => string> {
  if (/\.html?$/i.test(out)) return (await import('../src/output/report/html.ts')).reportHtml;
  if (/\.(md|markdown)$/i.test(out)) return (await import('../src/output/report/markdown.ts')).reportMarkdown;
  throw new Problem('usage', `${out} is neither .html nor .md.`, { next: 'report notes.sql --to notes.html' });
}

async function ran(
  cell: FileCell,
  name: string,
  params: Params,
  { cells, signal }: CommandContext,
): Promise<ReportCell> {
  const { kind, title, text } = cell;
  const views: View[] = [];
  const told = { kind, title, name: cell.name, text, views };
  if (kind === 'markdown') return { ...told, failed: false };
  const exitCode = await cells.runText(text, { name, as: cell.name, params, onView: view => views.push(view) });
  if (signal.aborted) throw new Problem('interrupted', 'cancelled; nothing was written.');
  return { ...told, failed: exitCode !== exitCodes.ok };
}
