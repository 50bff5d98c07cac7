/** The first start of the demo loads some well-known codes, so that SQL has something to read at once. */
import type { CommandResult } from './command.ts';
import { demoStart } from './demo.ts';
import type { Engine } from './engine.ts';
import type { Jobs } from './jobs.ts';

/** Half a year: the tour's `fetch … --from -1y` still has something to ask for. */
const from = '-6m';

const what = 'fetch (first codes of the demo)';

/** Null where they were loaded before. */
export async function loadDemo(engine: Engine, jobs: Jobs, signal: AbortSignal): Promise<CommandResult | null> {
  const database = await engine.database();
  if (engine.readOnly) return null;
  const { rows } = await database.pool.query(
    `select 1 from meta.runs where what = $what and "end" = 'ok' limit 1`,
    { what },
    { tag: 'demo' },
  );
  if (rows.length > 0) return null;
  const [clock, source, workers] = await Promise.all([engine.clock(), engine.source(), engine.workers()]);
  return jobs.start({
    what,
    signal,
    begin: async () => {
      const { fetchBars } = await import('../sync/fetch.ts');
      const request = { database, clock, source, workers, what, securities: demoStart, from, period: 'd' as const };
      return (await fetchBars(request)).handle;
    },
    view: async summary => ({ kind: 'run', summary, names: {}, used: null, budget: null, remarks: {} }),
  });
}
