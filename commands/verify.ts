/**
 * `verify`: our adjusted prices against the provider's own. `--json`: `codes[]` with `code, adjust, days, onlyOurs, onlyTheirs,
 * largest, on, beyond`; `idle[]` (codes without a stored bar), `largest`, `failed`, `requests`. Exit code 3 where
 * rounding does not explain a difference.
 */
import { exitCodes, Problem } from '../src/market/problem.ts';
import { counted } from '../src/output/amounts.ts';
import { acceptRule, namesOf, type RunCommandOptions, runBasis, workersOption } from '../src/shell/bars-run.ts';
import type { Command } from '../src/shell/command.ts';
import { codesTyped, dayTyped, storedMarket } from '../src/shell/stored-market.ts';
import type { Compared } from '../src/sync/verify.ts';

interface VerifyOptions extends RunCommandOptions {
  readonly what: readonly string[];
  readonly codes: number;
  readonly from: string | undefined;
}

export const verify: Command<VerifyOptions> = {
  name: 'verify',
  positionals: '[what..]',
  usage: '[CODES…]',
  summary: "our adjusted prices against the provider's own",
  group: 'data',
  writes: true,
  examples: [
    { line: 'verify --codes 10', says: 'ten stored codes at random, the last year; two requests a code' },
    { line: 'verify 600519 --from 2015', says: 'one code, from that year on' },
  ],
  options: yargs =>
    yargs
      .positional('what', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: 'codes or names; default: at random',
      })
      .option('codes', { type: 'number', default: 10, describe: 'N codes at random, where none is named' })
      .option('from', { type: 'string', describe: 'DATE of the first day compared; default the last stored year' })
      .option('workers', workersOption)
      .option('accept-provider-rule', acceptRule) as never,
  async run(options, context) {
    const { what, codes: count } = options;
    if (!Number.isInteger(count) || count < 1) throw new Problem('usage', '--codes takes a whole number above 0.');
    const { codesToVerify, verifyCodes } = await import('../src/sync/verify.ts');
    const market = await storedMarket(context);
    const { database } = market;
    const codes = what.length > 0 ? await codesTyped(what, market) : await codesToVerify(database, count);
    if (codes.length === 0) {
      throw new Problem('failed', 'no code with daily bars and factors is stored.', {
        next: 'fetch 600519 --from -1y',
      });
    }
    const from = (await dayTyped(options.from, 'start', market)) ?? 'year';
    const { handle, compared, idle } = await verifyCodes({ ...(await runBasis(context, options)), codes, from });
    const cancel = (): void => handle.cancel();
    context.signal.addEventListener('abort', cancel, { once: true });
    if (context.signal.aborted) cancel();
    let done = 0;
    handle.on(event => {
      if (event.type !== 'task') return;
      done++;
      context.live?.({
        kind: 'note',
        level: 'say',
        sentence: `compared ${Math.floor(done / 2)} of ${counted(codes.length, 'code')}`,
      });
    });
    const summary = await handle.done.finally(() => context.signal.removeEventListener('abort', cancel));
    if (context.signal.aborted) throw new Problem('interrupted', 'cancelled; nothing was changed.');
    if (idle.length === codes.length) {
      throw new Problem('failed', `no bar of ${codes.length === 1 ? codes[0] : 'these codes'} is stored to compare.`, {
        next: `last ${codes[0]}`,
      });
    }
    const results = await compared();
    const wrong = results.filter(isWrong);
    const names = await namesOf(database, codes);
    const largest = Math.max(0, ...results.map(result => result.largest ?? 0));
    const { failed, requests, message } = summary;
    return {
      view: {
        kind: 'list',
        head: [],
        columns: [
          { name: 'code' },
          { name: 'name', worth: 2 },
          { name: 'prices' },
          { name: 'sessions', right: true, worth: 3 },
          { name: 'largest difference', right: true },
          { name: 'on', worth: 1 },
          { name: 'verdict', least: 12 },
        ],
        rows: [
          ...results.map(result => [
            result.code,
            names[result.code] ?? '',
            result.adjust,
            String(result.days),
            result.largest === null ? '-' : result.largest.toExponential(1),
            result.on ?? '',
            verdictOf(result),
          ]),
          ...idle.map(code => [code, names[code] ?? '', '', '0', '-', '', 'no bar is stored to compare']),
        ],
        empty: message ?? 'nothing could be compared',
        foot: [
          `${counted(codes.length, 'code')} · ${results.some(one => one.largest !== null) ? `largest relative difference ${largest.toExponential(1)}` : 'nothing was compared'} · ${counted(requests, 'request')}` +
            (failed > 0 ? ` · ${counted(failed, 'request')} failed` : ''),
        ],
        next: wrong[0] ? [[`fetch --dataset factors ${wrong[0].code}`, 'asks for its factor history again']] : [],
        object: { codes: results, idle, largest, failed, requests },
      },
      exitCode: wrong.length + idle.length > 0 || failed > 0 || summary.left > 0 ? exitCodes.partial : exitCodes.ok,
    };
  },
};

function isWrong({ beyond, onlyOurs, onlyTheirs, largest }: Compared): boolean {
  return largest === null || onlyOurs + onlyTheirs > 0 || (beyond ?? 0) > 1;
}

function verdictOf({ beyond, onlyOurs, onlyTheirs, largest }: Compared): string {
  const said = [
    ...(largest === null ? ['nothing to compare'] : []),
    ...((beyond ?? 0) > 1 ? [`differs, ${(beyond ?? 0).toFixed(1)} times what rounding explains`] : []),
    ...(onlyOurs > 0 ? [`${counted(onlyOurs, 'session')} only here`] : []),
    ...(onlyTheirs > 0 ? [`${counted(onlyTheirs, 'session')} only there`] : []),
  ];
  return said.length > 0 ? said.join('; ') : 'same';
}
