/** Files and folders that a typed path may become. Reading a folder never fails: what cannot be read offers nothing. */
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { shown } from '../../output/shown.ts';
import type { Candidate } from './candidate.ts';

const most = 2000;

/** The part of a typed path that stays, and the candidates for its last part. */
export async function pathCandidates(
  typed: string,
  folder = process.cwd(),
): Promise<{ readonly kept: string; readonly candidates: readonly Candidate[] }> {
  const cut = typed.lastIndexOf('/') + 1;
  const kept = typed.slice(0, cut);
  const part = typed.slice(cut);
  const home = kept.startsWith('~/') ? join(homedir(), kept.slice(2)) : kept;
  const entries = await readdir(
    home === '' ? folder : home.startsWith('/') ? dirname(join(home, 'x')) : resolve(folder, home),
    {
      withFileTypes: true,
    },
  ).catch(() => []);
  const candidates = entries
    // Hidden files only where a dot asks for them; a name with control characters is not offered at all.
    .filter(({ name }) => (part.startsWith('.') || !name.startsWith('.')) && shown(name) === name)
    .slice(0, most)
    .map((entry): Candidate => {
      const name = entry.isDirectory() ? `${entry.name}/` : entry.name;
      return {
        insert: name,
        label: name,
        kind: 'path',
        type: entry.isDirectory() ? 'folder' : '',
        says: '',
        group: entry.isDirectory() ? 1 : 0,
      };
    });
  return { kept, candidates };
}
