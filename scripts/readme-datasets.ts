/** Rewrites the README's table of datasets: `node scripts/readme-datasets.mjs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withDatasets } from './dataset-table.ts';

const file = fileURLToPath(new URL('../README.md', import.meta.url));
const before = readFileSync(file, 'utf8');
const after = withDatasets(before);
if (after === null) {
  console.error('README.md has no marks for the table of datasets.');
  process.exitCode = 1;
} else {
  if (after !== before) writeFileSync(file, after);
  console.log(after === before ? 'README.md is as it should be.' : 'README.md is rewritten.');
}
