/** What commands that look at the stored data work with. */
import type { Clock } from '../config/clock.ts';
import type { Calendar } from '../market/calendar.ts';
import type { Code } from '../market/code.ts';
import type { IsoDate } from '../market/date.ts';
import type { Database } from '../store/database.ts';
import type { Catalogue } from '../sync/catalogue.ts';
import type { CommandContext } from './command.ts';

export interface StoredMarket {
  readonly database: Database;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly calendar: Calendar;
}

export async function storedMarket({ engine }: Pick<CommandContext, 'engine'>): Promise<StoredMarket> {
  const { loadCatalogue } = await import('../sync/catalogue.ts');
  const { loadCalendar } = await import('../sync/trading-days.ts');
  const [database, clock] = await Promise.all([engine.database(), engine.clock()]);
  return { database, clock, catalogue: await loadCatalogue(database), calendar: await loadCalendar(database) };
}

/** Typed codes, names and `@lists`. @throws Problem `usage` for what is no one security. */
export async function codesTyped(
  inputs: readonly string[],
  { catalogue, database }: Pick<StoredMarket, 'catalogue' | 'database'>,
): Promise<readonly Code[]> {
  const { problemOf, resolveCodes } = await import('../sync/resolve.ts');
  const { withLists } = await import('../sync/named-lists.ts');
  const resolution = resolveCodes(await withLists(inputs, database), catalogue);
  const problem = problemOf(resolution);
  if (problem) throw problem;
  return resolution.codes.map(({ code }) => code);
}

/** A typed end of a range; null where none was. */
export async function dayTyped(
  text: string | undefined,
  edge: 'start' | 'end',
  { clock, calendar }: StoredMarket,
): Promise<IsoDate | null> {
  if (text === undefined) return null;
  const { parseDateArgument, resolveDate } = await import('../market/date-argument.ts');
  return resolveDate(parseDateArgument(text), { today: clock.today(), sessions: calendar, edge });
}
