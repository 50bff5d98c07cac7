/**
 * Names for texts that are typed often, kept in `aliases.json` beside the settings. A name means its text where it stands as a
 * first word; what follows it is put behind that. A command or statement never gives way to one.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, homePath, makeHome } from '../config/paths.ts';
import { Problem } from '../market/problem.ts';
import type { Registry } from './command.ts';
import { statementWords } from './sql-words.ts';

export type Aliases = Readonly<Record<string, string>>;

export function aliasFile(env: Environment): string {
  return join(homePath('config', env), 'aliases.json');
}

/** By their names in lower case. @throws Problem where the file is not what this writes. */
export function readAliases(env: Environment): Aliases {
  const file = aliasFile(env);
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Problem('failed', `${file} cannot be read as a list of aliases.`, { cause: thrown });
  }
  const pairs = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}

/** Keeps the text under the name; null takes it away. @throws Problem `usage` for a name that cannot be one. */
export function keepAlias(env: Environment, registry: Registry, name: string, text: string | null): void {
  const key = name.toLowerCase();
  if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(key)) {
    throw new Problem('usage', `${name} cannot be an alias: letters, digits, _ and -, a letter first.`);
  }
  if (registry.find(key)) throw new Problem('usage', `${name} is a command already.`);
  if (statementWords.has(key)) throw new Problem('usage', `${name} begins a statement of SQL.`);
  const { [key]: before, ...others } = readAliases(env);
  if (text === null && before === undefined) {
    throw new Problem('usage', `there is no alias ${name}.`, { next: 'alias  lists them' });
  }
  const next = text === null ? others : { ...others, [key]: text };
  const sorted = Object.fromEntries(Object.entries(next).sort(([a], [b]) => (a < b ? -1 : 1)));
  makeHome('config', env);
  const file = aliasFile(env);
  const beside = `${file}.${randomUUID().slice(0, 8)}.tmp`;
  writeFileSync(beside, `${JSON.stringify(sorted, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(beside, file);
}

/** What a line that begins with an alias means; null where it begins with none. */
export function expandAlias(env: Environment, name: string, line: string): string | null {
  const aliases = readAliases(env);
  const text = Object.hasOwn(aliases, name.toLowerCase()) ? aliases[name.toLowerCase()] : undefined;
  if (text === undefined) return null;
  const rest = line.trim().slice(name.length).trim();
  return rest === '' ? text : `${text} ${rest}`;
}
