/** `save`: the cells as a plain .sql file. `--json`: `file`, `cells`, `left` (cells that were left out). */
import { Problem } from '../src/market/problem.ts';
import { counted } from '../src/output/amounts.ts';
import { sentenceView } from '../src/output/sentence-view.ts';
import { chosenCells, isAside } from '../src/shell/cell-choice.ts';
import type { CellRecord } from '../src/shell/cell-record.ts';
import type { Command } from '../src/shell/command.ts';
import { fileCellsOf } from '../src/shell/notebook-cells.ts';
import { formatNotebook } from '../src/shell/notebook-file.ts';
import { isCommandOf } from '../src/shell/registry.ts';
import { writeTextFile } from '../src/shell/text-file.ts';
import { quotedWord } from '../src/shell/words.ts';

interface SaveOptions {
  readonly file: string;
  readonly cells: string[];
  readonly title: string | undefined;
  readonly force: boolean;
}

export const save: Command<SaveOptions> = {
  name: 'save',
  positionals: '<file> [cells..]',
  usage: 'FILE [CELLS]',
  summary: 'the cells as a plain .sql file',
  group: 'shell',
  examples: [
    { line: 'save notes.sql', says: 'all that ran well; any SQL tool runs the file' },
    { line: 'save notes.sql 2 5-7 --force', says: 'some, over an older file' },
  ],
  options: yargs =>
    yargs
      .positional('file', { type: 'string', demandOption: true, describe: 'where to' })
      .positional('cells', { type: 'string', array: true, default: [] as string[], describe: '3, 3-7 or names' })
      .option('title', { type: 'string', describe: 'TEXT at its head' })
      .option('force', { type: 'boolean', default: false, describe: 'over a file that is there' }) as never,
  async run({ file, cells: words, title, force }, { cells, registry }) {
    if (/\.ipynb$/i.test(file)) {
      throw new Problem('usage', 'save writes .sql files.', { next: `export ${quotedWord(file)}` });
    }
    const asked = words.length > 0 ? chosenCells(words, cells.records) : cells.records.filter(one => !isAside(one));
    const chosen = words.length > 0 ? asked : asked.filter(endedWell);
    const isCommand = isCommandOf(registry);
    const parts = chosen.map(record => fileCellsOf(record, isCommand));
    const written = parts.flatMap(part => part ?? []);
    const left = asked.length - chosen.length + parts.filter(part => part === null).length;
    if (written.length === 0) throw new Problem('usage', 'there is no cell to save.', { next: 'cells  lists them' });
    if (title !== undefined) cells.title = title;
    const params = cells.params.all.map(({ name, text }) => [name, text] as const);
    const text = formatNotebook({ head: { title: cells.title, params }, cells: written });
    const forced = ['save', file, ...words].map(quotedWord).join(' ');
    await writeTextFile(file, text, { force, forced: `${forced} --force` });
    const note = left > 0 ? `; ${counted(left, 'cell')} that failed or is not complete left out` : '';
    const sentence = `${counted(written.length, 'cell')} in ${file}${note}`;
    return {
      view: sentenceView(
        sentence,
        { file, cells: written.length, left },
        { next: [[`run ${quotedWord(file)}`, 'runs it']] },
      ),
      exitCode: 0,
    };
  },
};

function endedWell({ state, exitCode }: CellRecord): boolean {
  return state === 'opened' || exitCode === 0 || exitCode === 3;
}
