/**
 * What a terminal emulator shows, as an SVG: a grid of cells, each run of text as wide as its cells whatever the reader's font, Chinese
 * and box-drawing characters included. Colours are those of the picture's palette, so that it looks the same everywhere.
 */
import type { IBufferCell, Terminal } from '@xterm/headless';

export type Look = 'dark' | 'light';

interface Palette {
  readonly back: string;
  readonly fore: string;
  /** The sixteen that a terminal's owner chooses. */
  readonly base: readonly string[];
}

const palettes: Readonly<Record<Look, Palette>> = {
  dark: {
    back: '#16181d',
    fore: '#d8dce3',
    base: (
      '#16181d #e0625c #6fbf73 #d9b25f #6f9fe0 #c58fd6 #5cc4cf #c8ccd4 ' +
      '#6b7280 #ef7d77 #8ad08e #e8c67c #8fb5ec #d6a6e4 #7dd6df #f2f4f8'
    ).split(' '),
  },
  light: {
    back: '#fdfdfb',
    fore: '#22262d',
    base: (
      '#22262d #b3261e #1f7a33 #8a5a00 #1f55a8 #7a2c8f #0b6b78 #6b7280 ' +
      '#4b5563 #c9302c #2c8a40 #9a6700 #2f66bb #8e3ca5 #167d8b #fdfdfb'
    ).split(' '),
  },
};

const cellWidth = 8.4;
const cellHeight = 18;
const baseline = 13.5;
const margin = 10;

interface Style {
  readonly fore: string;
  readonly back: string | null;
  readonly bold: boolean;
}

/** The window of the emulator with its cursor. `title`: what who cannot see it is told. */
export function svgOf(terminal: Terminal, look: Look, title: string): string {
  const { cols, rows, buffer } = terminal;
  const { active } = buffer;
  const palette = palettes[look];
  const shapes: string[] = [];
  const texts: string[] = [];
  for (let y = 0; y < rows; y++) {
    const line = active.getLine(active.baseY + y);
    if (!line) continue;
    const top = margin + y * cellHeight;
    let run: { x: number; cells: number; text: string; style: Style } | null = null;
    const flush = (): void => {
      if (run) texts.push(textOf(run.x, top, run.cells, run.text, run.style, palette));
      run = null;
    };
    for (let x = 0; x < cols; x++) {
      const cell = line.getCell(x);
      const width = cell?.getWidth() ?? 0;
      if (!cell || width === 0) continue;
      const style = styleOf(cell, palette);
      const text = cell.getChars();
      if (style.back !== null) shapes.push(rectangle(x, top, width, style.back));
      if (text === '' || text === ' ') {
        flush();
        continue;
      }
      const plain: boolean = width === 1 && /^[\x21-\x7e]$/.test(text);
      // Only what every font draws one cell wide is drawn together.
      if (run && plain && same(run.style, style) && run.x + run.cells === x) {
        run.text += text;
        run.cells += 1;
        continue;
      }
      flush();
      run = { x, cells: width, text, style };
      if (!plain) flush();
    }
    flush();
  }
  const cursor = `<rect x="${at(active.cursorX)}" y="${margin + active.cursorY * cellHeight}" width="1.6" height="${cellHeight}" fill="${palette.fore}"/>`;
  const width = round(2 * margin + cols * cellWidth);
  const height = 2 * margin + rows * cellHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${title}</title>`,
    `<rect width="100%" height="100%" rx="6" fill="${palette.back}"/>`,
    ...shapes,
    `<g font-family="'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,'Noto Sans Mono CJK SC','PingFang SC','Microsoft YaHei',monospace" font-size="14" fill="${palette.fore}" xml:space="preserve">`,
    ...texts,
    '</g>',
    cursor,
    '</svg>',
    '',
  ].join('\n');
}

function same(one: Style, other: Style): boolean {
  return one.fore === other.fore && one.back === other.back && one.bold === other.bold;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function at(x: number): number {
  return round(margin + x * cellWidth);
}

function rectangle(x: number, top: number, cells: number, fill: string): string {
  return `<rect x="${at(x)}" y="${top}" width="${round(cells * cellWidth)}" height="${cellHeight}" fill="${fill}"/>`;
}

function textOf(x: number, top: number, cells: number, text: string, style: Style, { fore }: Palette): string {
  const drawn = blockOf(text, x, top, style.fore);
  if (drawn) return drawn;
  const fill = style.fore === fore ? '' : ` fill="${style.fore}"`;
  const weight = style.bold ? ' font-weight="bold"' : '';
  const escaped = text.replace(/[&<>]/g, character => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? '');
  // A wide character keeps its shape; a run of narrow ones is as wide as its cells.
  const fitted =
    text.length > 1 && cells > 2 ? ` textLength="${round(cells * cellWidth)}" lengthAdjust="spacingAndGlyphs"` : '';
  return `<text x="${at(x)}" y="${top + baseline}"${fill}${weight}${fitted}>${escaped}</text>`;
}

/** Blocks and lines are shapes of the grid: no font joins them without a gap. */
function blockOf(text: string, x: number, top: number, fill: string): string | null {
  const box = (left: number, up: number, width: number, height: number): string =>
    `<rect x="${round(at(x) + left * cellWidth)}" y="${round(top + up * cellHeight)}" width="${round(width * cellWidth + 0.1)}" height="${round(height * cellHeight)}" fill="${fill}"/>`;
  const level = '▁▂▃▄▅▆▇█'.indexOf(text);
  if (level >= 0) return box(0, 1 - (level + 1) / 8, 1, (level + 1) / 8);
  if (text === '─' || text === '━') return box(0, text === '━' ? 0.43 : 0.47, 1, text === '━' ? 0.14 : 0.06);
  if (text === '┤') return box(0.46, 0, 0.08, 1) + box(0, 0.47, 0.5, 0.06);
  const arms = uprights[text];
  if (!arms) return null;
  return arms.map((width, half) => (width === 0 ? '' : box(0.5 - width / 2, half / 2, width, 0.5))).join('');
}

/** Widths of the upper and the lower half of an upright line, in parts of a cell. */
const uprights: Readonly<Record<string, readonly [number, number]>> = {
  '│': [0.1, 0.1],
  '┃': [0.26, 0.26],
  '╷': [0, 0.1],
  '╵': [0.1, 0],
  '╻': [0, 0.26],
  '╹': [0.26, 0],
  '╽': [0.1, 0.26],
  '╿': [0.26, 0.1],
};

function styleOf(cell: IBufferCell, palette: Palette): Style {
  const fore = colourOf(cell.isFgDefault() ? null : cell.getFgColor(), cell.isFgRGB(), palette) ?? palette.fore;
  const back = colourOf(cell.isBgDefault() ? null : cell.getBgColor(), cell.isBgRGB(), palette);
  const bold = cell.isBold() !== 0;
  return cell.isInverse() !== 0 ? { fore: back ?? palette.back, back: fore, bold } : { fore, back, bold };
}

function colourOf(colour: number | null, isRgb: boolean, { base }: Palette): string | null {
  if (colour === null) return null;
  const hex = (parts: readonly number[]): string =>
    `#${parts.map(part => part.toString(16).padStart(2, '0')).join('')}`;
  if (isRgb) return hex([(colour >> 16) & 255, (colour >> 8) & 255, colour & 255]);
  if (colour < 16) return base[colour] ?? null;
  if (colour >= 232) return hex(Array.from({ length: 3 }, () => 8 + 10 * (colour - 232)));
  const steps = [0, 95, 135, 175, 215, 255];
  return hex([36, 6, 1].map(weight => steps[Math.floor((colour - 16) / weight) % 6] ?? 0));
}
