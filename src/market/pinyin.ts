/**
 * Pinyin initials of security names, as the field's terminals search by them: 贵州茅台 → gzmt, 平安银行 → payh. Characters
 * with several readings are read by the words around them. The dictionary takes about 35 ms to load, so it is loaded only
 * where names arrive.
 */
import { fold } from './fold.ts';

export type Initials = (name: string) => string;

/** Words of listed names that the dictionary reads by their commoner sense. */
const readings: Readonly<Record<string, string>> = { 藏格: 'zàng gé', 会稽: 'kuài jī' };

let loading: Promise<Initials> | undefined;

/** Initials in lower case, with the letters and digits of the name kept and everything else dropped; `''` if nothing stays. */
export function loadInitials(): Promise<Initials> {
  loading ??= import('pinyin-pro').then(({ pinyin, customPinyin }) => {
    customPinyin({ ...readings });
    return name => {
      const letters = pinyin(fold(name), { pattern: 'first', toneType: 'none', type: 'array', nonZh: 'consecutive' });
      return letters
        .join('')
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '');
    };
  });
  return loading;
}
