/**
 * The datasets that the provider offers beside the bars of one code, declared once: the source asks and decodes by these
 * declarations, the store makes its tables from them, help and documentation list them. They know no method of the store.
 */
import { companyDatasets } from './datasets/companies.ts';
import type { DatasetDeclaration } from './datasets/declaration.ts';
import { economyDatasets } from './datasets/economy.ts';
import { marketDatasets } from './datasets/market.ts';

export type {
  Ask,
  ColumnDeclaration,
  DatasetDeclaration,
  ParameterName,
} from './datasets/declaration.ts';

export const datasets: readonly DatasetDeclaration[] = [...marketDatasets, ...companyDatasets, ...economyDatasets];

const byName: ReadonlyMap<string, DatasetDeclaration> = new Map(datasets.map(dataset => [dataset.name, dataset]));

export function datasetNamed(name: string): DatasetDeclaration | null {
  return byName.get(name) ?? null;
}
