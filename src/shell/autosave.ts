/**
 * The texts of a live shell on disk, so that a killed one loses none: one file a shell in the state folder, for the user alone
 * (0600), written anew after every cell and whole at any moment. An orderly end removes it. The next shell offers what a
 * killed one left, once; `open --last` brings it back. Results are not kept: they are made again.
 */
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { type Environment, homePath, makeHome } from '../config/paths.ts';
import type { OpenedCell } from './cell-book.ts';
import type { Param } from './params.ts';
import { processRuns } from './process-runs.ts';

export interface SavedShell {
  /** The database file that it worked on. */
  readonly file: string;
  readonly title: string | null;
  readonly params: readonly Param[];
  readonly cells: readonly OpenedCell[];
}

export interface Autosave {
  /** Never rejects, and never writes twice at once: of several changes the last is written. */
  save(shell: SavedShell): Promise<void>;
  /** After an orderly end there is nothing to bring back. */
  discard(): Promise<void>;
}

const prefix = `cells-${hostname().replace(/[^\w.]/g, '_')}-`;
const lastName = 'cells-last.json';

export function openAutosave(environment: Environment): Autosave {
  const path = join(homePath('state', environment), `${prefix}${process.pid}.json`);
  let next: SavedShell | null = null;
  let writing: Promise<void> | null = null;
  const write = async (): Promise<void> => {
    while (next) {
      const text = JSON.stringify({ version: 1, ...next });
      next = null;
      try {
        makeHome('state', environment);
        await writeFile(`${path}.tmp`, text, { mode: 0o600 });
        await rename(`${path}.tmp`, path);
      } catch {
        // A full disk or a lost folder: the shell goes on without it.
      }
    }
    writing = null;
  };
  return {
    save(shell) {
      next = shell;
      writing ??= write();
      return writing;
    },
    async discard() {
      next = null;
      await writing;
      rmSync(path, { force: true });
      rmSync(`${path}.tmp`, { force: true });
    },
  };
}

/**
 * What the newest killed shell left, which becomes the last one; null where none was killed since. What others left at the same time
 * stays for the starts after this one.
 */
export function killedShell(environment: Environment): SavedShell | null {
  const folder = homePath('state', environment);
  for (const path of leftIn(folder)) {
    const shell = readShell(path);
    if (!shell || shell.cells.length === 0) rmSync(path, { force: true });
    else if (taken(path, join(folder, lastName))) return shell;
  }
  return null;
}

/** False where another shell that starts at this moment was quicker, or the folder lets nobody: the prompt goes on without it. */
function taken(path: string, as: string): boolean {
  try {
    chmodSync(path, 0o600);
    renameSync(path, as);
    return true;
  } catch {
    return false;
  }
}

/** For `open --last`. */
export function lastShell(environment: Environment): SavedShell | null {
  return readShell(join(homePath('state', environment), lastName));
}

export function forgetLastShell(environment: Environment): void {
  rmSync(join(homePath('state', environment), lastName), { force: true });
}

/** Files of shells of this machine that do not run any more, the newest first. */
function leftIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter(name => name.startsWith(prefix) && name.endsWith('.json'))
    .filter(name => !processRuns(Number(basename(name, '.json').slice(prefix.length))))
    .map(name => join(folder, name))
    .sort((one, other) => changedAt(other) - changedAt(one));
}

function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function readShell(path: string): SavedShell | null {
  try {
    const read = JSON.parse(readFileSync(path, 'utf8')) as SavedShell & { version: number };
    return read.version === 1 && Array.isArray(read.cells) ? read : null;
  } catch {
    return null;
  }
}
