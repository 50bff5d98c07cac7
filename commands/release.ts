/** `release`: closes the file until the next statement, so that another program may open it. */
import { basename } from 'node:path';
import { Problem } from '../src/market/problem.ts';
import type { Command } from '../src/shell/command.ts';

export const release: Command = {
  name: 'release',
  positionals: '',
  usage: '',
  summary: 'lets other programs open the file',
  group: 'shell',
  examples: [{ line: 'release', says: 'until the next statement; 60 idle seconds do it too' }],
  options: yargs => yargs,
  async run(_, { engine }) {
    const name = basename(engine.file);
    const pool = engine.opened?.pool;
    if (!pool || pool.status().state === 'suspended') {
      return said(`${name} is not open here; another program may open it.`);
    }
    const { suspended, because } = await pool.suspend();
    if (suspended) return said(`${name} is closed until the next statement; another program may open it.`);
    const why = because.length > 0 ? because.join('; ') : 'a statement came first';
    throw new Problem('failed', `${name} stays open: ${why}.`, { next: wayOut(because) });
  },
};

function said(sentence: string) {
  return { view: { kind: 'note', level: 'say', sentence } as const, exitCode: 0 };
}

/** What to do about the first reason. */
function wayOut([first = '']: readonly string[]): string {
  const ways: readonly (readonly [RegExp, string])[] = [
    [/is at work|is writing/, 'cancel  stops a job'],
    [/transaction/, 'commit; or rollback; first'],
    [/temporary tables/, 'drop them first; they would be lost with the connection'],
    [/attached database/, 'detach it first; or leave the shell'],
    [/variables|USE|settings|prepared/, 'they would be lost with the connection; leaving the shell closes the file'],
  ];
  return ways.find(([word]) => word.test(first))?.[1] ?? 'leaving the shell closes the file';
}
