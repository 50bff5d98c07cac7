/** Datasets by name at the prompt: their help, and names that are not quite right. */
import { describe, expect, it } from 'vitest';
import { fetch } from '../../commands/fetch.ts';
import { help } from '../../commands/help.ts';
import type { HelpView } from '../../src/output/view.ts';
import type { CommandContext } from '../../src/shell/command.ts';
import { datasetsHelp } from '../../src/shell/dataset-help.ts';
import { datasetCalled, refuseDatasetAmong } from '../../src/shell/dataset-name.ts';
import { declaredBy } from '../../src/shell/declared.ts';
import { parseCommand } from '../../src/shell/parse.ts';
import { wordsOf } from '../../src/shell/words.ts';
import { datasets } from '../../src/source/baostock/datasets.ts';
import { exampleOf, offeredOptions } from '../../src/sync/dataset-words.ts';

type Page = Extract<HelpView, { topic: string }>;

describe('help datasets', () => {
  it('lists all of them with their tables and parameters', () => {
    const { options } = datasetsHelp() as Page;
    expect(options.filter(({ flag }) => flag !== '').map(({ flag }) => flag)).toEqual(datasets.map(({ name }) => name));
    const profit = options.findIndex(({ flag }) => flag === 'profit');
    expect(options[profit]?.says).toBe('profitability of a quarter; table profit');
    expect(options[profit + 1]?.says.trim()).toBe('CODES… --year YEAR --quarter 1|2|3|4');
  });

  it('tells of each its columns with units', async () => {
    const registry = { commands: [], find: () => undefined, names: [] };
    for (const { name } of datasets) {
      const { view } = await help.run({ topic: name }, { registry, interactive: true } as unknown as CommandContext);
      const page = view as Page;
      expect(page.topic).toBe(name);
      expect(page.options.length, name).toBeGreaterThan(3);
    }
  });
});

describe('a dataset', () => {
  it('has only options that fetch takes, and an example that parses', async () => {
    const taken = declaredBy(fetch).options.map(({ name }) => name);
    for (const dataset of datasets) {
      for (const { name } of offeredOptions(dataset)) expect(taken).toContain(name);
      const [, ...words] = wordsOf(exampleOf(dataset));
      const parsed = await parseCommand(fetch, words);
      expect(parsed).toMatchObject({ kind: 'run', options: { dataset: dataset.name } });
    }
  });

  it.each([
    ['profits', 'did you mean profit ?'],
    ['cashflow', 'did you mean cash-flow ?'],
    ['money-supply', 'did you mean money-supply-year ?'],
    ['xyzzyplugh', 'help datasets  lists them'],
  ])('%s is none: %s', (typed, next) => {
    expect(() => datasetCalled(typed)).toThrow(expect.objectContaining({ kind: 'usage', next }));
  });

  it('is found in other spellings', () => {
    expect(datasetCalled('Cash_Flow').name).toBe('cash-flow');
  });

  it('among codes is told as what it is', () => {
    expect(() => refuseDatasetAmong(['profit', '600519'])).toThrow(
      expect.objectContaining({ message: 'profit is a dataset, not a code.', next: 'fetch --dataset profit 600519' }),
    );
    expect(() => refuseDatasetAmong(['st', '600519', '贵州茅台'])).not.toThrow();
  });
});
