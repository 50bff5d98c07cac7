/**
 * Roles as escape sequences. State is never told by colour alone, so without a theme nothing is lost. Each span opens and
 * closes its own sequence: a cut or interrupted row leaves no colour behind. Reverse video is no colour: what is selected shows
 * without a theme too.
 */
import type { Line, Role } from './line.ts';

export type Theme = 'dark' | 'light' | 'none';

export interface Colours {
  readonly theme: Theme;
  /** Up red and down green as the Chinese market has it (`red-up`), or the reverse. */
  readonly rising: 'red-up' | 'green-up';
}

/** Bright black is the background itself in some palettes: a grey of the 256. */
const dark: Readonly<Record<Role, string>> = {
  plain: '',
  bold: '1',
  dim: '38;5;245',
  accent: '36',
  up: '31',
  down: '32',
  warn: '33',
  fail: '1;31',
  keyword: '35',
  string: '32',
  number: '33',
  comment: '38;5;245',
  selected: '7',
};

/** Yellow and grey do not read on white: darker ones of the 256. */
const light: Readonly<Record<Role, string>> = {
  ...dark,
  dim: '38;5;243',
  accent: '38;5;24',
  up: '38;5;160',
  down: '38;5;28',
  warn: '38;5;130',
  fail: '1;38;5;160',
  keyword: '38;5;90',
  string: '38;5;28',
  number: '38;5;130',
  comment: '38;5;243',
};

/** SGR parameters of a role; empty where it shows as plain text. */
export function sgr(role: Role, { theme, rising }: Colours): string {
  if (theme === 'none') return role === 'selected' ? dark.selected : '';
  const table = theme === 'dark' ? dark : light;
  if (rising === 'green-up' && role === 'up') return table.down;
  if (rising === 'green-up' && role === 'down') return table.up;
  return table[role];
}

export function paint(line: Line, colours: Colours): string {
  return line
    .map(({ text, role }) => {
      const parameters = role === undefined || text === '' ? '' : sgr(role, colours);
      return parameters ? `\u001b[${parameters}m${text}\u001b[0m` : text;
    })
    .join('');
}

/**
 * The theme where the terminal itself does not tell; what is no terminal gets none. `wanted`, else the environment: `NO_COLOR` (non-empty) and `TERM=dumb` take
 * colour away, `COLORFGBG` (`15;0`) tells a light background where the terminal sets it.
 */
export function themeOf(
  environment: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
  wanted: Theme | 'auto' = 'auto',
): Theme {
  if (!isTerminal) return 'none';
  if (wanted !== 'auto') return wanted;
  if (environment.NO_COLOR || environment.TERM === 'dumb') return 'none';
  const background = environment.COLORFGBG?.split(';').at(-1);
  return background === '7' || background === '15' ? 'light' : 'dark';
}
