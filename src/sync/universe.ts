/**
 * Which securities a sync is about: all that are listed, one kind of them, the members of an index, the codes of a file, or
 * those that were typed or saved under a name.
 */
import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../config/clock.ts';
import type { Code } from '../market/code.ts';
import { type IsoDate, toDays } from '../market/date.ts';
import { Problem } from '../market/problem.ts';
import type { DatasetTask, SourceName } from '../source/source.ts';
import type { Database } from '../store/database.ts';
import { readRefreshed } from '../store/refreshed.ts';
import { readText } from '../store/values.ts';
import type { Catalogue } from './catalogue.ts';
import { isList } from './named-lists.ts';
import { problemOf, type ResolvedCode, resolveCodes } from './resolve.ts';

export const indexNames = ['hs300', 'sz50', 'zz500'] as const;
export type IndexName = (typeof indexNames)[number];

export type Universe =
  | { readonly kind: 'all' | 'stocks' | 'index' | 'etf'; readonly text: string }
  | { readonly kind: 'members'; readonly index: IndexName; readonly text: string }
  /** Codes and names as typed, or as read from a list: a file, or one saved under a name. */
  | { readonly kind: 'typed'; readonly inputs: readonly string[]; readonly text: string; readonly isList: boolean };

/** Members change twice a year. */
const memberDays = 7;

/** @throws Problem `usage` for a word that is neither a universe nor a file. */
export async function readUniverse(names: readonly string[], codes: readonly string[]): Promise<Universe> {
  const words = names.flatMap(name => name.split(',')).filter(name => name.trim() !== '');
  if (words.length > 0 && codes.length > 0 && words.some(isName)) {
    throw new Problem('usage', 'sync takes either codes or --universe.', { next: 'sync --universe hs300' });
  }
  const [only] = words;
  if (words.length === 1 && only !== undefined) {
    const word = only.trim().toLowerCase();
    if (word === 'all' || word === 'stocks' || word === 'index' || word === 'etf') return { kind: word, text: word };
    const index = indexNames.find(name => name === word);
    if (index) return { kind: 'members', index, text: index };
    if (await isFile(only)) {
      return { kind: 'typed', inputs: await codesOfFile(only), text: only, isList: true };
    }
  }
  const inputs = [...words, ...codes];
  if (inputs.length === 0) return { kind: 'stocks', text: 'stocks' };
  return {
    kind: 'typed',
    inputs,
    text: inputs.length === 1 ? (inputs[0] as string) : `${inputs.length} codes`,
    isList: inputs.every(isList),
  };
}

function isName(word: string): boolean {
  return ['all', 'stocks', 'index', 'etf', ...indexNames].includes(word.trim().toLowerCase());
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isFile(),
    () => false,
  );
}

/** One code or name a line, or several with commas; `#` begins a remark. */
async function codesOfFile(path: string): Promise<string[]> {
  const text = (await readFile(path, 'utf8')).replace(/^\ufeff/, '');
  const inputs = text
    .split(/\r?\n/)
    .map(line => line.replace(/#.*$/, ''))
    .flatMap(line => line.split(/[,;\t]/))
    .map(word => word.trim())
    .filter(word => word !== '' && word.toLowerCase() !== 'code');
  if (inputs.length > 0) return inputs;
  throw new Problem('usage', `${path} holds no codes.`, { next: 'write one code a line' });
}

/** What must be asked for before the universe is known. */
export async function staleMembers(
  database: Database,
  universe: Universe,
  clock: Clock,
  source: SourceName,
): Promise<DatasetTask[]> {
  if (universe.kind !== 'members') return [];
  const today = toDays(clock.today());
  const fresh = (await readRefreshed(database, 'index-members')).some(
    ({ params, day, source: from }) =>
      from === source &&
      params.date === undefined &&
      (params.index === undefined || params.index === universe.index) &&
      today - toDays(day) < memberDays,
  );
  return fresh ? [] : [{ kind: 'dataset', id: -3, dataset: 'index-members', params: { index: universe.index } }];
}

export interface UniverseCodes {
  readonly codes: readonly Code[];
  /** What typed inputs were taken for. */
  readonly resolved: readonly ResolvedCode[];
}

/**
 * The codes of a universe within a range of days.
 *
 * @param members newest members of the index, where they are not stored
 * @throws Problem `usage` for inputs that are no one security, `failed` where catalogue or members are empty
 */
export async function codesOfUniverse(
  database: Database,
  universe: Universe,
  catalogue: Catalogue,
  range: { readonly from: IsoDate; readonly to: IsoDate },
  members?: readonly Code[],
): Promise<UniverseCodes> {
  if (universe.kind === 'typed') {
    const resolution = resolveCodes(universe.inputs, catalogue);
    const problem = problemOf(resolution);
    if (problem) throw problem;
    return { codes: resolution.codes.map(({ code }) => code), resolved: resolution.codes };
  }
  if (universe.kind === 'members') {
    const codes = members ?? (await storedMembers(database, universe.index));
    if (codes.length > 0) return { codes, resolved: [] };
    throw new Problem('failed', `the provider gave no members of ${universe.index}.`, { next: 'try again later' });
  }
  const wanted = universe.kind === 'all' ? ['stock', 'index', 'etf'] : [kindOf[universe.kind]];
  const codes = [...catalogue.all()]
    .filter(({ kind }) => wanted.includes(kind))
    .filter(
      ({ listed, delisted }) =>
        (listed === null || listed <= range.to) && (delisted === null || delisted >= range.from),
    )
    .map(({ code }) => code)
    .sort();
  if (codes.length > 0) return { codes, resolved: [] };
  if (catalogue.size > 0) {
    throw new Problem(
      'failed',
      `the provider's catalogue has nothing of ${universe.text} that was listed from ${range.from} to ${range.to}`,
      { next: 'instruments QUERY  looks into it' },
    );
  }
  throw new Problem('failed', "the provider's catalogue came empty, so there is nothing to sync", {
    next: 'name codes, or try again later',
  });
}

const kindOf = { stocks: 'stock', index: 'index', etf: 'etf' } as const;

async function storedMembers(database: Database, index: IndexName): Promise<Code[]> {
  const { rows } = await database.pool.query(
    `select code from index_members where index_name = $index
      and valid_to = (select max(valid_to) from index_members where index_name = $index) order by code`,
    { index },
    { tag: 'universe' },
  );
  return rows.map(([code]) => readText(code) as Code);
}
