/**
 * `universe`: lists of codes under a name, `@name` wherever codes go. `--json`: `universes[]` with `name, sql, codes, savedAt,
 * evaluatedAt`; of one list `name, sql, codes[]`; of save and remove `name, codes` or `removed`.
 */
import { Problem } from '../src/market/problem.ts';
import { counted, isoStamp, stamp } from '../src/output/amounts.ts';
import { sentenceView } from '../src/output/sentence-view.ts';
import { namesOf } from '../src/shell/bars-run.ts';
import type { Command, CommandContext, CommandResult } from '../src/shell/command.ts';
import { codesTyped, storedMarket } from '../src/shell/stored-market.ts';

interface UniverseOptions {
  readonly words: readonly string[];
  readonly yes: boolean;
}

/** Codes of a list that are shown; --json has all. */
const mostShown = 50;

export const universe: Command<UniverseOptions> = {
  name: 'universe',
  positionals: '[words..]',
  usage: '[NAME | save NAME CODES…|SQL | remove NAME]',
  summary: 'lists of codes under a name: @NAME wherever codes go',
  group: 'data',
  examples: [
    { line: 'universe save mine 600519 000001 宁德时代', says: 'codes; then sync --universe @mine, gaps @mine' },
    {
      line: 'universe save active "select code from daily where date = session(0) and turn > 2"',
      says: 'a query, asked anew at every use',
    },
    { line: 'universe', says: 'the lists' },
    { line: 'universe remove mine --yes', says: 'the list alone; what is stored stays' },
  ],
  options: yargs =>
    yargs
      .positional('words', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: 'a name; before it save or remove',
      })
      .option('yes', { type: 'boolean', default: false, describe: 'remove without asking' }) as never,
  async run({ words, yes }, context) {
    const [action, name, ...rest] = words;
    if (action === undefined) return listed(context);
    if (action === 'save') return saved(name, rest, context);
    if (action === 'remove') return removed(name, rest, yes, context);
    if (name !== undefined) {
      throw new Problem('usage', `universe does not know what to do with ${name}.`, {
        next: `universe save ${action} ${words.slice(1).join(' ')}`,
      });
    }
    return shown(action, context);
  },
};

async function listed({ engine }: CommandContext): Promise<CommandResult> {
  const { readLists } = await import('../src/sync/named-lists.ts');
  const lists = await readLists(await engine.database());
  return {
    view: {
      kind: 'list',
      head: [],
      columns: [
        { name: 'name' },
        { name: 'codes', right: true },
        { name: 'found', worth: 1 },
        { name: 'by', least: 16 },
      ],
      rows: lists.map(({ name, codes, evaluatedAt, sql }) => [
        `@${name}`,
        String(codes),
        stamp(evaluatedAt),
        sql ?? 'given',
      ]),
      empty: 'no list is saved',
      foot: [],
      next: lists.length === 0 ? [['universe save mine 600519 000001', 'makes one']] : [],
      object: {
        universes: lists.map(({ savedAt, evaluatedAt, ...list }) => ({
          ...list,
          savedAt: isoStamp(savedAt),
          evaluatedAt: isoStamp(evaluatedAt),
        })),
      },
    },
    exitCode: 0,
  };
}

async function shown(typed: string, { engine }: CommandContext): Promise<CommandResult> {
  const { codesOfList, readLists } = await import('../src/sync/named-lists.ts');
  const database = await engine.database();
  const name = typed.replace(/^@/, '').toLowerCase();
  const codes = await codesOfList(database, name);
  const { sql = null } = (await readLists(database)).find(list => list.name === name) ?? {};
  const names = await namesOf(database, codes.slice(0, mostShown));
  return {
    view: {
      kind: 'list',
      head: sql === null ? [] : [sql],
      columns: [{ name: 'code' }, { name: 'name' }],
      rows: codes.slice(0, mostShown).map(code => [code, names[code] ?? '']),
      empty: null,
      foot: [`${codes.length > mostShown ? `${mostShown} of ` : ''}${counted(codes.length, 'code')}`],
      next: [
        [`sync --universe @${name}`, 'makes them complete'],
        [`from universe('${name}')`, 'is the same in SQL'],
      ],
      object: { name, sql, codes },
    },
    exitCode: 0,
  };
}

async function saved(
  typed: string | undefined,
  what: readonly string[],
  context: CommandContext,
): Promise<CommandResult> {
  if (typed === undefined || what.length === 0) {
    throw new Problem('usage', 'universe save needs a name, and codes or a query.', {
      next: 'universe save mine 600519 000001',
    });
  }
  const { listName, saveList } = await import('../src/sync/named-lists.ts');
  const name = listName(typed);
  const text = what.join(' ').trim();
  const isQuery = /^(select|from|with|values)\s/i.test(text);
  const market = await storedMarket(context);
  const codes = await saveList(
    market.database,
    name,
    isQuery ? { sql: text } : { codes: await codesTyped(what, market) },
  );
  return {
    view: sentenceView(
      `@${name}: ${counted(codes.length, 'code')}${isQuery ? ', found anew at every use' : ''}`,
      { name, sql: isQuery ? text : null, codes },
      { next: [[`sync --universe @${name}`, 'makes them complete']] },
    ),
    exitCode: 0,
  };
}

async function removed(
  typed: string | undefined,
  rest: readonly string[],
  yes: boolean,
  { engine, interactive }: CommandContext,
): Promise<CommandResult> {
  if (typed === undefined || rest.length > 0) {
    throw new Problem('usage', 'universe remove takes one name.', { next: 'universe  lists them' });
  }
  const { readLists, removeList } = await import('../src/sync/named-lists.ts');
  const database = await engine.database();
  const name = typed.replace(/^@/, '').toLowerCase();
  const list = (await readLists(database)).find(one => one.name === name);
  if (!list) throw new Problem('usage', `there is no list @${name}.`, { next: 'universe  lists them' });
  const line = `universe remove ${name} --yes`;
  if (!yes) {
    if (!interactive) {
      throw new Problem('usage', `universe remove ${name} forgets the list for good, and needs --yes in a script.`, {
        next: line,
      });
    }
    const what = list.sql ?? counted(Number(list.codes), 'code');
    return {
      view: sentenceView(
        `remove @${name} (${what})? What is stored stays`,
        { name, removed: false },
        { next: [[line, 'does it']] },
      ),
      exitCode: 0,
    };
  }
  await removeList(database, name);
  return {
    view: sentenceView(`@${name} is removed; what is stored stays`, { name, removed: true }),
    exitCode: 0,
  };
}
