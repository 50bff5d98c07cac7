/**
 * What was typed, across starts and shells. One entry a line, as a JSON string, so an entry of many lines is one step and a
 * damaged line costs only itself. Each entry is appended at once by a single write; shells that run at the same time see each
 * other's entries. The file is readable by its owner alone. A folder that cannot be written costs the history, not the shell;
 * neither does a file of any size, of which only the end is read.
 */
import {
  appendFileSync,
  chmodSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

export interface History {
  /** Oldest first, no repeats (the latest use counts), with what other shells have added since; the same array while it is the same. */
  readonly entries: readonly string[];
  /** Written at once. Blank texts and a repeat of the last entry are not added. */
  add(text: string): void;
  /** Why the history is not kept on disk; null while it is. */
  readonly trouble: string | null;
}

export interface HistoryOptions {
  /** Entries kept; beyond twice as many the file is rewritten with the newest. Default 10,000. */
  readonly most?: number;
  /** Bytes read of the end of the file; a larger one is rewritten with the newest entries of them. Default 16,000,000. */
  readonly mostBytes?: number;
}

/** Where nobody types. */
export const noHistory: History = { entries: [], add: () => undefined, trouble: null };

const longestEntry = 1_000_000;

export function openHistory(file: string, { most = 10_000, mostBytes = 16_000_000 }: HistoryOptions = {}): History {
  let entries: string[] = [];
  let places = new Map<string, number>();
  let listed: readonly string[] | null = null;
  let readTo = 0;
  let identity = '';
  let pending = '';
  let trouble: string | null = null;

  /** Moves a repeated entry to the end; holes are closed when there are many. */
  const take = (text: string): void => {
    listed = null;
    const before = places.get(text);
    if (before !== undefined) entries[before] = '';
    places.set(text, entries.length);
    entries.push(text);
    if (entries.length > 2 * most || entries.length > 2 * places.size + 64) {
      entries = entries.filter(entry => entry !== '').slice(-most);
      places = new Map(entries.map((entry, index) => [entry, index]));
    }
  };

  const takeLines = (chunk: string): void => {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop() ?? '';
    if (pending.length > 2 * longestEntry) pending = '';
    for (const line of lines) {
      const text = entryOf(line);
      if (text !== null) take(text);
    }
  };

  const refresh = (): void => {
    let handle: number | null = null;
    try {
      handle = openSync(file, 'r');
      const { size, ino, birthtimeMs } = fstatSync(handle);
      if (identity !== `${ino} ${birthtimeMs}` || size < readTo) {
        entries = [];
        listed = null;
        places = new Map();
        pending = '';
        readTo = 0;
        identity = `${ino} ${birthtimeMs}`;
      }
      if (size > readTo) {
        const bytes = endOf(handle, readTo, size, mostBytes);
        const whole = bytes.lastIndexOf(10) + 1;
        takeLines(bytes.subarray(0, whole).toString('utf8'));
        if (whole > 0) readTo = size - bytes.length + whole;
      }
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') trouble = String((thrown as Error).message);
    } finally {
      if (handle !== null) closeSync(handle);
    }
  };

  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size > mostBytes || countLines(file) > 2 * most) rewrite(file, most, mostBytes);
    if (size > 0) chmodSync(file, 0o600);
  } catch (thrown) {
    trouble = String((thrown as Error).message);
  }
  refresh();

  return {
    get entries() {
      refresh();
      listed ??= entries.filter(entry => entry !== '');
      return listed;
    },
    get trouble() {
      return trouble;
    },
    add(text) {
      if (text.trim() === '' || text.length > longestEntry) return;
      refresh();
      if (entries.at(-1) === text) return;
      try {
        appendFileSync(file, `${endsWithoutLine(file) ? '\n' : ''}${JSON.stringify(text)}\n`, { mode: 0o600 });
        refresh();
      } catch (thrown) {
        trouble = String((thrown as Error).message);
        take(text);
      }
    },
  };
}

function entryOf(line: string): string | null {
  if (!line.startsWith('"')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'string' && value.trim() !== '' ? value : null;
  } catch {
    return null;
  }
}

/** What the file holds between two places, of a longer part the whole lines at its end. */
function endOf(handle: number, from: number, to: number, most: number): Buffer {
  const start = Math.max(from, to - most);
  const bytes = Buffer.alloc(to - start);
  const read = bytes.subarray(0, readSync(handle, bytes, 0, bytes.length, start));
  return start === from ? read : read.subarray(read.indexOf(10) + 1);
}

function countLines(file: string): number {
  try {
    const bytes = readFileSync(file);
    let lines = 0;
    for (const byte of bytes) if (byte === 10) lines++;
    return lines;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw thrown;
  }
}

/** True after a write that was cut short: the next entry must not join it. */
function endsWithoutLine(file: string): boolean {
  let handle: number | null = null;
  try {
    handle = openSync(file, 'r');
    const { size } = fstatSync(handle);
    if (size === 0) return false;
    const last = Buffer.alloc(1);
    readSync(handle, last, 0, 1, size - 1);
    return last[0] !== 10;
  } catch {
    return false;
  } finally {
    if (handle !== null) closeSync(handle);
  }
}

/** Keeps the newest entries. What another shell appends meanwhile is carried over. */
function rewrite(file: string, most: number, mostBytes: number): void {
  const fresh = `${file}.${process.pid}`;
  const old = openSync(file, 'r');
  try {
    const end = fstatSync(old).size;
    const before = endOf(old, 0, end, mostBytes);
    const seen = new Set<string>();
    const kept: string[] = [];
    for (const line of before.toString('utf8').split('\n').reverse()) {
      if (kept.length >= most) break;
      if (entryOf(line) === null || seen.has(line)) continue;
      seen.add(line);
      kept.push(line);
    }
    writeFileSync(
      fresh,
      kept
        .reverse()
        .map(line => `${line}\n`)
        .join(''),
      { mode: 0o600 },
    );
    renameSync(fresh, file);
    const { size } = fstatSync(old);
    if (size > end) appendFileSync(file, endOf(old, end, size, mostBytes));
  } finally {
    closeSync(old);
    rmSync(fresh, { force: true });
  }
}
