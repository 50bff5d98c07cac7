/** Names of datasets as they are typed. */

import { quoted } from '../market/fold.ts';
import { Problem } from '../market/problem.ts';
import { type DatasetDeclaration, datasetNamed, datasets } from '../source/baostock/datasets.ts';
import { nearest } from './nearest.ts';

/** @throws Problem `usage` for a name that no dataset has, with the one that was probably meant. */
export function datasetCalled(typed: string): DatasetDeclaration {
  const name = typed.trim().toLowerCase().replaceAll('_', '-');
  const dataset = datasetNamed(name);
  if (dataset) return dataset;
  const [meant] = nearest(
    name,
    datasets.map(one => one.name),
    1,
  );
  throw new Problem('usage', `there is no dataset “${quoted(typed)}”.`, {
    next: meant === undefined ? 'help datasets  lists them' : `did you mean ${meant} ?`,
  });
}

/** A dataset's name among codes: it was meant as `--dataset`. Initials of securities (`st`) are none. */
export function refuseDatasetAmong(codes: readonly string[]): void {
  const name = codes.find(code => code.length > 2 && datasetNamed(code.toLowerCase()));
  if (name === undefined) return;
  const rest = codes.filter(code => code !== name);
  throw new Problem('usage', `${name} is a dataset, not a code.`, {
    next: ['fetch --dataset', name.toLowerCase(), ...rest].join(' '),
  });
}
