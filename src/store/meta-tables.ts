/**
 * The bookkeeping, in the schema `meta`: what was asked, what came, what is missing and why. Readable by the analyst, written
 * by the store alone. Instants are TIMESTAMPTZ, days are dates in Shanghai. A column that comes later goes last: in files that
 * were made before it, it can only be added there.
 */
export interface MetaTable {
  readonly name: string;
  readonly comment: string;
  /** Name, SQL type with constraints, comment with unit. */
  readonly columns: readonly (readonly [name: string, type: string, comment: string])[];
}

const text = 'VARCHAR';
const instant = 'TIMESTAMPTZ';
const count = 'BIGINT NOT NULL DEFAULT 0';

/** Which task a row of the ledger is about. */
const ledgerTask: MetaTable['columns'] = [
  ['code', text, 'security; NULL for a dataset of the whole market'],
  ['dataset', 'VARCHAR NOT NULL', 'table of bars (daily, min5 …) or dataset'],
  ['params', 'VARCHAR NOT NULL', 'parameters of a dataset task as JSON, {} for bars'],
  ['from_date', 'DATE', 'first day asked'],
  ['to_date', 'DATE', 'last day asked'],
];

export const metaTables: readonly MetaTable[] = [
  {
    name: 'file',
    comment: 'what this file is; one row',
    columns: [
      ['origin', text, 'demo or real; NULL until the first fetch decides'],
      ['schema_version', 'INTEGER NOT NULL', 'version of these tables'],
      ['made_by', text, 'program that made the tables'],
      ['made_at', instant, 'when they were made'],
      ['definitions', text, 'fingerprint of the definitions of tables, views and functions'],
    ],
  },
  {
    name: 'runs',
    comment: 'every fetch, sync and retry: planned = ok + empty + failed + left, in tasks, at any time',
    columns: [
      ['run', 'INTEGER NOT NULL', 'number of the run, from 1; also the number of its job'],
      ['what', text, 'the command as typed'],
      ['source', text, 'provider'],
      ['endpoint', text, 'host and port that were asked'],
      ['period', text, 'd, 5, 15, 30, 60'],
      ['workers', 'INTEGER', 'login sessions at once'],
      ['started_at', instant, 'start'],
      ['ended_at', instant, 'end; NULL while it runs'],
      ['planned', 'INTEGER', 'tasks; NULL until planned'],
      ['covered', 'INTEGER', 'codes that needed no request, not in planned'],
      ['ok', count, 'tasks that brought rows'],
      ['empty', count, 'tasks that rightly brought none'],
      ['failed', count, 'tasks on the ledger'],
      ['left', count, 'tasks that did not end'],
      ['rows', count, 'rows of the asked tables that were new or changed'],
      ['quarantined', count, 'rows kept out by a quality rule'],
      ['requests', count, 'messages sent: logins, pages, logouts'],
      ['logins', count, 'logins sent'],
      ['seconds', 'DOUBLE', 'from the first bar request to the last commit'],
      ['end', text, 'ok, partial, failed, cancelled, refused, parked, abandoned; NULL while it runs'],
      ['message', text, 'why it did not end as planned'],
      ['pid', 'INTEGER', 'process that ran it'],
      ['process_start', 'BIGINT', 'start of that process, milliseconds since 1970: tells reused pids apart'],
    ],
  },
  {
    name: 'failures',
    comment: 'the ledger: what was asked and did not end well, until it does',
    columns: [
      ...ledgerTask,
      ['class', text, 'class of the failure: retry-network, quota, bad-data …'],
      ['message', text, 'one sentence'],
      ['attempts', 'INTEGER', 'tries so far, over all runs'],
      ['first_at', instant, 'first failure'],
      ['last_at', instant, 'latest failure'],
      ['next_retry', instant, 'not before; NULL where nobody named a time'],
      ['run', 'INTEGER', 'run of the latest failure'],
      ['source', text, 'provider'],
      ['provider_code', text, "the provider's error code"],
      ['said', text, "the provider's own words"],
    ],
  },
  {
    name: 'cleared',
    comment: 'what was taken off the ledger by hand, with the reason; it stays missing, and a sync asks for it again',
    columns: [
      ...ledgerTask,
      ['class', text, 'class of the failure'],
      ['message', text, 'one sentence'],
      ['attempts', 'INTEGER', 'tries until then'],
      ['first_at', instant, 'first failure'],
      ['last_at', instant, 'latest failure'],
      ['run', 'INTEGER', 'run of the latest failure'],
      ['source', text, 'provider'],
      ['cleared_at', instant, 'when it was taken off'],
      ['reason', 'VARCHAR NOT NULL', 'why, in the words of who did it'],
    ],
  },
  {
    name: 'attempts',
    comment: 'every try of every task',
    columns: [
      ['run', 'INTEGER NOT NULL', 'run'],
      ['task', 'INTEGER NOT NULL', 'task of the run'],
      ['number', 'INTEGER NOT NULL', 'try, from 1'],
      ['code', text, 'security, where the task is about one'],
      ['dataset', text, 'table of bars or dataset'],
      ['from_date', 'DATE', 'first day asked'],
      ['to_date', 'DATE', 'last day asked'],
      ['started_at', instant, 'start'],
      ['ended_at', instant, 'end'],
      ['worker', 'INTEGER', 'worker, from 1'],
      ['requests', 'INTEGER', 'messages sent'],
      ['class', text, 'outcome: ok, ok-empty or a class of failure'],
      ['message', text, 'reason of an empty answer, or what failed'],
      ['provider_code', text, "the provider's error code"],
      ['said', text, "the provider's own words"],
    ],
  },
  {
    name: 'coverage',
    comment: 'ranges of a code that are known to be whole',
    columns: [
      ['dataset', 'VARCHAR NOT NULL', 'table of bars: daily, min5 …'],
      ['code', 'VARCHAR NOT NULL', 'security'],
      ['from_date', 'DATE NOT NULL', 'first day'],
      ['to_date', 'DATE NOT NULL', 'last day'],
      [
        'rows',
        'BIGINT NOT NULL',
        'rows in it when it was recorded; another number now means that it is not whole any more',
      ],
      ['checked_at', instant, 'when it was last asked for'],
      ['run', 'INTEGER', 'run that recorded it'],
    ],
  },
  {
    name: 'quarantine',
    comment: 'rows that failed a quality rule, kept whole',
    columns: [
      ['run', 'INTEGER', 'run that found it first'],
      ['code', text, 'security, where it could be read'],
      ['at', text, 'date or minute as far as it could be read'],
      ['dataset', text, 'table that the row was meant for'],
      ['reason', text, 'rule that it failed'],
      ['raw', text, "the provider's cells as JSON"],
      ['source', text, 'provider'],
      ['seen_at', instant, 'when it was first seen'],
      ['settled_run', 'INTEGER', 'run that brought a sound row in its place; NULL while none did'],
    ],
  },
  {
    name: 'revisions',
    comment:
      'stored rows that a later answer changed or took back; the old values may be those of an SQL statement: rows keep no mark of who changed them',
    columns: [
      ['run', 'INTEGER', 'run that brought the change'],
      ['dataset', text, 'table'],
      ['code', text, 'security'],
      ['at', text, 'date or minute of the row, or the rest of its key'],
      ['old', 'JSON', 'values before'],
      ['new', 'JSON', 'values after; NULL: the row was taken back'],
      ['source', text, 'provider of the new values'],
      ['seen_at', instant, 'when it was seen'],
    ],
  },
  {
    name: 'requests',
    comment: 'messages sent to a provider on a day',
    columns: [
      ['provider', 'VARCHAR NOT NULL', 'endpoint that the quota belongs to'],
      ['day', 'DATE NOT NULL', 'day in Shanghai'],
      ['method', 'VARCHAR NOT NULL', "login, logout or the provider's method"],
      ['count', count, 'messages'],
    ],
  },
  {
    name: 'providers',
    comment: 'what a provider said about its limits',
    columns: [
      ['provider', 'VARCHAR NOT NULL', 'endpoint that the limits belong to'],
      ['ban_until', instant, 'release of a ban; NULL: none known'],
      ['ban_said_at', instant, 'when the ban was said'],
      ['ban_message', text, "the provider's own words"],
      ['learned', 'JSON', 'limits learned from answers: sessions at once, requests a minute'],
      ['updated_at', instant, 'last change'],
    ],
  },
  {
    name: 'factor_spans',
    comment: 'adjustment factors as spans without gaps, from 1900-01-01 to 9999-12-31, for every code with bars',
    columns: [
      ['code', 'VARCHAR NOT NULL', 'security'],
      ['from_date', 'DATE NOT NULL', 'first day of the span'],
      ['to_date', 'DATE NOT NULL', 'last day of the span'],
      ['hfq_factor', 'DOUBLE NOT NULL', 'backward factor: hfq price = price * hfq_factor'],
      [
        'last_factor',
        'DOUBLE NOT NULL',
        "the code's newest backward factor: qfq price = price * hfq_factor / last_factor",
      ],
    ],
  },
  {
    name: 'lists',
    comment: "days of the provider's lists (index members, industries, ST) that are in their tables as ranges",
    columns: [
      ['dataset', 'VARCHAR NOT NULL', 'table of the lists'],
      ['scope', 'VARCHAR NOT NULL', 'which list, as JSON: its index, its treatment, its one code'],
      ['from_date', 'DATE NOT NULL', "day of the provider's list"],
      ['to_date', 'DATE NOT NULL', 'last day for which it was given as the list'],
    ],
  },
  {
    name: 'refreshed',
    comment: 'when catalogue, calendar, factors and other datasets were last asked for',
    columns: [
      ['what', 'VARCHAR NOT NULL', 'dataset, or adj_factors'],
      ['params', 'VARCHAR NOT NULL', 'parameters as JSON'],
      ['source', 'VARCHAR NOT NULL', 'provider'],
      ['day', 'DATE NOT NULL', 'day in Shanghai'],
      ['at', instant, 'when'],
    ],
  },
  {
    name: 'universes',
    comment: 'named lists of codes: @name in commands, universe(name) in SQL',
    columns: [
      ['name', 'VARCHAR NOT NULL', 'name, lower case'],
      ['sql', text, 'query whose first column, or column code, are the codes; NULL: the codes were given'],
      ['saved_at', instant, 'when it was saved'],
      ['evaluated_at', instant, 'when its codes were found last'],
    ],
  },
  {
    name: 'universe_codes',
    comment: 'codes of the named lists',
    columns: [
      ['name', 'VARCHAR NOT NULL', 'name of the list'],
      ['code', 'VARCHAR NOT NULL', 'security'],
      ['place', 'INTEGER NOT NULL', 'place in the list, from 1'],
    ],
  },
  {
    name: 'aliases',
    comment: 'codes that an exchange gave in the place of others; histories are not joined across them',
    columns: [
      ['old_code', 'VARCHAR NOT NULL', 'code before'],
      ['new_code', 'VARCHAR NOT NULL', 'code since then'],
      ['since', 'DATE NOT NULL', 'first session under the new code'],
      ['source', text, 'who says so'],
    ],
  },
];
