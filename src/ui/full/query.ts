/** A line of text typed into a view: a filter, a search, a row number. Pure: a key gives the next text, or null where it is none of its. */
import { graphemes } from '../../output/cells.ts';
import type { InputEvent } from '../keys.ts';

export function queryAfter(text: string, event: InputEvent): string | null {
  if (event.type === 'text') return text + event.text;
  if (event.type === 'paste') return text + event.text.replace(/\s+/g, ' ').trim();
  if (event.type !== 'key') return null;
  switch (event.key) {
    case 'backspace':
    case 'C-h':
      return graphemes(text).slice(0, -1).join('');
    case 'C-u':
      return '';
    case 'C-w':
    case 'M-backspace':
      return text.replace(/\S+\s*$/, '');
    default:
      return null;
  }
}
