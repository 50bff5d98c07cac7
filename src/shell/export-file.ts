/**
 * A file or folder that appears whole or not at all: it is written beside its place under another name and then put there.
 * Nothing takes the place of something that is there unless that was asked for.
 */
import { randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Problem } from '../market/problem.ts';
import { typedPath, whyNot } from './text-file.ts';

export interface Placing {
  readonly force: boolean;
  /** The command that would overwrite, to be told. */
  readonly forced: string;
}

/** @param write gets the path to write to, in the folder of the file. @throws Problem where it is there or cannot be. */
export async function placeFile<T>(path: string, placing: Placing, write: (path: string) => Promise<T>): Promise<T> {
  const full = resolve(typedPath(path));
  const before = await standing(full);
  if (before?.isDirectory()) throw new Problem('failed', `${path} cannot be written: it is a folder.`);
  if (before && !placing.force) throw there(path, placing);
  if (before && !before.isFile()) return write(full);
  const beside = besideOf(full);
  try {
    const result = await write(beside);
    if (before) await chmod(beside, before.mode & 0o777);
    if (placing.force) await rename(beside, full);
    else await putNew(beside, full);
    return result;
  } catch (thrown) {
    throw told(thrown, path, placing);
  } finally {
    await rm(beside, { force: true });
  }
}

/** The same for a folder of partitions; `force` takes the place of such a folder, never of any other. */
export async function placeFolder<T>(path: string, placing: Placing, write: (path: string) => Promise<T>): Promise<T> {
  const full = resolve(typedPath(path));
  const before = await standing(full);
  if (before && !before.isDirectory()) throw new Problem('failed', `${path} cannot be written: it is a file.`);
  const inside = before ? await readdir(full) : [];
  if (inside.length > 0) {
    const strange = inside.find(name => !/^[^=]+=/.test(name));
    if (strange !== undefined) {
      throw new Problem('refused', `${path} holds ${strange}, which is no partition; it is left alone.`, {
        next: 'name a folder that is new or empty',
      });
    }
    if (!placing.force) throw there(path, placing);
  }
  const beside = besideOf(full);
  const old = besideOf(full);
  try {
    await mkdir(beside);
    const result = await write(beside);
    if (before) await rename(full, old);
    try {
      await rename(beside, full);
    } catch (thrown) {
      if (before) await rename(old, full);
      throw thrown;
    }
    return result;
  } catch (thrown) {
    throw told(thrown, path, placing);
  } finally {
    await rm(beside, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

/** Hidden, and of no ending that a glob like `*.csv` finds. */
function besideOf(full: string): string {
  return join(dirname(full), `.${basename(full)}.${randomUUID().slice(0, 8)}.part`);
}

/** Fails where the name was taken meanwhile, which a rename would not see. */
async function putNew(beside: string, full: string): Promise<void> {
  try {
    await link(beside, full);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST' || (await standing(full))) throw Object.assign(new Error('taken'), { code: 'EEXIST' });
    // A file system without links.
    await rename(beside, full);
  }
}

async function standing(path: string) {
  return stat(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return null;
    throw new Problem('failed', `${path} cannot be written: ${whyNot(thrown)}.`, { cause: thrown });
  });
}

function there(path: string, { forced }: Placing): Problem {
  return new Problem('refused', `${path} exists, and is not overwritten by surprise.`, { next: forced });
}

function told(thrown: unknown, path: string, placing: Placing): unknown {
  if (thrown instanceof Problem) return thrown;
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === 'EEXIST') return there(path, placing);
  return new Problem('failed', `${path} cannot be written: ${whyNot(thrown)}.`, { cause: thrown });
}
