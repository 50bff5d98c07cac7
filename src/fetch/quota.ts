/**
 * What is told of a provider's daily quota: the messages counted today and how many there may be. Quota belongs to the address that asks,
 * so on the public host what was sent with other files is in it.
 */
import type { SourceOptions } from '../source/source.ts';
import type { Database } from '../store/database.ts';
import { requestsToday } from '../store/requests.ts';
import type { Quota } from './events.ts';
import { sharedFile } from './limits.ts';
import { budgetOf, providerKey } from './provider.ts';

export async function quotaToday(
  database: Database,
  source: Pick<SourceOptions, 'endpoint' | 'budget'>,
  signal?: AbortSignal,
): Promise<Quota> {
  const { clock } = database;
  const stored = await requestsToday(database, providerKey(source.endpoint), clock.today(), signal);
  return { used: Math.max(stored, sharedCount(source, database)), budget: budgetOf(source) };
}

/** A file that cannot be read stops a run, where it is told; here it is left out. */
function sharedCount({ endpoint }: Pick<SourceOptions, 'endpoint'>, { clock }: Database): number {
  try {
    return sharedFile(endpoint, clock)?.known().used ?? 0;
  } catch {
    return 0;
  }
}
