/**
 * Memory of results that nobody holds any more. A chunk of the driver, a result and a statement stand outside the JavaScript
 * heap: some 16 kB a column however few the rows. They are freed when the collector finds their handles, which look like a few
 * bytes, so it sees no reason to run: a hundred small results would leave more than ten megabytes behind. Hence it is called
 * once there may be four or five. And its space for young objects, which doubles up to 16 MB twice over while a shell is
 * used, stays what it is by then: what a prompt makes between two results is a megabyte or two.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A vector is one column of one chunk; a collection takes 20 ms of the JavaScript thread. */
const vectorsBetween = 250;
const rowsOfChunk = 2048;
/** What the statement and the chunk that ends its result hold. */
const besides = 4;

let collect: (() => void) | null = null;
let dropped = 0;

/** One more result was let go, of which so many rows were read. */
export function countDropped(rows: number, columns: number): void {
  dropped += (Math.ceil(rows / rowsOfChunk) + 1) * columns + besides;
  if (dropped < vectorsBetween) return;
  dropped = 0;
  collect ??= exposedCollector();
  collect();
}

/** The flags may be set at any time; a context that is made after the first has the function. */
function exposedCollector(): () => void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  return typeof found === 'function' ? () => found() : () => undefined;
}
