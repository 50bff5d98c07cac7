/**
 * A problem as rows: the kind, what and why, then what to do next. A problem of a statement names line and column, shows the
 * line with a caret under the token (in cells, so that it also stands right after Chinese text), and the candidates.
 */
import { cellWidth, cutCells, takeCells, takeLastCells } from './cells.ts';
import { glyphsOf } from './glyphs.ts';
import type { Line, Role, Screen, Span } from './line.ts';
import { shown } from './shown.ts';
import { indent, roomOf, span, wrapLine } from './spans.ts';
import type { Place, ProblemView } from './view.ts';

const words: Readonly<Record<ProblemView['problem']['kind'], { readonly text: string; readonly role: Role }>> = {
  failed: { text: 'error', role: 'fail' },
  usage: { text: 'error', role: 'fail' },
  partial: { text: 'partial', role: 'warn' },
  refused: { text: 'refused', role: 'warn' },
  interrupted: { text: 'cancelled', role: 'dim' },
};

export function problemLines(view: ProblemView, screen: Screen): Line[] {
  const { problem, place, candidates, statement } = view;
  const word = words[problem.kind];
  const hang = 2 + word.text.length + 2;
  const where = [statement, place ? `line ${place.line}, column ${place.column}` : null].filter(Boolean).join(', ');
  const sentence: Line = [
    indent,
    span(word.text, word.role),
    span(`${where ? `  ${where}: ` : '  '}${shown(problem.message)}`.replace(`  ${word.text} `, ' ')),
  ];
  const room = roomOf(screen);
  const lines = wrapLine(sentence, room, hang);
  if (place) lines.push(...placeLines(place, hang, screen));
  if (candidates.length > 0) {
    const offered: Span[] = [span(' '.repeat(hang)), span('did you mean', 'dim')];
    for (const candidate of candidates) offered.push(span('  '), span(shown(candidate), 'accent'));
    offered.push(span(' ?', 'dim'));
    lines.push(...wrapLine(offered, room, hang));
  }
  if (problem.next !== undefined) {
    lines.push(...wrapLine([span(' '.repeat(hang)), span(shown(problem.next), 'accent')], room, hang));
  }
  return lines;
}

/** Cells of a shown line where the output has no width of its own: a pipe, a file. */
const widest = 160;

/** The line with the caret; a long line is shown around the token. */
function placeLines(place: Place, wantedHang: number, screen: Screen): Line[] {
  const { ellipsis } = glyphsOf(screen);
  const hang = Math.min(wantedHang, Math.max(0, roomOf(screen) - 12));
  const room = Math.min(roomOf(screen), widest) - hang;
  const characters = [...place.text];
  const before = visible(characters.slice(0, place.column - 1).join(''));
  const token = visible(characters.slice(place.column - 1, place.column - 1 + place.length).join(''));
  const after = visible(characters.slice(place.column - 1 + place.length).join(''));
  const carets = Math.max(1, Math.min(cellWidth(token), room));
  let lead = before;
  if (cellWidth(before) + carets > room) {
    const kept = Math.max(0, Math.min(Math.floor(room / 3), room - carets - cellWidth(ellipsis)));
    lead = (room > carets ? ellipsis : '') + takeLastCells(before, kept);
  }
  const text = cutCells(lead + token + after, room, ellipsis);
  const pad = span(' '.repeat(hang));
  const marks = '^'.repeat(Math.max(1, Math.min(carets, room - cellWidth(lead))));
  return [
    [pad, span(text)],
    [pad, span(' '.repeat(Math.min(cellWidth(lead), Math.max(0, room - 1)))), span(takeCells(marks, room), 'fail')],
  ];
}

/** A tab stands as one blank, so that the caret below counts the same cells. */
function visible(text: string): string {
  return shown(text.replaceAll('\t', ' '));
}
