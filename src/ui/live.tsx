/**
 * The live part as Ink components, and Ink tied to the painter. Ink lays the tree out and hands over whole frames (its `debug`
 * option: one write a frame, no cursor movement, no throttle, the same in a CI environment); what stands on the terminal is the
 * painter's business.
 */
import { EventEmitter } from 'node:events';
import { Box, type Instance, render, Text } from 'ink';
import type { ReactElement } from 'react';

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

interface Counts {
  readonly gap: boolean;
  readonly spaced: boolean;
  readonly regions: readonly number[];
}

const before = ['head', 'jobs'] as const;
const after = ['running', 'editor', 'below'] as const;
const regions = [...before, ...after] as const;

/**
 * The place of a row, by its number. Ink stacks the places; the rows themselves are cut to the window already, and measuring
 * them again five times a second would cost more than all the rest of a frame.
 */
function Region({ first, count }: { readonly first: number; readonly count: number }) {
  return Array.from({ length: count }, (_, row) => String(first + row)).map(place => <Text key={place}>{place}</Text>);
}

function Live({ gap, spaced, regions: counts }: Counts) {
  const first = (region: number): number => counts.slice(0, region).reduce((sum, count) => sum + count, 0);
  const part = (count: number, region: number) => <Region key={regions[region]} first={first(region)} count={count} />;
  return (
    <Box flexDirection="column">
      {gap && <Text> </Text>}
      {counts.slice(0, before.length).map(part)}
      {spaced && <Text> </Text>}
      {counts.slice(before.length).map((count, region) => part(count, region + before.length))}
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
  private last = '';

  rowsOf(live: LiveRows): readonly string[] {
    const counts: Counts = {
      gap: live.gap,
      spaced: live.spaced,
      regions: regions.map(region => live[region].length),
    };
    const now = JSON.stringify(counts);
    if (now !== this.last) this.layOut(<Live {...counts} />);
    this.last = now;
    const rows = regions.flatMap(region => live[region]);
    return this.stream.frame.map(place => (place.trim() === '' ? '' : (rows[Number(place)] ?? '')));
  }

  private layOut(tree: ReactElement): void {
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
  }

  close(): void {
    this.instance?.unmount();
    this.instance = null;
  }
}
