/**
 * The live part as Ink components, and Ink tied to the painter. Ink lays the tree out and hands over whole frames (its `debug`
 * option: one write a frame, no cursor movement, no throttle, the same in a CI environment); what stands on the terminal is the
 * painter's business.
 */
import { EventEmitter } from 'node:events';
import { Box, type Instance, render, Text } from 'ink';
import { memo } from 'react';

export interface LiveRows {
  /** Empty row between what was printed and the live part. */
  readonly gap: boolean;
  /** What stands where the greeting will, until it does. */
  readonly head: readonly string[];
  /** The running jobs. */
  readonly jobs: readonly string[];
  readonly spaced: boolean;
  /** The statement that runs and those that wait. */
  readonly running: readonly string[];
  readonly editor: readonly string[];
  /** The one region under the prompt: search, a notice, the status. */
  readonly below: readonly string[];
}

/** Laid out already, at most as wide as the window. An empty one keeps its height. */
const Row = memo(({ row }: { readonly row: string }) => <Text wrap="truncate">{row === '' ? ' ' : row}</Text>);

function Rows({ rows }: { readonly rows: readonly string[] }) {
  return rows.map((row, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
    <Row key={index} row={row} />
  ));
}

function Live({ gap, head, jobs, spaced, running, editor, below }: LiveRows) {
  return (
    <Box flexDirection="column">
      {gap && <Text> </Text>}
      <Rows rows={head} />
      <Rows rows={jobs} />
      {spaced && <Text> </Text>}
      <Rows rows={running} />
      <Rows rows={editor} />
      <Rows rows={below} />
    </Box>
  );
}

/** What Ink takes for the terminal: it receives frames. */
class FrameStream extends EventEmitter {
  readonly isTTY = false;
  readonly writable = true;
  readonly rows = 1000;
  columns = 80;
  frame: string[] = [];

  write(text: string, after?: unknown): boolean {
    if (text !== '') this.frame = text.split('\n');
    if (typeof after === 'function') setImmediate(after as () => void);
    return true;
  }
}

/** Turns live rows into the rows of a frame. */
export class LiveLayout {
  private readonly stream = new FrameStream();
  private instance: Instance | null = null;
  private last: { readonly live: LiveRows; readonly columns: number } | null = null;

  rowsOf(live: LiveRows, columns: number): readonly string[] {
    if (this.last?.columns === columns && sameRows(this.last.live, live)) return this.stream.frame;
    this.last = { live, columns };
    this.stream.columns = columns;
    const tree = <Live {...live} />;
    if (this.instance) this.instance.rerender(tree);
    else {
      this.instance = render(tree, {
        stdout: this.stream as unknown as NodeJS.WriteStream,
        stdin: process.stdin,
        debug: true,
        exitOnCtrlC: false,
        patchConsole: false,
      });
    }
    return this.stream.frame;
  }

  close(): void {
    this.instance?.unmount();
    this.instance = null;
  }
}

const regions = ['head', 'jobs', 'running', 'editor', 'below'] as const;

function sameRows(a: LiveRows, b: LiveRows): boolean {
  return (
    a.gap === b.gap &&
    a.spaced === b.spaced &&
    regions.every(
      region => a[region].length === b[region].length && a[region].every((row, at) => row === b[region][at]),
    )
  );
}
