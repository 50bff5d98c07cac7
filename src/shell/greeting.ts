/** What stands on top of a fresh shell: the file, what it holds, how far it reaches, and what to type when it is empty. */
import { homedir } from 'node:os';
import { basename, relative, sep } from 'node:path';
import { quotaToday } from '../fetch/quota.ts';
import { Calendar, published } from '../market/calendar.ts';
import { type IsoDate, weekdayName } from '../market/date.ts';
import { alignedLines } from '../output/aligned.ts';
import { count, counted } from '../output/amounts.ts';
import { glyphsOf } from '../output/glyphs.ts';
import type { Line, Screen } from '../output/line.ts';
import { shown } from '../output/shown.ts';
import { joined, roomOf, span, wrapLine } from '../output/spans.ts';
import type { Database } from '../store/database.ts';
import { readCount, readDate } from '../store/values.ts';
import type { Engine } from './engine.ts';

export interface Standing {
  /** Codes with daily bars. */
  readonly codes: number;
  /** Newest session stored. */
  readonly newest: IsoDate | null;
  /** Sessions published after it; null where no calendar tells. */
  readonly behind: number | null;
}

/** How far the stored daily bars reach. */
export async function readStanding(database: Database): Promise<Standing> {
  const { rows } = await database.pool.query(
    `select (select count(distinct code) from meta.coverage where dataset = 'daily'), (select max(date) from main.daily)`,
    undefined,
    { tag: 'greeting' },
  );
  const newest = readDate(rows[0]?.[1]);
  return {
    codes: readCount(rows[0]?.[0]),
    newest,
    behind: newest === null ? null : await sessionsBehind(database, newest),
  };
}

async function sessionsBehind(database: Database, newest: IsoDate): Promise<number | null> {
  const { rows } = await database.pool.query(
    `select date, is_open from main.calendar where date >= (select max(date) from main.daily) order by date`,
    undefined,
    { tag: 'greeting' },
  );
  const days = rows.flatMap(([date, isOpen]) => {
    const day = readDate(date);
    return day === null ? [] : [{ date: day, isOpen: isOpen === true }];
  });
  const calendar = new Calendar(days);
  if (!calendar.knows(database.clock.today())) return null;
  const last = published(calendar, 'd', database.clock);
  return last === null ? null : Math.max(0, calendar.countBetween(newest, last) - 1);
}

/** What the prompt says of that until it is otherwise: `data to 2026-11-19, 1 session behind`. */
export async function standingNotes(database: Database): Promise<readonly string[]> {
  return notesOf(await readStanding(database));
}

function notesOf(standing: Standing): readonly string[] {
  const late = lateness(standing);
  return late === null ? [] : [`data to ${standing.newest}, ${late}`];
}

function lateness({ behind }: Standing): string | null {
  return behind !== null && behind > 0 ? `${counted(behind, 'session')} behind` : null;
}

export async function greetingLines(
  engine: Engine,
  screen: Screen,
): Promise<{ readonly lines: readonly Line[]; readonly notes: readonly string[] }> {
  const database = await engine.database();
  const standing = await readStanding(database);
  const { dot } = glyphsOf(screen);
  const head = span(`duckline ${engine.version.replace(/\.0$/, '')}`, 'bold');
  const file: Line = engine.demo
    ? [span('demo market: the prices are invented', 'warn')]
    : [span(shown(shortPath(engine.file)))];
  const parts: Line[] = [file];
  if (engine.readOnly) parts.push([span('read-only', 'dim')]);
  const notes = notesOf(standing);
  if (standing.newest === null) {
    parts.push([span(engine.demo ? 'loading its first codes' : 'new and empty', 'dim')]);
    if (!engine.demo) parts.push(...(await budgetPart(engine, database)));
  } else {
    parts.push([span(counted(standing.codes, 'code'), 'dim')]);
    parts.push([span(`daily to ${weekdayName(standing.newest).slice(0, 3)} ${standing.newest}`, 'dim')]);
    const late = lateness(standing);
    if (late !== null) parts.push([span(late, 'warn')]);
  }
  const lines = wrapLine([head, span('   '), ...joined(parts, dot)], roomOf(screen), 2);
  if (standing.newest === null && !engine.demo) lines.push([], ...firstSteps(screen));
  return { lines, notes };
}

async function budgetPart(engine: Engine, database: Database): Promise<Line[]> {
  const options = await engine.source();
  const { endpoint, source } = options;
  const { used, budget } = await quotaToday(database, options);
  if (budget === null) return [[span(`${source} at ${endpoint.host}:${endpoint.port}`, 'dim')]];
  return [[span(`${source}, ${count(used)} of ${count(budget)} requests used today`, 'dim')]];
}

function firstSteps(screen: Screen): Line[] {
  const steps = [
    ['fetch 600519 --from -1y', 'one stock, a second or two'],
    ['fetch --all --from -1y', 'every stock of the market'],
    ['duckline --demo', 'from outside: an invented market, no network'],
  ];
  return alignedLines(
    [{}, { worth: 0 }],
    steps.map(([command, says]) => [[span(command ?? '', 'accent')], [span(says ?? '', 'dim')]]),
    screen,
  );
}

/** Inside the working folder its path from there, inside the home with `~`. */
function shortPath(file: string): string {
  if (file === ':memory:') return 'in memory only';
  const here = relative(process.cwd(), file);
  if (!here.startsWith('..')) return here;
  const home = homedir();
  return file.startsWith(home + sep) ? `~${file.slice(home.length)}` : basename(file) === file ? file : file;
}
