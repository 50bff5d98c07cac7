/**
 * The glyphs of the program's own drawing. All but the ASCII twins are of ambiguous width, and many terminals of Chinese
 * readers draw them two cells wide; text from data is never replaced.
 */
import type { Screen } from './line.ts';

export interface Glyphs {
  readonly prompt: string;
  /** The prompt while keys are commands (vi's normal mode). */
  readonly commands: string;
  readonly more: string;
  readonly ellipsis: string;
  /** Between two parts of a row, with its blanks. */
  readonly dot: string;
  readonly barDone: string;
  readonly barLeft: string;
  readonly pointer: string;
  /** Between two dates. */
  readonly to: string;
  readonly rule: string;
}

const drawn: Glyphs = {
  prompt: '❯',
  commands: '❮',
  more: '…',
  ellipsis: '…',
  dot: ' · ',
  barDone: '━',
  barLeft: '─',
  pointer: '❯',
  to: ' … ',
  rule: '-',
};

const twins: Glyphs = {
  prompt: '>',
  commands: '<',
  more: '~',
  ellipsis: '~',
  dot: ' | ',
  barDone: '#',
  barLeft: '-',
  pointer: '>',
  to: ' ~ ',
  rule: '-',
};

export function glyphsOf(screen: Screen): Glyphs {
  return screen.glyphs ? drawn : twins;
}
