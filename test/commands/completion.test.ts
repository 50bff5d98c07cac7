/** The scripts of `completion`, run by the shells themselves. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commands } from '../../commands/all.ts';
import { Home } from '../slice/program.ts';

let home: Home;
beforeAll(async () => {
  home = new Home();
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { out, code, err } = await home.run(['completion', shell]);
    expect([shell, code, err]).toEqual([shell, 0, '']);
    writeFileSync(home.path(shell), out);
  }
});
afterAll(() => home.close());

const there = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0;

/** What bash offers for the last of the words. */
function offered(...words: string[]): string[] {
  const script = `source ${home.path('bash')}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _duckline; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'duckline', 'duckline', ...words], {
    cwd: home.folder,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(line => line !== '');
}

it('completes commands, their options and their words in bash', () => {
  expect(offered('')).toEqual(expect.arrayContaining(commands.map(({ name }) => name)));
  expect(offered('fe')).toEqual(['fetch']);
  expect(offered('--db', 'x.duckdb', 'fetch', '--fr')).toEqual(['--from']);
  expect(offered('--format', 'js')).toEqual(['json', 'jsonl']);
  expect(offered('mode', 'ht')).toEqual(['html']);
  expect(offered('help', 'expo')).toEqual(['export']);
  expect(offered('-f', 'fi')).toEqual(['fish']);
  expect(offered('export', 'daily', 'fi')).toEqual(['fish']);
  expect(offered('--the')).toEqual(['--theme']);
});

it.each(['bash', 'zsh', 'fish'])('is a script that %s reads', shell => {
  if (!there(shell)) {
    console.log(`${shell} is not installed here; its script is not read by it`);
    return;
  }
  const { status, stderr } = spawnSync(shell, ['-n', home.path(shell)], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});
