/**
 * `chart`: the candles of one security, or a plot of any result. `--json`: `code, name, period, adjust, candles[]`, or
 * `mark, title, x, y` with `series[]` or `bars[]`.
 */
import { Problem } from '../src/market/problem.ts';
import type { ChartView } from '../src/output/chart-view.ts';
import { chosenCells } from '../src/shell/cell-choice.ts';
import type { CellRecord } from '../src/shell/cell-record.ts';
import { codesListed } from '../src/shell/chart-list.ts';
import { isAdjust, isChartPeriod, type Mark, marks } from '../src/shell/chart-words.ts';
import type { Command, CommandContext, CommandResult } from '../src/shell/command.ts';
import type { Bound } from '../src/store/connection.ts';

interface ChartOptions {
  readonly what: readonly string[];
  readonly adjust: string;
  readonly period: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly x: string | undefined;
  readonly y: string | undefined;
  readonly by: string | undefined;
  readonly type: Mark | undefined;
  readonly full: boolean;
}

/** Newest bars that a chart holds; more than any window shows at once. */
const mostBars = 20_000;
/** Rows of a result that are drawn. */
const mostRows = 200_000;

export const chart: Command<ChartOptions> = {
  name: 'chart',
  positionals: '[what..]',
  usage: 'CODE… | CELL | TABLE | "SELECT …"',
  summary: 'candles of a security, or any result drawn',
  group: 'look',
  examples: [
    { line: 'chart 600519', says: 'daily, forward adjusted (前复权 qfq), as many sessions as fit' },
    { line: 'chart 贵州茅台 --period w --from -3y', says: 'weekly, of three years' },
    { line: 'chart 600519 000001 --full', says: 'over the whole window; PgUp and PgDn change the code' },
    { line: 'chart 3 --x date --y close --by code', says: 'the rows of cell 3, one line a code' },
    { line: 'chart "select date, close from daily where code = \'sh.600519\'"', says: 'any result: lines over time' },
    { line: 'chart "select board, count(*) as n from instruments group by all" --type bar', says: 'bars' },
  ],
  options: yargs =>
    yargs
      .positional('what', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: 'a code or name, the number of a cell, a table, or a SELECT in quotes',
      })
      .option('adjust', { type: 'string', default: 'qfq', describe: 'qfq (前复权), hfq (后复权) or none' })
      .option('period', { type: 'string', default: 'd', describe: 'd, w, m, 5, 15, 30 or 60' })
      .option('from', { type: 'string', describe: 'DATE of the first bar: 2024-01-02, -1y, ytd' })
      .option('to', { type: 'string', describe: 'DATE of the last bar' })
      .option('x', { type: 'string', describe: 'COLUMN along the plot; default: the first of time, text or numbers' })
      .option('y', { type: 'string', describe: 'COLUMN drawn; default: the first other number' })
      .option('by', { type: 'string', describe: 'COLUMN that makes one line a value' })
      .option('full', {
        type: 'boolean',
        default: false,
        describe: 'over the whole window, with a cross-hair; several codes do so too',
      })
      .option('type', { choices: marks, describe: 'how a result is drawn' }) as never,
  async run(options, context) {
    const text = options.what.join(' ').trim();
    if (text === '') throw new Problem('usage', 'chart needs a code, a table or a SELECT.', { next: 'chart 600519' });
    const database = await context.engine.database();
    const isQuery = /^\s*(select|from|with|table|values|pivot|summarize)\s/i.test(text);
    if (isQuery) return plotted(text, { sql: text, values: {} }, options, context);
    const kept = keptNamed(text, context);
    if (kept) await context.cells.ready(kept.cell);
    if (kept) return plotted(`[${kept.cell}]`, kept, options, context);
    if (options.x !== undefined || options.y !== undefined || options.type !== undefined) {
      return plotted(text, { sql: `from ${quotedName(text)}`, values: {} }, options, context);
    }
    const { codesTyped, dayTyped, storedMarket } = await import('../src/shell/stored-market.ts');
    const { readCandles } = await import('../src/shell/chart-bars.ts');
    const { adjust, period } = options;
    if (!isAdjust(adjust)) throw new Problem('usage', `--adjust is ${adjust}, and it takes qfq, hfq or none.`);
    if (!isChartPeriod(period))
      throw new Problem('usage', `--period is ${period}, and it takes d, w, m, 5, 15, 30 or 60.`);
    const market = await storedMarket(context);
    const codes = await codesTyped(options.what, market);
    const [code] = codes;
    if (code === undefined || (codes.length > 1 && !context.opens)) {
      throw new Problem('usage', `chart draws one security; these are ${codes.length}.`, {
        next: `chart ${codes[0] ?? '600519'}`,
      });
    }
    const [from, to] = [await dayTyped(options.from, 'start', market), await dayTyped(options.to, 'end', market)];
    const name = market.catalogue.get(code)?.name ?? null;
    const wanted = { code, period, adjust, from, to, limit: mostBars };
    const of = await readCandles(database, wanted, name, context.signal);
    const full = options.full || codes.length > 1;
    const hints = context.opens && !full ? ['F3 opens it over the whole window'] : [];
    const view: ChartView = { kind: 'chart', chart: { type: 'candles', of }, hints };
    if (!context.opens) return { view, exitCode: 0 };
    const list = codes.length > 1 ? codes : await codesListed(context.cells, code, database);
    const opening = { kind: 'chart', code, list, adjust, period } as const;
    return { view, exitCode: 0, ...(full ? { open: opening } : { later: opening }) };
  },
};

async function plotted(
  title: string,
  { sql, values }: Readable,
  { x, y, by, type }: ChartOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const { plotOf } = await import('../src/shell/chart-result.ts');
  const { pool } = await context.engine.database();
  const { names, types, rows } = await pool.query(
    `select * from (${sql.replace(/;\s*$/, '')}\n) limit ${mostRows}`,
    values,
    {
      tag: 'chart',
      lane: 'read',
      signal: context.signal,
    },
  );
  const short = title.replace(/\s+/g, ' ');
  const of = plotOf({ names, types, rows }, { title: short, x, y, by, mark: type });
  const hints = rows.length === mostRows ? [`the first ${mostRows} rows are drawn`] : [];
  return { view: { kind: 'chart', chart: { type: 'plot', of }, hints }, exitCode: 0 };
}

interface Readable {
  readonly sql: string;
  readonly values: Readonly<Record<string, Bound>>;
}

/** The rows of a cell: as they are kept, else its statement again. Null where the text names none. */
function keptNamed(text: string, { cells }: CommandContext): (Readable & { readonly cell: number }) | null {
  const isCell = /^(\d{1,5}|_\w*)$/.test(text) || cells.records.some(({ name }) => name === text);
  if (!isCell) return null;
  const [record] = chosenCells([text === '_' ? String(lastWithRows(cells.records)) : text], cells.records);
  const { cell, result } = record as CellRecord;
  if (!result) throw new Problem('usage', `cell ${cell} has no rows to draw.`, { next: 'cells' });
  return result.table === null
    ? { cell, sql: result.sql, values: result.values }
    : { cell, sql: `from ${result.table}`, values: {} };
}

function lastWithRows(records: readonly CellRecord[]): number {
  const record = records.findLast(({ result }) => result !== null);
  if (!record) throw new Problem('usage', 'there is no result yet to draw.', { next: 'chart 600519' });
  return record.cell;
}

function quotedName(name: string): string {
  return name
    .split('.')
    .map(part => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}
