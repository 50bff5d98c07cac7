/** `duckline gateway`: serves CSV folders or the demo market in the provider's protocol, until it is told to stop. */
import type { Argv } from 'yargs';
import { clockFrom, readInstant, systemClock } from '../src/config/clock.ts';
import { openCsvMarket } from '../src/gateway/csv/market.ts';
import { demoCodes, demoNow, makeDemoMarket, mostCodes, mostYears } from '../src/gateway/demo/demo-market.ts';
import { type FaultSpec, faultKinds, parseFault } from '../src/gateway/faults.ts';
import { runGateway } from '../src/gateway/gateway.ts';
import { orphaned } from '../src/gateway/parent.ts';
import { parsePublishedUntil } from '../src/gateway/published.ts';
import { quoted } from '../src/market/fold.ts';
import { Problem } from '../src/market/problem.ts';
import type { Command, CommandContext } from '../src/shell/command.ts';

interface GatewayCommandOptions {
  readonly data: string | undefined;
  readonly demo: boolean | undefined;
  readonly port: string | undefined;
  readonly latency: string | undefined;
  readonly bandwidth: string | undefined;
  readonly now: string | undefined;
  readonly maxSessions: string | undefined;
  readonly quota: string | undefined;
  readonly ban: string | undefined;
  readonly publishedUntil: string | undefined;
  readonly idleDrop: string | undefined;
  readonly pageCap: string | undefined;
  readonly statsPort: string | undefined;
  readonly seed: string | undefined;
  readonly codes: string | undefined;
  readonly years: string | undefined;
  readonly account: string[] | undefined;
  readonly fault: string[] | undefined;
  readonly faultLogin: boolean | undefined;
  readonly exitWithParent: boolean | undefined;
}

function options(yargs: Argv): Argv<GatewayCommandOptions> {
  const declared = yargs
    .option('data', { type: 'string', requiresArg: true, describe: 'DIR of CSV files to serve' })
    .option('demo', { type: 'boolean', describe: 'serve the demo market (the default)' })
    .option('port', { type: 'string', requiresArg: true, describe: 'PORT on 127.0.0.1; default any free one' })
    .option('latency', { type: 'string', requiresArg: true, describe: 'MS to wait before each answer' })
    .option('bandwidth', {
      type: 'string',
      requiresArg: true,
      describe: 'KBPS of one connection (1,000 bytes a second)',
    })
    .option('now', { type: 'string', requiresArg: true, describe: 'INSTANT that the server believes it is' })
    .option('max-sessions', {
      type: 'string',
      requiresArg: true,
      describe: 'COUNT of logins at once; more get 10001005',
    })
    .option('quota', { type: 'string', requiresArg: true, describe: 'COUNT of messages a day; then 10001011' })
    .option('ban', { type: 'string', requiresArg: true, describe: 'SECONDS that 10001011 lasts; default 21600' })
    .option('published-until', {
      type: 'string',
      requiresArg: true,
      describe: 'DATE that is the last published, or the time of day (HH:MM) when a day is',
    })
    .option('idle-drop', {
      type: 'string',
      requiresArg: true,
      describe: 'SECONDS of silence after which a connection is closed',
    })
    .option('page-cap', { type: 'string', requiresArg: true, describe: 'COUNT of rows that a page holds at most' })
    .option('stats-port', { type: 'string', requiresArg: true, describe: 'PORT that serves the counters over http' })
    .option('seed', {
      type: 'string',
      requiresArg: true,
      describe: 'NUMBER that the demo market and the faults are made from; default 1',
    })
    .option('codes', {
      type: 'string',
      requiresArg: true,
      describe: `COUNT of stocks in the demo, to ${mostCodes}; default ${demoCodes}`,
    })
    .option('years', {
      type: 'string',
      requiresArg: true,
      describe: `COUNT of years in the demo, to ${mostYears}; default 5`,
    })
    .option('account', { type: 'string', array: true, nargs: 1, describe: 'USER:PASSWORD beside anonymous' })
    .option('fault', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: `KIND:RATE or KIND@CODE:RATE of answers; kinds: ${faultKinds.join(' ')}`,
    })
    .option('fault-login', { type: 'boolean', describe: 'faults hit logins and logouts too' })
    .option('exit-with-parent', { type: 'boolean', describe: 'stop when the starting process ends' });
  // yargs gives `--max-sessions` as `maxSessions`, which its types do not know.
  return declared as unknown as Argv<GatewayCommandOptions>;
}

/** An option as a whole number within bounds; undefined where it was not given. */
function whole(text: string | undefined, name: string, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Problem('usage', `--${name} is “${quoted(text)}”, not a whole number from ${least} to ${most}`);
}

function readFaults(texts: readonly string[] = []): FaultSpec[] {
  return texts.map(text => {
    const fault = parseFault(text);
    if ('wrong' in fault) throw new Problem('usage', fault.wrong, { next: 'for example --fault drop:0.1' });
    return fault;
  });
}

function readAccounts(texts: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    texts.map(text => {
      const [, user, password] = /^([^:]+):(.+)$/.exec(text) ?? [];
      if (user === undefined || password === undefined) {
        throw new Problem('usage', '--account is not of the form USER:PASSWORD');
      }
      return [user, password];
    }),
  );
}

/** Options that were given, without the undefined ones. */
function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

async function run(options: GatewayCommandOptions, context: CommandContext) {
  if (options.data !== undefined && options.demo) {
    throw new Problem('usage', 'a gateway serves either --data or --demo, not both');
  }
  const day = 86_400;
  const seed = whole(options.seed, 'seed', 0, 0xffff_ffff) ?? 1;
  const codes = whole(options.codes, 'codes', 1, mostCodes);
  const years = whole(options.years, 'years', 1, mostYears);
  const faults = readFaults(options.fault);
  const until = options.publishedUntil === undefined ? undefined : parsePublishedUntil(options.publishedUntil);
  if (until === null) {
    throw new Problem(
      'usage',
      `--published-until is “${quoted(options.publishedUntil ?? '')}”, neither a date nor a time of day`,
    );
  }
  const start = options.now ?? (options.data === undefined && !process.env.DUCKLINE_NOW ? demoNow() : undefined);
  const origin = performance.now();
  const instant = start === undefined ? undefined : readInstant(start, '--now');
  const clock =
    instant === undefined
      ? systemClock(process.env)
      : clockFrom(() => instant + Math.floor(performance.now() - origin));

  const market =
    options.data === undefined ? makeDemoMarket(given({ seed, codes, years })) : openCsvMarket(options.data);
  const gateway = await runGateway({
    market,
    clock,
    seed,
    faults,
    accounts: readAccounts(options.account),
    faultLogin: options.faultLogin ?? false,
    ...given({
      port: whole(options.port, 'port', 0, 65_535),
      latencyMs: whole(options.latency, 'latency', 0, 3_600_000),
      bandwidthKbps: whole(options.bandwidth, 'bandwidth', 1, 10_000_000),
      maxSessions: whole(options.maxSessions, 'max-sessions', 0, 100_000),
      quota: whole(options.quota, 'quota', 0, 1_000_000_000),
      banSeconds: whole(options.ban, 'ban', 0, 365 * day),
      publishedUntil: until,
      idleDropSeconds: whole(options.idleDrop, 'idle-drop', 1, 30 * day),
      pageCap: whole(options.pageCap, 'page-cap', 1, 1_000_000),
      statsPort: whole(options.statsPort, 'stats-port', 0, 65_535),
    }),
  });
  context.print(`listening 127.0.0.1 ${gateway.port}`);
  if (gateway.statsPort !== null) context.print(`stats-port 127.0.0.1 ${gateway.statsPort}`);

  await Promise.race([stopped(context.signal), ...(options.exitWithParent ? [orphaned()] : [])]);
  const stats = gateway.stats();
  await gateway.close();
  context.print(`stats ${JSON.stringify(stats)}`);
  return { view: null, exitCode: 0 };
}

function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}

export const gateway: Command<GatewayCommandOptions> = {
  name: 'gateway',
  positionals: '',
  usage: '--demo | --data DIR',
  summary: "a local server that speaks the provider's protocol",
  group: 'serve',
  examples: [
    {
      line: 'gateway --demo --latency 100 --fault drop:0.1',
      says: 'the demo market, slow and losing one answer in ten',
    },
    { line: 'gateway --data my-csv-folder --port 10030', says: 'CSV files, for clients that expect the usual port' },
  ],
  atPrompt: false,
  options,
  run,
};
