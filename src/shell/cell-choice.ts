/** Cells as they are typed: `3`, `3-7`, `2 5`, a name, `_3`, `stale`, `all`. */
import { Problem } from '../market/problem.ts';
import type { CellRecord } from './cell-record.ts';

/** In the order of the words, without repeats. @throws Problem `usage` for a cell that is not there. */
export function chosenCells(words: readonly string[], records: readonly CellRecord[]): CellRecord[] {
  const chosen = new Set<CellRecord>();
  for (const word of words) for (const record of meant(word, records)) chosen.add(record);
  return [...chosen];
}

function meant(word: string, records: readonly CellRecord[]): readonly CellRecord[] {
  if (word === 'all') return records;
  if (word === 'stale') return records.filter(({ stale }) => stale);
  const [, first, last] = /^_?(\d+)(?:-_?(\d+))?$/.exec(word) ?? [];
  if (first !== undefined && last !== undefined) {
    const range = records.filter(({ cell }) => cell >= Number(first) && cell <= Number(last));
    if (range.length === 0) throw new Problem('usage', `there is no cell from ${first} to ${last}.`, { next: 'cells' });
    return range;
  }
  const bare = word.replace(/^_/, '').toLowerCase();
  const one = records.find(({ cell, name }) => (first ? cell === Number(first) : name?.toLowerCase() === bare));
  if (!one) {
    const which = first ? `cell ${first}` : `cell called ${bare}`;
    throw new Problem('usage', `there is no ${which}.`, { next: 'cells  lists them' });
  }
  return [one];
}

/** The first line that says something, for lists. */
export function firstLine({ text, title }: Pick<CellRecord, 'text' | 'title'>): string {
  const line = text.split('\n').find(row => row.trim() !== '') ?? '';
  return title === null ? line.trim() : `${title}: ${line.trim()}`;
}

const aside = new Set([
  'cells',
  'rerun',
  'edit',
  'name',
  'let',
  'save',
  'open',
  'run',
  'report',
  'export',
  'view',
  'help',
  'quit',
  'exit',
]);

/** Whether a cell is only about the notebook itself: such a one is neither saved nor run again with others. */
export function isAside({ text }: Pick<CellRecord, 'text'>): boolean {
  const [, word] = /^\s*\.?([\p{L}]+)/u.exec(text) ?? [];
  return word !== undefined && aside.has(word.toLowerCase()) && !/^\s*\.?export\s+database\b/i.test(text);
}
