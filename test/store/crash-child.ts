/**
 * A program that stores thirty-two codes in small commits, going on where an earlier one stopped. It kills itself (`kill -9`)
 * before the statement of the commit that its arguments name, or says `done` when nothing is left. What it stores depends on
 * the code alone.
 */
import type { Connection, ConnectionPool } from '../../src/store/connection.ts';
import { readCoverage } from '../../src/store/coverage.ts';
import type { Database, OpenedDatabase } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/database.ts';
import { closeRun, openRun, planRun } from '../../src/store/runs.ts';
import { commit } from '../../src/store/writer.ts';
import { calendarPart, clock, code, ended, endedDataset, now, request, series, weekdays } from './fixture.ts';

const days = weekdays('2020-01-01', '2020-12-31');
const codes = Array.from({ length: 32 }, (_, index) => `sh.${600_000 + index}`);

function taskOf(of: string, id: number, tried: boolean) {
  const number = Number(of.slice(3));
  const range = {
    code: of,
    from: days[0] as string,
    to: days.at(-1) as string,
    id,
    factors: { '2020-06-01': 1 + number / 1e6 },
  };
  if (number % 7 === 0 && !tried) {
    return ended({
      ...range,
      bars: [],
      outcome: { class: 'retry-network', message: 'closed inside a frame' },
      attempts: 2,
    });
  }
  const bars = series(of, days, number - 599_990);
  const [first, ...sound] = bars;
  if (number % 5 === 0 && first) {
    return ended({
      ...range,
      bars: sound,
      rejected: [{ code: of, at: first.date, reason: 'high below low', raw: '[]' }],
    });
  }
  return ended({ ...range, bars });
}

const [, , path = '', commitToKill = '0', statementToKill = '0'] = process.argv;
let commits = 0;
let statements = 0;

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** The same connection; dies before the statement that was named. */
function mortal(connection: Connection): Connection {
  return new Proxy(connection, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        const counted = name === 'execute' || name === 'query';
        if (counted && commits === Number(commitToKill) && ++statements === Number(statementToKill)) die();
        return value.apply(target, given);
      };
    },
  });
}

/** The database as commits see it. */
function watched(database: OpenedDatabase): Database {
  const pool: Pick<ConnectionPool, 'write' | 'query'> = {
    query: (...given) => database.pool.query(...given),
    write: (work, options) =>
      database.pool.write(async connection => {
        const result = await work(mortal(connection));
        // Everything was written and nothing committed.
        if (commits === Number(commitToKill) && statementToKill === 'last') die();
        return result;
      }, options),
  };
  return { ...database, pool: pool as ConnectionPool };
}

async function store(database: OpenedDatabase): Promise<void> {
  const covered = await readCoverage(database, 'daily');
  const { rows } = await database.pool.query('select distinct code from meta.attempts where code is not null');
  const tried = new Set(rows.map(([of]) => String(of)));
  const left = codes.filter(of => !covered.get(code(of))?.some(({ whole }) => whole));
  const run = await openRun(database, {
    what: 'fetch --all',
    source: 'baostock',
    endpoint: 'x:1',
    period: 'd',
    workers: 5,
    startedAt: now,
  });
  const commitOne = async (tasks: Parameters<typeof request>[1]) => {
    commits++;
    await commit(watched(database), { ...request(run, tasks), requests: new Map([['x:1 query', tasks.length]]) });
  };
  await commitOne([{ ...endedDataset('calendar', [calendarPart('2019-12-01', '2021-01-31')]) }]);
  await planRun(database, run, left.length, codes.length - left.length);
  for (let at = 0; at < left.length; at += 4) {
    await commitOne(left.slice(at, at + 4).map((of, index) => taskOf(of, at + index + 1, tried.has(of))));
  }
  await closeRun(database, run, { end: 'ok', endedAt: now, seconds: 1, message: null });
}

const database = await openDatabase({ path, clock });
await store(database);
await database.close();
process.stdout.write('done\n');
