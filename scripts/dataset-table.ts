/** The README's table of datasets, from their declarations. It stands between two marks; the rest of the file is a person's. */
import { datasets } from '../src/source/baostock/datasets.ts';
import { askedWith } from '../src/sync/dataset-words.ts';

const begin = '<!-- datasets: written by scripts/readme-datasets.mjs -->';
const end = '<!-- /datasets -->';

function datasetTable(): string {
  const rows = datasets.map(dataset => {
    const asked = askedWith(dataset)
      .map(word => word.replace(/^(--\w+) .*/, '$1'))
      .map(word => (word.endsWith('|') ? `\`${word.slice(0, -2)}\` or` : `\`${word}\``))
      .join(' ');
    const cells = [`\`${dataset.name}\``, dataset.summary, `\`${dataset.table}\``, asked];
    return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| dataset | what | table | asked with |', '|---|---|---|---|', ...rows].join('\n');
}

/** The text with the table as it should be; null where the marks are missing. */
export function withDatasets(readme: string): string | null {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) return null;
  return `${readme.slice(0, from)}${begin}\n${datasetTable()}\n${readme.slice(to)}`;
}
