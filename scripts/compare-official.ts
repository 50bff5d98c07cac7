/**
 * Compares the official Python client with ours, method by method and row by row, on a gateway.
 *
 *   BAOSTOCK_PY=FOLDER node scripts/compare-official.mjs HOST:PORT [--code C] [--from D] [--to D] [--date D] [--year Y] [--quarter Q]
 *
 * BAOSTOCK_PY is the folder that holds the package `baostock`. Exit codes: 0 all alike, 1 a difference, 2 not run.
 *
 * Two habits of the official client are allowed for: it takes all white space out of the cells, and some versions lose the
 * last character of a packed answer.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readEndpoint } from '../src/config/endpoint.ts';
import type { IsoDate } from '../src/market/date.ts';
import { checkedValues, type Values } from '../src/source/baostock/checks.ts';
import { Client, type Page } from '../src/source/baostock/client.ts';
import {
  dailyFields,
  type Method,
  messageOf,
  messages,
  minuteFields,
  weeklyFields,
} from '../src/source/baostock/messages.ts';
import { cellsOf } from '../src/source/baostock/record.ts';
import type { SourceOptions } from '../src/source/source.ts';

interface Result {
  readonly code?: string;
  readonly fields?: readonly string[];
  readonly rows?: readonly (readonly string[])[];
  readonly absent?: boolean;
  readonly nothing?: boolean;
  readonly raised?: string;
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    code: { type: 'string', default: 'sh.600000' },
    from: { type: 'string', default: '2024-01-01' },
    to: { type: 'string', default: '2024-03-31' },
    date: { type: 'string', default: '2024-01-02' },
    year: { type: 'string', default: '2023' },
    quarter: { type: 'string', default: '2' },
  },
});
const today = new Date().toISOString().slice(0, 10) as IsoDate;
const signal = new AbortController().signal;

/** Every method once with what the options say, K data in each form. */
function calls(): { readonly method: Method; readonly given: Values }[] {
  const { code, from, to, date, year, quarter } = options;
  const range = { start: from, end: to };
  const known: Values = { code, start: from, end: to, day: date, date, year, quarter };
  const bars = [
    { fields: dailyFields, frequency: 'd', adjustflag: '3' },
    { fields: dailyFields, frequency: 'd', adjustflag: '2' },
    { fields: dailyFields, frequency: 'd', adjustflag: '1' },
    { fields: weeklyFields, frequency: 'w', adjustflag: '3' },
    { fields: weeklyFields, frequency: 'm', adjustflag: '2' },
    { fields: minuteFields, frequency: '5', adjustflag: '3' },
    { fields: minuteFields, frequency: '60', adjustflag: '2' },
    { fields: 'date,ma5', frequency: 'd', adjustflag: '3' },
  ].map(more => ({ method: 'query_history_k_data_plus' as const, given: { code, ...range, ...more } }));
  const special: Readonly<Partial<Record<Method, Values>>> = {
    query_stock_basic: { code: '', code_name: '' },
    query_dividend_data: { code, year, yearType: 'operate' },
    query_deposit_rate_data: { start: '2010-01-01', end: '2015-12-31' },
    query_loan_rate_data: { start: '2010-01-01', end: '2015-12-31' },
    query_required_reserve_ratio_data: { start: '2010-01-01', end: '2015-12-31', yearType: '0' },
    query_money_supply_data_month: { start: '2010-01', end: '2015-12' },
    query_money_supply_data_year: { start: '2010', end: '2015' },
    query_adjust_factor: { code, start: '1990-01-01', end: to },
  };
  const others = (Object.keys(messages) as Method[])
    .filter(method => method !== 'query_history_k_data_plus')
    .map(method => {
      const parameters: readonly string[] = messageOf(method).parameters;
      return {
        method,
        given: special[method] ?? Object.fromEntries(parameters.map(name => [name, known[name] ?? ''])),
      };
    });
  return [...bars, ...others];
}

async function ours(client: Client, method: Method, given: Values): Promise<Result> {
  let fields: readonly string[] = [];
  const rows: string[][] = [];
  const take = ({ names, record }: Page): number => {
    fields = names;
    const page = cellsOf(record) ?? [];
    rows.push(...page);
    return page.length;
  };
  const failure = await client.query(method, given, today, take, signal);
  return failure ? { code: failure.code ?? failure.class } : { code: '0', fields, rows };
}

/** The first difference in words, or null. */
function difference(one: Result, official: Result): string | null {
  if (official.raised) return `the official client raised ${official.raised}`;
  if (official.nothing) return one.code === '0' ? 'the official client returned nothing' : null;
  if (one.code !== official.code) return `error codes ${one.code} and ${official.code}`;
  if (one.code !== '0') return null;
  const fields = one.fields ?? [];
  const theirs = official.fields ?? [];
  if (fields.length !== theirs.length || fields.some((name, n) => !alike(name, theirs[n], n === fields.length - 1))) {
    return `columns ${fields.join()} and ${theirs.join()}`;
  }
  const [rows, others] = [one.rows ?? [], official.rows ?? []];
  const at = rows.findIndex(
    (row, n) => row.map(cell => cell.replace(/\s/g, '')).join('\x01') !== others[n]?.join('\x01'),
  );
  if (at >= 0) return `row ${at}: ${JSON.stringify(rows[at])} and ${JSON.stringify(others[at])}`;
  return rows.length === others.length ? null : `${rows.length} rows and ${others.length}`;
}

function alike(name: string, other: string | undefined, last: boolean): boolean {
  return name === other || (last && name.slice(0, -1) === other);
}

async function compare(folder: string, endpoint: string): Promise<number> {
  const options: SourceOptions = {
    source: 'baostock',
    endpoint: readEndpoint(endpoint),
    connectTimeoutMs: 5000,
    answerTimeoutMs: 60_000,
    silenceTimeoutMs: 30_000,
  };
  const asked = calls();
  const python = spawn('python3', [join(dirname(fileURLToPath(import.meta.url)), 'compare-official.py')], {
    env: { ...process.env, PYTHONPATH: folder },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = new Promise<string>(resolve => {
    python.once('error', error => resolve(`python3 cannot be started: ${error.message}`));
    python.once('close', code => resolve(`the official client ended early, with exit code ${code}`));
  });
  python.stdin.on('error', () => {});
  python.stdin.end(
    JSON.stringify({
      ...options.endpoint,
      user: 'anonymous',
      password: '123456',
      calls: asked.map(({ method, given }) => {
        const checked = checkedValues(method, given, today);
        return { method, values: Array.isArray(checked) ? checked : [] };
      }),
    }),
  );
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Result & { readonly version?: string; readonly login?: string }> => {
    const line = await lines.next();
    if (line.done) throw new Error(await gone);
    return JSON.parse(line.value);
  };
  const hello = await next();
  console.log(`official client ${hello.version}, login ${hello.login}`);
  if (hello.login !== '0') return 1;
  const client = new Client(options, async () => {});
  const failure = await client.login(signal);
  if (failure) throw new Error(failure.message);
  let different = 0;
  let absent = 0;
  for (const { method, given } of asked) {
    const official = await next();
    const own = await ours(client, method, given);
    const said = official.absent ? null : difference(own, official);
    if (official.absent) absent++;
    if (said) different++;
    const what = [method, given.frequency, given.adjustflag].filter(Boolean).join(' ');
    const alike = own.code === '0' ? `${own.rows?.length} rows` : `error ${own.code}`;
    const verdict = official.absent ? 'not offered' : said ? 'DIFFERS' : 'same';
    console.log(`${verdict.padEnd(11)} ${what}: ${said ?? alike}`);
  }
  await client.close('20240101000000');
  console.log(
    `${asked.length - absent} calls compared, ${different} different; ${absent} not offered by the official client`,
  );
  return different === 0 ? 0 : 1;
}

const folder = process.env.BAOSTOCK_PY;
const [endpoint] = positionals;
if (!folder || !existsSync(join(folder, 'baostock'))) {
  console.error(
    `not run: BAOSTOCK_PY ${folder ? `(${folder}) holds no package baostock` : 'is not set'}. It names the folder of the official Python client.`,
  );
  process.exitCode = 2;
} else if (!endpoint) {
  console.error('not run: name the endpoint of a gateway, HOST:PORT.');
  process.exitCode = 2;
} else {
  process.exitCode = await compare(folder, endpoint);
}
