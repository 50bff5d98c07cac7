/** What commands about cells may do with the session that they run in. */
import type { View } from '../output/view.ts';
import type { OpenedCell } from './cell-book.ts';
import type { CellRecord } from './cell-record.ts';
import type { Params } from './params.ts';

export interface RunTextOptions {
  /** Where the text is from, for its errors. */
  readonly name: string;
  /** Name of the cell of a file that the text is: `_name` is its rows then. */
  readonly as?: string | null;
  /** In the place of the session's. */
  readonly params?: Params;
  /** Takes what the text shows, in the place of whoever runs the command. */
  readonly onView?: (view: View) => void;
}

export interface CellAccess {
  /** Those that have ended and those that were opened, by their numbers. */
  readonly records: readonly CellRecord[];
  readonly params: Params;
  /** At the head of the file that they are saved to. */
  title: string | null;
  /** Runs a cell again in its place; what it shows goes to whoever runs the command. @returns its exit code. */
  rerun(cell: number): Promise<number>;
  /** Gives it a name: `_name` is its rows. */
  name(cell: number, name: string): Promise<void>;
  /** Before a command reads the table that keeps the rows of a cell. */
  ready(cell: number): Promise<void>;
  /** Enters texts that are not run. @returns their numbers. */
  open(cells: readonly OpenedCell[]): readonly number[];
  /** Runs a text as part of the cell that runs the command, and waits for the jobs that it begins. @returns the exit code of what stopped it, else 0. */
  runText(text: string, options: RunTextOptions): Promise<number>;
}
