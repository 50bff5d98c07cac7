/** Help on datasets, made of their declarations. */
import type { HelpOption, HelpView } from '../output/view.ts';
import { datasetNamed, datasets } from '../source/baostock/datasets.ts';
import { marketTable } from '../store/tables.ts';
import { askedWith, exampleOf, flagOf, offeredOptions, usageOf } from '../sync/dataset-words.ts';

/** All of them: name, what it is, table, parameters. */
export function datasetsHelp(): HelpView {
  return {
    kind: 'help',
    topic: 'datasets',
    usage: 'fetch --dataset NAME',
    summary: 'anything that the provider offers beside the bars of a code',
    options: datasets.flatMap(dataset => [
      { flag: dataset.name, says: `${dataset.summary}; table ${dataset.table}` },
      ...(askedWith(dataset).length === 0 ? [] : [{ flag: '', says: `  ${askedWith(dataset).join(' ')}` }]),
    ]),
    examples: [
      { line: 'fetch --dataset profit 600519 --year 2024 --quarter 1', says: 'codes in any form, one request each' },
      { line: 'fetch --dataset index-members --index hs300 --date 2024-01-02', says: 'as of a day' },
      { line: 'help profit', says: 'one of them with its columns' },
    ],
    text: [],
  };
}

/** One of them in full; null where no dataset has that name. */
export function datasetHelp(name: string): HelpView | null {
  const dataset = datasetNamed(name);
  if (!dataset) return null;
  const { base, columns } = marketTable(dataset.table);
  const codes = dataset.parameters.filter(parameter => parameter.name === 'code');
  return {
    kind: 'help',
    topic: dataset.name,
    usage: usageOf(dataset),
    summary: dataset.summary,
    options: [
      ...codes.map(({ meaning }): HelpOption => ({ flag: 'CODES ...', says: meaning })),
      ...offeredOptions(dataset).map(option => ({ flag: flagOf(option), says: option.meaning })),
      { flag: `table ${base.replace(/^main\./, '')}`, says: '' },
      ...columns.map(column => ({ flag: `  ${column.name}`, says: column.comment })),
    ],
    examples: [{ line: exampleOf(dataset), says: '' }],
    text: [],
  };
}
