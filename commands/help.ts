/** `help`: the commands, one of them in full, or a topic. */
import { Problem } from '../src/market/problem.ts';
import type { HelpView } from '../src/output/view.ts';
import type { Command } from '../src/shell/command.ts';
import { helpOf, helpOverview } from '../src/shell/command-help.ts';
import { datasetHelp } from '../src/shell/dataset-help.ts';
import { isTopic, topicHelp, topics } from '../src/shell/help-topics.ts';
import { nearest } from '../src/shell/nearest.ts';
import { datasets } from '../src/source/baostock/datasets.ts';

interface HelpOptions {
  readonly topic: string | undefined;
}

export const help: Command<HelpOptions> = {
  name: 'help',
  positionals: '[topic]',
  usage: '[COMMAND]',
  summary: 'commands, datasets, keys, tables, functions',
  group: 'shell',
  examples: [
    { line: 'help fetch', says: 'one command with its options' },
    { line: 'help recipes', says: 'questions of the field as SQL' },
    { line: 'help keys', says: 'the keys of the prompt' },
  ],
  options: yargs =>
    yargs.positional('topic', { type: 'string', describe: `a command, a dataset, or ${topics.join(', ')}` }),
  async run({ topic }, { registry, interactive }) {
    return { view: viewOf(topic?.toLowerCase().replace(/^\./, '')), exitCode: 0 };

    function viewOf(asked: string | undefined): HelpView {
      if (asked === undefined) return helpOverview(registry, interactive);
      const command = isTopic(asked) ? undefined : registry.find(asked);
      if (command) return helpOf(command);
      if (isTopic(asked)) return topicHelp(asked);
      const dataset = datasetHelp(asked);
      if (dataset) return dataset;
      const [meant] = nearest(asked, [...registry.names, ...topics, ...datasets.map(({ name }) => name)], 1);
      throw new Problem('usage', `there is no help on ${asked}.`, {
        next: meant === undefined ? 'help  lists the commands' : `did you mean ${meant} ?`,
      });
    }
  },
};
