/** A run of bars as commands start it: what it is asked with, and what is shown of it at its end. */
import type { RunSummary } from '../fetch/events.ts';
import { budgetOf } from '../fetch/provider.ts';
import type { RunView } from '../output/view.ts';
import type { SourceOptions } from '../source/source.ts';
import type { Database } from '../store/database.ts';
import type { MarketNews } from '../sync/news.ts';
import type { ResolvedCode } from '../sync/resolve.ts';
import type { CommandContext, CommandResult } from './command.ts';

/** Options that every command with a run has. */
export interface RunCommandOptions {
  readonly workers: number | undefined;
  readonly acceptProviderRule: boolean | undefined;
}

export const acceptRule = {
  type: 'boolean',
  describe: "more than one worker on the provider's own host, at your risk",
} as const;

export const workersOption = { type: 'number', describe: 'N login sessions at once, 1 to 16' } as const;

/** What a run is asked with, whatever it fetches. */
export async function runBasis(
  { engine, line }: Pick<CommandContext, 'engine' | 'line'>,
  options: RunCommandOptions = { workers: undefined, acceptProviderRule: undefined },
) {
  const workers = await engine.workers(options.workers);
  const [database, clock, source] = await Promise.all([engine.database(), engine.clock(), engine.source()]);
  const acceptProviderRule = options.acceptProviderRule ?? engine.settings.acceptProviderRule.value;
  return { database, clock, source, workers, what: line, acceptProviderRule };
}

export type RunBasis = Awaited<ReturnType<typeof runBasis>>;

export interface Begun {
  readonly handle: Parameters<CommandContext['jobs']['start']>[0]['begin'] extends () => Promise<infer H> ? H : never;
  resolved(): readonly ResolvedCode[] | null;
  readonly notListed?: () => number;
  readonly news?: () => Promise<MarketNews | null>;
}

/** Starts a run as a job, or waits for its end where there is no live prompt. */
export function startBars(
  context: CommandContext,
  basis: RunBasis,
  begin: () => Promise<Begun>,
): Promise<CommandResult> {
  let begun: Begun | null = null;
  return context.jobs.start({
    what: context.line,
    signal: context.signal,
    begin: async () => {
      begun = await begin();
      return begun.handle;
    },
    view: async summary => {
      const notListed = begun?.notListed?.() ?? 0;
      const view = {
        ...(await runView(summary, basis, begun?.resolved() ?? [])),
        ...(notListed > 0 ? { notListed } : {}),
      };
      const news = (await begun?.news?.()) ?? null;
      return news === null ? view : { ...view, news };
    },
  });
}

const mostNamed = 50;

export async function runView(
  summary: RunSummary,
  { database, source }: { readonly database: Database; readonly source: SourceOptions },
  resolved: readonly ResolvedCode[],
): Promise<RunView> {
  const shown =
    summary.codes.length <= 10 ? summary.codes : summary.codes.filter(({ outcome }) => isFailure(outcome?.class));
  const { quotaToday } = await import('../fetch/quota.ts');
  const budget = budgetOf(source);
  return {
    kind: 'run',
    summary,
    names: await namesOf(
      database,
      shown.slice(0, mostNamed).map(({ code }) => code),
    ),
    used: budget === null ? null : (await quotaToday(database, source)).used,
    budget,
    remarks: Object.fromEntries(resolved.flatMap(({ code, note }) => (note === undefined ? [] : [[code, note]]))),
  };
}

function isFailure(name: string | undefined): boolean {
  return name !== undefined && name !== 'ok' && name !== 'ok-empty';
}

/** Names of codes, as far as the catalogue has them. */
export async function namesOf(database: Database, codes: readonly string[]): Promise<Record<string, string>> {
  if (codes.length === 0) return {};
  const { rows } = await database.pool.query(
    'select code, name from main.instruments where code in (select unnest($codes::varchar[]))',
    { codes },
    { tag: 'names' },
  );
  return Object.fromEntries(rows.map(([code, name]) => [String(code), String(name ?? '')]));
}
