/** The last row of a view: which key does what. Where not all fits, the keys named last go first, but the way out stays. */
import { glyphsOf } from '../../output/glyphs.ts';
import type { Line, Screen } from '../../output/line.ts';
import { indent, joined, lineWidth, roomOf, span } from '../../output/spans.ts';

export type KeyHint = readonly [key: string, does: string];

/** The last hint is the way out. */
export function keyFoot(hints: readonly KeyHint[], screen: Screen): Line {
  const { dot } = glyphsOf(screen);
  const parts = hints.map(([key, does]): Line => [span(key, 'accent'), span(` ${does}`, 'dim')]);
  const whole = (kept: readonly Line[]): Line => [indent, ...joined(kept, dot)];
  const out = parts.slice(-1);
  let kept = parts.slice(0, -1);
  while (kept.length > 0 && lineWidth(whole([...kept, ...out])) > roomOf(screen)) kept = kept.slice(0, -1);
  return whole([...kept, ...out]);
}

/** Words on the left and on the right of a row; the right ones give way. */
export function headRow(left: Line, right: Line, screen: Screen): Line {
  const blanks = roomOf(screen) - lineWidth(left) - lineWidth(right);
  return blanks >= 2 ? [...left, span(' '.repeat(blanks)), ...right] : left;
}
