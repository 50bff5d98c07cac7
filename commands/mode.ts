/** `mode`: the format in which results are written from now on. `--json`: `format`, `formats`. */
import { type Format, formats } from '../src/config/settings.ts';
import { Problem } from '../src/market/problem.ts';
import { sentenceView } from '../src/output/sentence-view.ts';
import type { Command } from '../src/shell/command.ts';
import { nearest } from '../src/shell/nearest.ts';

interface ModeOptions {
  readonly format: string | undefined;
}

export const mode: Command<ModeOptions> = {
  name: 'mode',
  positionals: '[format]',
  usage: '[FORMAT]',
  summary: `how results are written: ${formats.join(' ')}`,
  group: 'shell',
  examples: [
    { line: 'mode', says: 'the format in use' },
    { line: 'mode csv', says: 'as comma-separated values from now on' },
  ],
  options: yargs => yargs.positional('format', { type: 'string', describe: formats.join(', ') }),
  async run({ format: asked }, { mode: inUse, json }) {
    if (asked !== undefined) inUse.format = formatOf(asked);
    const format = inUse.format ?? 'table';
    const sentence = `results are written as ${format}`;
    // Among data, a change of form is no data.
    if (asked !== undefined && !json) return { view: { kind: 'note', level: 'say', sentence }, exitCode: 0 };
    return {
      view: sentenceView(sentence, { format, formats }, { foot: [`there are ${formats.join(', ')}`] }),
      exitCode: 0,
    };
  },
};

function formatOf(text: string): Format {
  const found = formats.find(format => format === text.toLowerCase());
  if (found) return found;
  const [meant] = nearest(text.toLowerCase(), formats, 1);
  throw new Problem('usage', `there is no format ${text}; there are ${formats.join(', ')}.`, {
    ...(meant === undefined ? {} : { next: `did you mean ${meant} ?` }),
  });
}
