/** No command shares its first word with an SQL statement, now or later. */
import { readdirSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import type { Command } from '../../src/shell/command.ts';
import { declaredBy } from '../../src/shell/declared.ts';

const folder = new URL('../../commands/', import.meta.url);

/** Commands that give way to DuckDB before DATABASE. */
const yielding = new Set(['export', 'import']);
/** Names that are kept for commands to come. */
const kept = [
  'sync',
  'gaps',
  'chart',
  'let',
  'forget',
  'transfer',
  'save',
  'open',
  'run',
  'rerun',
  'edit',
  'cells',
  'name',
  'report',
  'config',
  'alias',
  'check',
  'doctor',
  'release',
  'instruments',
  'wait',
  'verify',
  'completion',
];

async function commands(): Promise<Command[]> {
  const modules = await Promise.all(
    readdirSync(folder)
      .filter(name => name.endsWith('.ts') && name !== 'all.ts')
      .map(name => import(new URL(name, folder).href)),
  );
  return modules.flatMap(module => Object.values(module) as Command[]);
}

it('has no command whose name begins a statement', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const names = (await commands()).flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]);
  expect(names.length).toBeGreaterThan(8);
  for (const name of [...names, ...kept]) {
    if (yielding.has(name)) continue;
    const said = await connection.extractStatements(`${name} x`).then(
      () => 'a statement',
      thrown => String(thrown),
    );
    expect([name, said]).toEqual([name, expect.stringContaining(`syntax error at or near "${name}"`)]);
  }
  connection.closeSync();
  instance.closeSync();
});

it('has commands that say what they do', async () => {
  for (const command of await commands()) {
    const { options, positionals } = declaredBy(command);
    expect(command.summary).not.toBe('');
    expect(command.examples.length).toBeGreaterThan(0);
    expect([...options, ...positionals].filter(({ says }) => says === '')).toEqual([]);
    for (const { line } of command.examples) expect(line.split(' ')[0]).toBe(command.name);
  }
});
