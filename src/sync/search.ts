/** Securities by whatever a person remembers of them, the likeliest first. */
import { readCode } from '../market/code.ts';
import { type Catalogue, type Instrument, nameKey } from './catalogue.ts';

/** By code or its digits, by part of the name, by initials from their beginning; exact hits before others, stocks before indices. */
export function searchCatalogue(catalogue: Catalogue, text: string): readonly Instrument[] {
  const wanted = nameKey(text);
  if (wanted === '') return [];
  const reading = readCode(text);
  const code = reading.kind === 'code' && !reading.bare ? reading.code : null;
  const rank = ({ code: own, name, pinyin }: Instrument): number | null => {
    if (code !== null) return own === code ? 0 : null;
    const key = nameKey(name);
    if (own === wanted || own.slice(3) === wanted || key === wanted || pinyin === wanted) return 0;
    if (own.includes(wanted) || key.startsWith(wanted)) return 1;
    if (key.includes(wanted) || (pinyin !== '' && pinyin.startsWith(wanted))) return 2;
    return null;
  };
  return [...catalogue.all()]
    .flatMap(instrument => {
      const found = rank(instrument);
      return found === null ? [] : [{ instrument, order: found * 2 + (instrument.kind === 'stock' ? 0 : 1) }];
    })
    .sort((a, b) => a.order - b.order || (a.instrument.code < b.instrument.code ? -1 : 1))
    .map(({ instrument }) => instrument);
}
