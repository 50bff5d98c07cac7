/** The last row of a view: which key does what. Where not all fits, those of the least worth are left out. */
import { glyphsOf } from '../../output/glyphs.ts';
import type { Line, Screen } from '../../output/line.ts';
import { indent, joined, lineWidth, roomOf, span } from '../../output/spans.ts';

/** A key and what it does; those of the least worth go first. Default: as much as any. */
export type KeyHint = readonly [key: string, does: string, worth?: number];

/** The last hint is the way out: it stays. */
export function keyFoot(hints: readonly KeyHint[], screen: Screen): Line {
  const { dot } = glyphsOf(screen);
  const line = (kept: readonly KeyHint[]): Line => [
    indent,
    ...joined(
      kept.map(([key, does]) => [span(key, 'accent'), span(` ${does}`, 'dim')]),
      dot,
    ),
  ];
  let kept = hints;
  while (kept.length > 1 && lineWidth(line(kept)) > roomOf(screen)) {
    const worths = kept.slice(0, -1).map(([, , worth = 9]) => worth);
    kept = kept.toSpliced(worths.lastIndexOf(Math.min(...worths)), 1);
  }
  return line(kept);
}

/** Words on the left and on the right of a row; the right ones give way. */
export function headRow(left: Line, right: Line, screen: Screen): Line {
  const blanks = roomOf(screen) - lineWidth(left) - lineWidth(right);
  return blanks >= 2 ? [...left, span(' '.repeat(blanks)), ...right] : left;
}
