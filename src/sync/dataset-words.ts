/** How a dataset is asked for at the prompt, read from its declaration: its codes, its options, a line to type. */
import type { DatasetDeclaration, ParameterName } from '../source/baostock/datasets.ts';

export type OptionName = Exclude<ParameterName, 'code'>;

/** The options that a person may give, in the order of the declaration; codes are not among them. */
export function offeredOptions(dataset: DatasetDeclaration): DatasetDeclaration['parameters'] {
  return dataset.parameters.filter(({ name, offered }) => name !== 'code' && offered !== false);
}

/** `none` takes no codes, `needed` nothing but codes, `possible` codes or the whole, `either` codes or some option. */
export function codesOf({ parameters, asks }: DatasetDeclaration): 'none' | 'possible' | 'either' | 'needed' {
  const parameter = parameters.find(({ name }) => name === 'code');
  if (!parameter) return 'none';
  const whole = asks.find(({ needs }) => !needs?.includes('code'));
  if (parameter.required || !whole) return 'needed';
  return whole.needs ? 'either' : 'possible';
}

const codeWords = { none: [], possible: ['[CODES…]'], either: ['CODES… |'], needed: ['CODES…'] } as const;

/** What it is asked with: `CODES…`, `--year YEAR`, `--quarter 1|2|3|4`; with `|` between what excludes each other. */
export function askedWith(dataset: DatasetDeclaration): readonly string[] {
  return [...codeWords[codesOf(dataset)], ...offeredOptions(dataset).map(flagOf)];
}

/** As it is typed: `fetch --dataset profit CODES… --year YEAR --quarter 1|2|3|4`. */
export function usageOf(dataset: DatasetDeclaration): string {
  return ['fetch', '--dataset', dataset.name, ...askedWith(dataset)].join(' ');
}

const valueWords: Readonly<Record<OptionName, string>> = {
  name: 'NAME',
  from: 'DATE',
  to: 'DATE',
  date: 'DATE',
  year: 'YEAR',
  quarter: 'N',
  index: 'INDEX',
  kind: 'KIND',
  basis: 'BASIS',
};

/** `--year YEAR`, `--index hs300|sz50|zz500` */
export function flagOf({ name, choices }: DatasetDeclaration['parameters'][number]): string {
  return `--${name} ${choices ? choices.join('|') : valueWords[name as OptionName]}`;
}

/** A value of each parameter, for examples. */
export const sample: Readonly<Record<ParameterName, string>> = {
  code: '600519',
  name: '银行',
  from: '-1y',
  to: 'today',
  date: '2024-01-02',
  year: '2024',
  quarter: '1',
  index: 'hs300',
  kind: 'stock',
  basis: 'report',
};

/** A line that can be typed as it is: `fetch --dataset profit 600519 --year 2024 --quarter 1`. */
export function exampleOf(dataset: DatasetDeclaration): string {
  const byCode = ['needed', 'either'].includes(codesOf(dataset));
  const options = offeredOptions(dataset).filter(({ required }) => required);
  return [
    `fetch --dataset ${dataset.name}`,
    ...(byCode ? [sample.code] : []),
    ...options.map(({ name }) => `--${name} ${sample[name]}`),
  ].join(' ');
}
