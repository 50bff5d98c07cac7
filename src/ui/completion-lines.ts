/**
 * The list of completions as rows under the prompt: what can be taken, what it is, what it says; aligned under the word where the
 * window is wide enough, each row within it. A row of keys stands below where there is room.
 */
import { cellWidth, cutCells, padEndCells } from '../output/cells.ts';
import { glyphsOf } from '../output/glyphs.ts';
import type { Line, Screen, Span } from '../output/line.ts';
import { shown } from '../output/shown.ts';
import { joined, roomOf, span } from '../output/spans.ts';
import type { Candidate } from '../shell/completion/candidate.ts';
import type { List } from './completion.ts';

/** Rows of the list with its keys. */
const mostRows = 8;
/** Cells that a name or type takes at most, and those that a description is worth showing from. */
const widestName = 40;
const widestType = 18;
const fewestSays = 8;
/** For more of a description the rows do not leave their place under the word. */
const enoughSays = 32;

/** @param column the cell at which the completed word begins. @param rows how many rows there are. */
export function completionLines(list: List, screen: Screen, column: number, rows: number): readonly Line[] {
  const most = Math.min(mostRows, rows);
  if (most < 1) return [];
  const withKeys = most >= 3;
  const room = Math.min(list.items.length, withKeys ? most - 1 : most);
  const top = topOf(list, room);
  const items = list.items.slice(top, top + room);
  const cells = roomOf(screen);
  const glyphs = glyphsOf(screen);
  const parts = items.map(item => partsOf(item, glyphs.ellipsis));
  const width = (index: 0 | 1 | 2): number => Math.max(0, ...parts.map(part => cellWidth(part[index])));
  const nameWidth = Math.min(width(0), widestName, cells - 2);
  let kindWidth = width(1);
  let typeWidth = Math.min(width(2), widestType);
  const used = (): number => 2 + nameWidth + (kindWidth && kindWidth + 2) + (typeWidth && typeWidth + 2);
  if (used() > cells) typeWidth = 0;
  if (used() > cells) kindWidth = 0;
  const saysOf = (item: Candidate): string => (item.kind === 'code' ? '' : shown(item.says));
  const saysWidth = Math.max(0, ...items.map(item => cellWidth(saysOf(item))));
  const wanted = used() + (saysWidth && Math.min(saysWidth, enoughSays) + 2);
  // Under the word, moved to the left as far as the rows need it.
  const left = Math.max(0, Math.min(column - 2, cells - wanted));
  const saysRoom = cells - left - used() - 2;
  const lines = items.map((item, row): Line => {
    const [name, kind, type] = parts[row] as Parts;
    const selected = top + row === list.selected;
    const line: Span[] = [
      span(' '.repeat(left)),
      span(selected ? `${glyphs.pointer} ` : '  ', 'accent'),
      span(padEndCells(cutCells(name, nameWidth, glyphs.ellipsis), nameWidth), selected ? 'selected' : 'plain'),
    ];
    if (kindWidth > 0) line.push(span(`  ${padEndCells(kind, kindWidth)}`, 'dim'));
    if (typeWidth > 0) {
      line.push(span(`  ${padEndCells(cutCells(type, typeWidth, glyphs.ellipsis), typeWidth)}`, 'dim'));
    }
    const says = saysOf(item);
    if (says !== '' && saysRoom >= Math.min(fewestSays, cellWidth(says))) {
      line.push(span(`  ${cutCells(says, saysRoom, glyphs.ellipsis)}`, 'dim'));
    }
    return trimmed(line);
  });
  if (!withKeys) return lines;
  return [...lines, [span(' '.repeat(left + 2)), ...keysLine(list, glyphs.dot)]];
}

type Parts = readonly [name: string, kind: string, type: string];

/** Of a security the row is code, name, initials and board, as screens of the field have it. */
function partsOf(item: Candidate, ellipsis: string): Parts {
  const label = shown(item.label);
  if (item.kind === 'code') return [label, shown(item.says), `${item.also?.at(-1) ?? ''}  ${item.type}`.trim()];
  return [item.kind === 'function' ? `${label}(${ellipsis})` : label, item.kind, shown(item.type)];
}

function trimmed(line: readonly Span[]): Line {
  const last = line.at(-1);
  if (!last || last.role === 'selected') return line;
  return [...line.slice(0, -1), { ...last, text: last.text.trimEnd() }];
}

function topOf({ selected, items }: List, rows: number): number {
  if (selected === null) return 0;
  return Math.max(0, Math.min(selected - rows + 2, items.length - rows, selected));
}

function keysLine({ selected, total }: List, dot: string): Line {
  const key = (name: string, does: string): Line => [span(name, 'accent'), span(` ${does}`, 'dim')];
  const count = total.toLocaleString('en-US');
  if (selected === null) return joined([[span(count, 'dim')], key('Tab', 'takes'), key('Esc', 'closes')], dot);
  const place = `${(selected + 1).toLocaleString('en-US')} of ${count}`;
  return joined([[span(place, 'dim')], key('Enter', 'takes'), key('Esc', 'goes back')], dot);
}
