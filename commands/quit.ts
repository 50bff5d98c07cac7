/** `quit`: leaves the shell; jobs are cancelled, what they stored stays. */
import type { Command } from '../src/shell/command.ts';

export const quit: Command = {
  name: 'quit',
  aliases: ['exit'],
  positionals: '',
  usage: '',
  summary: 'leaves; what was stored stays',
  group: 'shell',
  examples: [{ line: 'quit', says: 'Ctrl-D on an empty prompt does the same' }],
  options: yargs => yargs,
  run: async () => ({ view: null, exitCode: 0, leave: true }),
};
