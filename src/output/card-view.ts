/** A security's card: what it is, its last session, its way over the last sixty, and what is stored of it. */
import { sparkline } from '../chart/spark.ts';
import type { Code } from '../market/code.ts';
import { glyphsOf } from './glyphs.ts';
import type { Line, Role, Screen } from './line.ts';
import { shown } from './shown.ts';
import { indent, joined, roomOf, span, wrapLine } from './spans.ts';

export interface CardView {
  readonly kind: 'card';
  readonly code: Code;
  /** Null where no catalogue knows it. */
  readonly name: string | null;
  readonly security: string;
  readonly board: string | null;
  readonly industry: string | null;
  readonly listed: string | null;
  readonly delisted: string | null;
  /** The last stored session; prices in yuan as traded, `change` and `turn` in percent, `amount` in yuan. */
  readonly last: CardDay | null;
  /** Forward-adjusted closes of the last sessions, oldest first. */
  readonly closes: readonly (number | null)[];
  readonly stored: {
    readonly first: string;
    readonly last: string;
    readonly rows: number;
    /** Published sessions after it; null where the calendar does not tell. */
    readonly behind: number | null;
  } | null;
  /** How the typed text was understood, where it could be otherwise. */
  readonly remark: string | null;
}

export interface CardDay {
  readonly date: string;
  readonly close: number | null;
  readonly change: number | null;
  readonly turn: number | null;
  readonly amount: number | null;
  readonly pe: number | null;
  readonly pb: number | null;
  readonly suspended: boolean;
}

const boards: Readonly<Record<string, string>> = {
  main: 'main board',
  star: 'STAR board',
  chinext: 'ChiNext',
  bse: 'Beijing',
};

export function cardLines(view: CardView, screen: Screen): Line[] {
  const { dot, ellipsis } = glyphsOf(screen);
  const room = roomOf(screen);
  const { code, name, security, board, industry, listed, delisted, stored, remark } = view;
  const lines = wrapLine(
    [
      indent,
      ...joined(
        [
          [span(code, 'bold'), ...(name === null ? [] : [span(`  ${shown(name)}`, 'bold')])],
          [span((board && boards[board]) ?? board ?? security)],
          ...(industry ? [[span(shown(industry))]] : []),
          ...(listed ? [[span(`listed ${listed}`)]] : []),
          ...(delisted ? [[span(`left the exchange ${delisted}`, 'warn')]] : []),
        ],
        dot,
      ),
    ],
    room,
    4,
  );
  if (remark) lines.push([indent, span(shown(remark), 'dim')]);
  if (view.last) lines.push(...wrapLine(dayLine(view.last, security), room, 4));
  const spark = sparkLine(view, screen);
  if (spark) lines.push(spark);
  if (!stored) {
    lines.push([indent, span('nothing is stored of it  '), span(`fetch ${code}`, 'accent'), span('  brings it')]);
    return lines;
  }
  const { first, last, behind } = stored;
  const standing: Line[] = [
    [span(`stored daily ${first} ${ellipsis === '…' ? '…' : '..'} ${last}`, 'dim')],
    ...(behind === null ? [] : [[span(`${behind} behind`, behind > 0 ? 'warn' : 'dim')]]),
    [span('chart  gaps  sync', 'accent')],
  ];
  lines.push(...wrapLine([indent, ...joined(standing, dot)], room, 4));
  return lines;
}

function dayLine({ date, close, change, turn, amount, pe, pb, suspended }: CardDay, security: string): Line {
  const rising: Role = change === null || change === 0 ? 'plain' : change > 0 ? 'up' : 'down';
  const parts = [
    [span(close === null ? '-' : close.toFixed(digitsOf(security)), rising)],
    ...(change === null ? [] : [[span(`${change > 0 ? '+' : ''}${change.toFixed(2)} %`, rising)]]),
  ];
  const rest = [
    date,
    ...(suspended ? ['suspended'] : []),
    ...(turn === null || suspended ? [] : [`turn ${turn.toFixed(2)} %`]),
    ...(amount === null || suspended ? [] : [`${(amount / 1e8).toFixed(2)} 亿`]),
    ...(pe === null ? [] : [`PE ${pe.toFixed(1)}`]),
    ...(pb === null ? [] : [`PB ${pb.toFixed(1)}`]),
  ];
  return [indent, ...(parts[0] ?? []), span('  '), ...(parts[1] ?? []), span(`   ${rest.join('   ')}`)];
}

function sparkLine({ closes, security }: CardView, screen: Screen): Line | null {
  const known = closes.filter(close => close !== null);
  if (known.length < 2) return null;
  const { ellipsis } = glyphsOf(screen);
  const digits = digitsOf(security);
  const between = ellipsis === '…' ? ' … ' : ' .. ';
  const words = `  ${closes.length} sessions qfq, ${Math.min(...known).toFixed(digits)}${between}${Math.max(...known).toFixed(digits)}`;
  const cells = Math.min(60, Math.max(8, roomOf(screen) - 4 - words.length));
  return [indent, span(sparkline(closes, cells, screen.glyphs)), span(words, 'dim')];
}

/** Funds are quoted to a tenth of a cent. */
function digitsOf(security: string): number {
  return security === 'etf' || security === 'fund' || security === 'bond' ? 3 : 2;
}

export function cardShape(view: CardView): Record<string, unknown> {
  const { kind: _, security, ...shape } = view;
  return { ...shape, kind: security };
}
