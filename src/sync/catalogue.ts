/**
 * The stored catalogue: every security that the provider names, found by code, by digits, by name and by pinyin initials. It
 * is the authority where the exchanges' numbering is only a hint. Names are compared without blanks, in half width, and
 * without regard to case.
 */
import { type Code, classify, digitsOf, isCode, type SecurityKind } from '../market/code.ts';
import { type CodeChange, knownChanges } from '../market/code-changes.ts';
import { addDays, type IsoDate } from '../market/date.ts';
import { fold } from '../market/fold.ts';
import type { Database } from '../store/database.ts';
import { readDate, readText } from '../store/values.ts';

export interface Instrument {
  readonly code: Code;
  readonly name: string;
  /** Initials of the name; empty where they are not known. */
  readonly pinyin: string;
  readonly kind: SecurityKind;
  /** First session; `null` where the provider does not say. */
  readonly listed: IsoDate | null;
  /** Last day on the exchange; `null` while listed. */
  readonly delisted: IsoDate | null;
}

/** A name as it is compared. */
export function nameKey(name: string): string {
  return fold(name).replace(/\s+/g, '').toLowerCase();
}

export class Catalogue {
  readonly #byCode: ReadonlyMap<Code, Instrument>;
  #byDigits: Map<string, Instrument[]> | null = null;
  #keys: readonly (readonly [key: string, instrument: Instrument])[] | null = null;

  readonly #became: ReadonlyMap<Code, CodeChange>;
  readonly #was: ReadonlyMap<Code, CodeChange>;

  constructor(instruments: Iterable<Instrument>, changes: readonly CodeChange[] = knownChanges) {
    this.#became = new Map(changes.map(change => [change.old, change]));
    this.#was = new Map(changes.map(change => [change.new, change]));
    this.#byCode = new Map([...instruments].map(instrument => [instrument.code, this.#ended(instrument)]));
  }

  /** Under its old code a security left the exchange on the day before the change, whatever the provider says. */
  #ended(instrument: Instrument): Instrument {
    const change = this.#became.get(instrument.code);
    if (!change || (instrument.delisted !== null && instrument.delisted < change.since)) return instrument;
    return { ...instrument, delisted: addDays(change.since, -1) };
  }

  /** What the code became. */
  became(code: Code): CodeChange | undefined {
    return this.#became.get(code);
  }

  /** What the code was before. */
  was(code: Code): CodeChange | undefined {
    return this.#was.get(code);
  }

  get changes(): Iterable<CodeChange> {
    return this.#became.values();
  }

  get size(): number {
    return this.#byCode.size;
  }

  all(): Iterable<Instrument> {
    return this.#byCode.values();
  }

  get(code: Code): Instrument | undefined {
    return this.#byCode.get(code);
  }

  /** What the catalogue calls a code, else what the exchanges' numbering says. */
  kindOf(code: Code): SecurityKind {
    return this.#byCode.get(code)?.kind ?? classify(code).kind;
  }

  /** All securities with these six digits, whatever their exchange. */
  withDigits(digits: string): readonly Instrument[] {
    if (!this.#byDigits) {
      this.#byDigits = new Map();
      for (const instrument of this.#byCode.values()) {
        const known = this.#byDigits.get(digitsOf(instrument.code));
        if (known) known.push(instrument);
        else this.#byDigits.set(digitsOf(instrument.code), [instrument]);
      }
    }
    return this.#byDigits.get(digits) ?? [];
  }

  named(name: string): readonly Instrument[] {
    const wanted = nameKey(name);
    return this.#named().flatMap(([key, instrument]) => (key === wanted ? [instrument] : []));
  }

  /** Securities whose name holds the text, or whose initials are it. */
  matching(text: string): readonly Instrument[] {
    const wanted = nameKey(text);
    if (wanted === '') return [];
    return this.#named().flatMap(([key, instrument]) =>
      key.includes(wanted) || instrument.pinyin === wanted ? [instrument] : [],
    );
  }

  /** Names nearest to a text that matches none: those that share most characters with it, then most initials. */
  nearest(text: string, most = 3): readonly Instrument[] {
    const wanted = nameKey(text);
    const initials = /^[a-z]+$/.test(wanted);
    return this.#named()
      .map(([key, instrument]) => ({ instrument, score: similarity(wanted, initials ? instrument.pinyin : key) }))
      .filter(({ score }) => score >= 0.4)
      .sort((a, b) => b.score - a.score || (a.instrument.code < b.instrument.code ? -1 : 1))
      .slice(0, most)
      .map(({ instrument }) => instrument);
  }

  /** Stocks that were listed at some time between two days, in order of code; never indices or funds. */
  stocks(from: IsoDate, to: IsoDate): Code[] {
    return [...this.#byCode.values()]
      .filter(({ kind }) => kind === 'stock')
      .filter(({ listed, delisted }) => (listed === null || listed <= to) && (delisted === null || delisted >= from))
      .map(({ code }) => code)
      .sort();
  }

  /** How many stocks were listed only after a day. */
  stocksListedAfter(day: IsoDate): number {
    return [...this.#byCode.values()].filter(({ kind, listed }) => kind === 'stock' && listed !== null && listed > day)
      .length;
  }

  #named(): readonly (readonly [string, Instrument])[] {
    this.#keys ??= [...this.#byCode.values()].map(instrument => [nameKey(instrument.name), instrument] as const);
    return this.#keys;
  }
}

/** 0 … 1: shared characters and shared neighbours of two texts (Dice's coefficient over both). */
function similarity(a: string, b: string): number {
  const parts = (text: string): string[] => {
    const characters = [...text];
    return [...characters, ...characters.slice(1).map((character, index) => `${characters[index]}${character}`)];
  };
  const [left, right] = [parts(a), parts(b)];
  if (left.length === 0 || right.length === 0) return 0;
  const rest = [...right];
  let shared = 0;
  for (const part of left) {
    const index = rest.indexOf(part);
    if (index < 0) continue;
    rest.splice(index, 1);
    shared++;
  }
  return (2 * shared) / (left.length + right.length);
}

const kinds: readonly string[] = ['stock', 'index', 'etf', 'fund', 'bond'];

/** The provider's kind of a security, or that of its number where the provider has no word for it; never a stock then. */
export function kindFrom(stored: string | null, code: Code): SecurityKind {
  if (stored !== null && kinds.includes(stored)) return stored as SecurityKind;
  const { kind } = classify(code);
  return stored !== null && kind === 'stock' ? 'unknown' : kind;
}

/** Reads `instruments`; an empty catalogue where nothing is stored. */
export async function loadCatalogue(database: Database): Promise<Catalogue> {
  const { rows } = await database.pool.query(
    'select code, name, pinyin, kind, list_date, delist_date from instruments order by code',
    undefined,
    { tag: 'catalogue' },
  );
  return new Catalogue(
    rows.flatMap(row => {
      const code = readText(row[0]) ?? '';
      if (!isCode(code)) return [];
      return [
        {
          code,
          name: readText(row[1]) ?? '',
          pinyin: readText(row[2]) ?? '',
          kind: kindFrom(readText(row[3]), code),
          listed: readDate(row[4]),
          delisted: readDate(row[5]),
        },
      ];
    }),
    await readChanges(database),
  );
}

async function readChanges(database: Database): Promise<CodeChange[]> {
  const { rows } = await database.pool.query('select old_code, new_code, since, source from meta.aliases', undefined, {
    tag: 'catalogue',
  });
  return rows.flatMap(([old, now, since, source]) => {
    const day = readDate(since);
    const [before, after] = [readText(old) ?? '', readText(now) ?? ''];
    return day && isCode(before) && isCode(after)
      ? [{ old: before, new: after, since: day, source: readText(source) ?? '' }]
      : [];
  });
}
