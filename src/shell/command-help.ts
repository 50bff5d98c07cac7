/** Help made of what commands declare. */
import type { HelpView } from '../output/view.ts';
import type { Command, Registry } from './command.ts';
import { declaredBy } from './declared.ts';

/** One command in full. */
export function helpOf(command: Command): HelpView {
  const { options, positionals } = declaredBy(command);
  const named = positionals
    .filter(({ says }) => says !== '')
    .map(({ name, says, many }) => ({ flag: `${name.toUpperCase()}${many ? ' ...' : ''}`, says }));
  return {
    kind: 'help',
    topic: command.name,
    usage: `${command.name}${command.usage === '' ? '' : ` ${command.usage}`}`,
    summary: command.summary,
    options: [
      ...named,
      ...options
        .filter(({ hidden }) => !hidden)
        .map(({ name, value, says }) => ({ flag: `--${name}${value === null ? '' : ` ${value}`}`, says })),
      { flag: '--json', says: 'the result as one JSON object' },
    ],
    examples: command.examples,
    text: [],
  };
}

/** All commands that can be used here, in their order. */
export function helpOverview(registry: Registry, interactive: boolean): HelpView {
  return {
    kind: 'help',
    topic: null,
    entries: registry.commands
      .filter(({ atPrompt }) => !interactive || atPrompt !== false)
      .map(command => ({
        usage: `${command.name}${command.usage === '' ? '' : ` ${command.usage}`}`,
        summary: command.summary,
        example: command.examples[0]?.line ?? '',
      })),
    foot: [
      'SQL ends in ;',
      'help fetch',
      'help datasets',
      'help keys',
      'help tables',
      'help functions',
      'help recipes',
    ],
  };
}
