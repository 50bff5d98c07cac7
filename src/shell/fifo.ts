/**
 * A named pipe in a folder of its own: what the engine writes to its path is read here, as much as is asked for and no more.
 * Its writer is held back by a slow reader, and told of a broken pipe once nobody reads.
 */
import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Fifo {
  readonly path: string;
  /** To be read once. Ends when its writers are gone and `complete` was called. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Nobody begins to write any more. */
  complete(): void;
  /** Removes it; who still writes is told that nobody reads. */
  close(): Promise<void>;
}

/** Null where there are no such pipes. */
export async function openFifo(): Promise<Fifo | null> {
  if (process.platform === 'win32') return null;
  const folder = await mkdtemp(join(tmpdir(), 'duckline-')).catch(() => null);
  if (folder === null) return null;
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'rows');
  const open: number[] = [];
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    open.push(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
    // Held open, so that it does not end before its writer has begun.
    open.push(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch {
    for (const fd of open) closeSync(fd);
    await remove();
    return null;
  }
  const [reading, writing] = open as [number, number];
  const socket = new Socket({ fd: reading, readable: true, writable: false });
  // Whoever reads the pieces is told of it.
  socket.on('error', () => undefined);
  let held = true;
  const complete = (): void => {
    if (held) closeSync(writing);
    held = false;
  };
  return {
    path,
    pieces: socket,
    complete,
    close: async () => {
      socket.destroy();
      complete();
      await remove();
    },
  };
}
