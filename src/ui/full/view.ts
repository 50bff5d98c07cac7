/**
 * A view over the whole window: the failure picker, the result viewer, the pool, a chart. It owns its state and draws rows;
 * the host owns the terminal, shows it on the alternate screen, and gives the prompt back with its scrollback as it was.
 * Every view works with arrows, Space, Enter, Tab and Esc alone; letters are a convenience, since under a Chinese input
 * method they do not arrive.
 */
import type { Line, Screen } from '../../output/line.ts';
import type { Session } from '../../shell/session.ts';
import type { InputEvent } from '../keys.ts';

export interface FullRows {
  /** At most `screen.rows`, each narrower than the window; the host cuts what is not, and fills up with empty rows. */
  readonly lines: readonly Line[];
  /** Where the cursor stands: input methods open there. Absent: at the end of the last row. */
  readonly cursor?: { readonly row: number; readonly column: number };
}

export interface FullView {
  /** Pure: what the window shows now. Called after every key, after `changed`, and at another size. */
  rows(screen: Screen): FullRows;
  /** What a key does; `leave` gives the window back to the prompt. Ctrl-C comes here too; Ctrl-Z and Ctrl-L are the host's. */
  input(event: InputEvent): 'stay' | 'leave';
  /** Told by the host once: called whenever something changed without a key. */
  attach(changed: () => void): void;
  /** Lets go of what it holds; called once, also when the program is asked to end. */
  close(): Promise<void>;
  /** What stands in the scrollback after it was left; absent: nothing. */
  leaves?(screen: Screen): readonly Line[];
}

/** What a view may use of the shell that opens it. */
export interface ViewContext {
  readonly session: Session;
  /** Puts text on the clipboard of the terminal, where it takes it (OSC 52). */
  readonly copy: (text: string) => void;
}
