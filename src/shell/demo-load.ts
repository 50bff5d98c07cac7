/** The first start of the demo loads some well-known codes, so that SQL has something to read at once. */
import { fetchBars } from '../sync/fetch.ts';
import type { CommandResult } from './command.ts';
import { demoStart } from './demo.ts';
import type { Engine } from './engine.ts';
import type { Jobs } from './jobs.ts';

/** Half a year: the tour's `fetch … --from -1y` still has something to ask for. */
const from = '-6m';

/** Null where the demo's file holds a run already. */
export async function loadDemo(engine: Engine, jobs: Jobs, signal: AbortSignal): Promise<CommandResult | null> {
  const database = await engine.database();
  const { rows } = await database.pool.query('select 1 from meta.runs limit 1', undefined, { tag: 'demo' });
  if (rows.length > 0 || engine.readOnly) return null;
  const [clock, source, workers] = await Promise.all([engine.clock(), engine.source(), engine.workers()]);
  return jobs.start({
    what: 'fetch (first codes of the demo)',
    signal,
    begin: async () => {
      const what = 'fetch (first codes of the demo)';
      const request = { database, clock, source, workers, what, securities: demoStart, from, period: 'd' as const };
      return (await fetchBars(request)).handle;
    },
    view: async summary => ({ kind: 'run', summary, names: {}, used: null, budget: null, remarks: {} }),
  });
}
