/** Texts that a person names by a path: read whole, and written without ever taking the place of another by surprise. */
import { randomUUID } from 'node:crypto';
import { chmod, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../market/problem.ts';

/** `~/notes.sql` is in the home folder. */
export function typedPath(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

/** Without a byte-order mark. @throws Problem where it cannot be read. */
export async function readTextFile(path: string): Promise<string> {
  try {
    return (await readFile(typedPath(path), 'utf8')).replace(/^\ufeff/, '');
  } catch (thrown) {
    throw new Problem('failed', `${path} cannot be read: ${whyNot(thrown)}.`, { cause: thrown });
  }
}

export interface WriteTextOptions {
  /** Whether it may take the place of a file that is there. */
  readonly force: boolean;
  /** The command that would, to be told. */
  readonly forced: string;
}

/** Before work that would be lost. @throws Problem `refused` where the file exists. */
export async function refuseExisting(path: string, forced: string): Promise<void> {
  if (await stat(typedPath(path)).catch(() => null)) throw existing(path, forced);
}

function existing(path: string, forced: string): Problem {
  return new Problem('refused', `${path} exists, and is not overwritten by surprise.`, { next: forced });
}

/** The file is whole or as it was before. @throws Problem where it exists and `force` is not given, or cannot be written. */
export async function writeTextFile(path: string, text: string, { force, forced }: WriteTextOptions): Promise<void> {
  const full = typedPath(path);
  try {
    if (!force) {
      await writeFile(full, text, { flag: 'wx' });
      return;
    }
    const beside = `${full}.${randomUUID().slice(0, 8)}.tmp`;
    const mode = await stat(full).then(
      ({ mode }) => mode & 0o777,
      () => null,
    );
    try {
      await writeFile(beside, text, { flag: 'wx' });
      if (mode !== null) await chmod(beside, mode);
      await rename(beside, full);
    } catch (thrown) {
      await rm(beside, { force: true });
      throw thrown;
    }
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') {
      throw existing(path, forced);
    }
    throw new Problem('failed', `${path} cannot be written: ${whyNot(thrown)}.`, { cause: thrown });
  }
}

/** Why a file could not be read or written, in words. */
export function whyNot(thrown: unknown): string {
  const { code, message } = thrown as NodeJS.ErrnoException;
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder',
    EISDIR: 'it is a folder',
    EACCES: 'this user may not',
    EPERM: 'this user may not',
    ENOTDIR: 'a part of its path is no folder',
    ENOSPC: 'the disk is full',
    EROFS: 'the file system is read-only',
  };
  return known[code ?? ''] ?? message;
}
