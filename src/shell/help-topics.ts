/** Help that belongs to no single command: datasets, keys, tables, functions, SQL. */
import { configKeys } from '../config/file.ts';
import type { HelpOption, HelpView } from '../output/view.ts';
import { metaTables } from '../store/meta-tables.ts';
import { marketTables } from '../store/tables.ts';
import { macros, views } from '../store/views.ts';
import { datasetsHelp } from './dataset-help.ts';
import { recipeText } from './help-recipes.ts';
import { keyGroups, keyTable, viTable } from './keys-table.ts';

export const topics = ['datasets', 'keys', 'notebook', 'sql', 'tables', 'functions', 'recipes', 'config'] as const;
export type Topic = (typeof topics)[number];

export function isTopic(name: string): name is Topic {
  return (topics as readonly string[]).includes(name);
}

export function topicHelp(topic: Topic): HelpView {
  switch (topic) {
    case 'datasets':
      return datasetsHelp();
    case 'keys':
      return page(topic, keyOptions(), []);
    case 'tables':
      return page(topic, tableOptions(), [
        '',
        'adjusted views carry the same columns as the table that they are made of',
      ]);
    case 'functions':
      return page(topic, functionOptions(), ['', 'every function of DuckDB can be used too: from duckdb_functions()']);
    case 'notebook':
      return page(topic, [], notebookText);
    case 'recipes':
      return page(topic, [], recipeText());
    case 'config':
      return page(topic, configOptions(), configText);
    case 'sql':
      return page(topic, [], sqlText);
  }
}

function page(topic: Topic, options: readonly HelpOption[], text: readonly string[]): HelpView {
  return { kind: 'help', topic, usage: '', summary: '', options, examples: [], text };
}

function keyOptions(): HelpOption[] {
  const groups = Object.entries(keyGroups).flatMap(([group, title]) => [
    { flag: title, says: '' },
    ...keyTable
      .filter(row => row.group === group)
      .map(({ keys, shown, says }) => ({ flag: `  ${keys.slice(0, shown ?? keys.length).join(', ')}`, says })),
  ]);
  const vi = viTable.map(({ keys, says }) => ({ flag: `  ${keys.join(' ')}`, says }));
  return [...groups, { flag: 'vi, with DUCKLINE_KEYS=vi', says: 'Escape goes to these, counts work' }, ...vi];
}

function tableOptions(): HelpOption[] {
  return [
    ...marketTables.flatMap(({ name, comment, columns }) => [
      { flag: name, says: comment },
      ...columns.map(column => ({ flag: `  ${column.name}`, says: column.comment })),
    ]),
    ...views.flatMap(({ name, comment, columns }) => [
      { flag: name, says: comment },
      // The others have the columns of the table that they are made of.
      ...(ownColumns.test(name)
        ? Object.entries(columns).map(([column, says]) => ({ flag: `  ${column}`, says }))
        : []),
    ]),
    ...metaTables.flatMap(({ name, comment, columns }) => [
      { flag: `meta.${name}`, says: comment },
      ...columns.map(([column, , says]) => ({ flag: `  ${column}`, says })),
    ]),
  ];
}

const ownColumns = /^(weekly|monthly|limits)$/;

function configOptions(): HelpOption[] {
  return configKeys.map(({ name, variable, says, choices }) => ({
    flag: name,
    says: `${says}${choices ? `: ${choices.join(', ')}` : ''} (${variable})`,
  }));
}

const configText: readonly string[] = [
  '',
  'config.json and duckline.json are JSON objects of these keys: { "workers": 5, "theme": "dark" }',
  'flags go before the environment, that before ./duckline.json, that before config.json',
  'config show  says where each value comes from; config path  which files are read',
  'rc.sql beside config.json is run when a prompt starts; --no-rc leaves it out',
];

const functionWords: Readonly<Record<string, string>> = {
  yi: 'yi(amount): yuan in 亿 (hundred millions), two decimals',
  session:
    "session(0): the newest session with daily bars, session(1) the one before; session('2026-11-20', -5): five before a day",
  code: "code('600519.SH'), code('贵州茅台'): any form or name as sh.600519",
  bars: "bars('600519 000001', adjust := 'qfq', since := '2024-01-01', until := …, anchor := …): daily bars of codes; prices of the anchor's day stay as traded",
  members: "members('hs300'), members('zz500', on_ := '2024-06-28'): members of an index, now or on a day",
  universe: "universe('mine'): the codes of a list saved by universe save",
  ma: 'ma(close, 20): moving average over the sessions of a code; NULL until the window is full',
  hhv: 'hhv(high, 20): the highest of the last sessions',
  llv: 'llv(low, 20): the lowest of the last sessions',
  ref: 'ref(close, 5): the value five sessions before',
  ret: 'ret(close, 20): return over the last 20 sessions, 0.1 for 10 %',
};

function functionOptions(): HelpOption[] {
  return macros.map(({ name, sql }) => ({ flag: name, says: functionWords[name] ?? sql.split(' as ', 1).join('') }));
}

const sqlText: readonly string[] = [
  'Everything that begins with no command is SQL as DuckDB speaks it, and runs at its ;',
  '',
  '  from daily limit 5;                                    select * is understood',
  "  from daily where code = 'sh.600519' and date >= '2024-01-01';",
  '  select code, count(*) from daily group by all;',
  '  create temp table mine as from daily where turn > 10;  lives as long as the prompt',
  '  create table kept as from mine;                        stays in the file',
  '  begin;  …  commit;                                     the prompt shows tx meanwhile',
  '',
  'codes are sh.600519; prices yuan as traded (daily), adjusted in daily_qfq and daily_hfq; volume shares; amount yuan',
];

const notebookText: readonly string[] = [
  'Every input is a numbered cell. Its rows are a table: _ the last, _3 those of cell 3, up to 100,000 of them',
  '',
  '  from _3;  select max(close) from _;         nothing runs a second time',
  '  name 3 best;  from _best;                   by name',
  '  let code 600519                             $code in SQL and commands, bound by value',
  '  cells  rerun 3-7  rerun stale  edit 3       what was typed, again, changed',
  '  save notes.sql  open notes.sql              the cells as a file that any SQL tool runs',
  '  run notes.sql --set code=sz.000001          runs it; -f from outside',
  '  report notes.sql --to notes.html            runs it and writes one file to send',
  '',
  'In a file, -- %% in the first column begins a cell:',
  '',
  '  -- %% a title name="best"                   SQL',
  '  -- %% [markdown]                            prose, as comments',
  '  -- %% refresh [duckline]                    commands, as comments',
  '',
  'and between two lines -- --- at its head stand a title and params, each a comment.',
];
