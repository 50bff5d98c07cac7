/** The commands by their names. Made once in `main.ts` and handed down; there is no global list. */
import type { Command, Registry } from './command.ts';

export function createRegistry(commands: readonly Command[]): Registry {
  const byName = new Map<string, Command>();
  for (const command of commands) {
    for (const name of [command.name, ...(command.aliases ?? [])]) {
      if (byName.has(name)) throw new Error(`two commands are called ${name}`);
      byName.set(name, command);
    }
  }
  return { commands, names: [...byName.keys()], find: name => byName.get(name.toLowerCase()) };
}

/**
 * Whether a first word is a command's. `export` and `import` are DuckDB's before `DATABASE`; no other command shares its
 * first word with a statement.
 */
export function isCommandOf(registry: Registry): (name: string, rest: string) => boolean {
  return (name, rest) => {
    if ((name === 'export' || name === 'import') && /^\s+database\b/i.test(rest)) return false;
    return registry.find(name) !== undefined;
  };
}
