/** What can stand at the cursor of a statement, from what is known of the file and of the statement itself. */
import { synonymsOf } from '../synonyms.ts';
import type { Candidate } from './candidate.ts';
import type { StatementCursor } from './cursor.ts';
import { type KnownFunction, type KnownTable, type KnownTables, orderOf } from './known.ts';
import { writtenName } from './names.ts';
import { type Column, type Relation, type Scope, scopeAt } from './scope.ts';
import { type Wanted, wantedAt } from './wanted.ts';

export interface Known {
  readonly tables: KnownTables;
  readonly functions: readonly KnownFunction[];
  readonly reserved: ReadonlySet<string>;
}

/** Lower comes first among what answers equally well. */
const groups = { column: 0, alias: 1, relation: 2, table: 3, function: 5, keyword: 6 } as const;

export interface StatementCandidates {
  readonly wanted: Wanted['what'];
  readonly candidates: readonly Candidate[];
}

/** @param keywords words that the grammar allows here, as the engine tells them. */
export function statementCandidates(
  cursor: StatementCursor,
  known: Known,
  keywords: readonly string[],
): StatementCandidates {
  const { tokens, index } = cursor;
  const wanted = wantedAt(tokens, index);
  const scope = scopeAt(tokens, index, (table, isFunction) => columnsOf(known, table, isFunction));
  const writes = new Writer(cursor, known);
  const quoted = cursor.quoted === 'name';
  switch (wanted.what) {
    case 'nothing':
      return { wanted: wanted.what, candidates: [] };
    case 'keyword':
      return { wanted: wanted.what, candidates: quoted ? [] : writes.keywords(keywords) };
    case 'type':
      return { wanted: wanted.what, candidates: quoted ? [] : types.map(typeCandidate) };
    case 'relation':
      return {
        wanted: wanted.what,
        candidates: [
          ...scope.named.map(relation => writes.relation(relation)),
          ...writes.tables(),
          ...writes.schemas(),
          ...(quoted || !wanted.functions ? [] : writes.functions(true)),
          ...(quoted ? [] : writes.keywords(keywords.filter(word => /^(select|from|values|lateral|with)$/.test(word)))),
        ],
      };
    case 'member':
      return { wanted: wanted.what, candidates: members(wanted, scope, known, writes) };
    case 'common-column':
      return { wanted: wanted.what, candidates: writes.columns(commonColumns(scope)) };
    case 'column-of':
      return { wanted: wanted.what, candidates: writes.columns(columnsOf(known, wanted.table, false) ?? []) };
    case 'operand':
      return {
        wanted: wanted.what,
        candidates: [
          ...operandColumns(scope, writes),
          ...(quoted
            ? []
            : [
                ...qualifiers(scope, writes),
                ...writes.functions(false),
                ...writes.keywords(keywords.filter(word => known.reserved.has(word) || expressionWords.has(word))),
              ]),
        ],
      };
  }
}

/** Unreserved words that begin an expression or stand in one; the others are taken for names there. */
const expressionWords = new Set(['interval', 'exists', 'exclude', 'replace', 'row', 'values', 'by', 'columns']);

const types =
  'bigint blob boolean date decimal double float hugeint integer interval json real smallint struct time timestamp timestamptz tinyint ubigint uinteger uuid varchar'.split(
    ' ',
  );

function typeCandidate(name: string): Candidate {
  return { insert: name, label: name, kind: 'type', type: '', says: '', group: 0 };
}

/** Functions with columns of their own. */
const functionColumns: Readonly<Record<string, string>> = { bars: 'daily' };

function columnsOf({ tables }: Known, table: readonly string[], isFunction: boolean): readonly Column[] | null {
  const name = isFunction ? functionColumns[table.at(-1) ?? ''] : table.join('.');
  return name === undefined ? null : (tables.byName.get(name)?.columns ?? null);
}

function commonColumns({ relations }: Scope): Column[] {
  const [first, ...others] = relations.filter(({ columns }) => columns !== null);
  return (first?.columns ?? []).filter(({ name }) =>
    others.every(({ columns }) => columns?.some(other => other.name.toLowerCase() === name.toLowerCase())),
  );
}

/** Columns of all relations, those in more than one once; before there is a FROM, of our tables. */
function operandColumns({ relations, aliases }: Scope, writes: Writer): Candidate[] {
  const own = aliases.map((name): Candidate => ({ ...writes.named(name), kind: 'alias', group: groups.alias }));
  const known = relations.filter(({ columns }) => columns !== null);
  if (known.length > 0) {
    return [
      ...known.flatMap(({ name, columns }) => writes.columns(columns ?? [], known.length > 1 ? name : '')),
      ...own,
    ];
  }
  return relations.length > 0 ? own : [...writes.guessedColumns(), ...own];
}

/** Aliases and names that a column can be qualified with. */
function qualifiers({ relations }: Scope, writes: Writer): Candidate[] {
  return relations.flatMap(relation => (relation.name === '' ? [] : [writes.relation(relation)]));
}

function members(
  { of, relation }: Extract<Wanted, { what: 'member' }>,
  { relations, named }: Scope,
  known: Known,
  writes: Writer,
): readonly Candidate[] {
  const path = of.join('.');
  const inSchema = known.tables.tables.filter(
    table =>
      `${table.database}.${table.schema}`.toLowerCase() === path ||
      (of.length === 1 &&
        ((table.schema.toLowerCase() === path && table.database === known.tables.database) ||
          table.database.toLowerCase() === path)),
  );
  if (relation) return inSchema.map(table => writes.table(table, [table.name]));
  const found = [...relations, ...named].find(({ name }) => name.toLowerCase() === path);
  if (found) return writes.columns(found.columns ?? []);
  const table = known.tables.byName.get(path);
  return table ? writes.columns(table.columns) : inSchema.map(one => writes.table(one, [one.name]));
}

/** Functions that look into the engine are offered only to who begins to write one. */
const inner = /^(duckdb_|pragma_|pg_|sqlite_|json_execute|test_|force_|icu_)/;

class Writer {
  private readonly known: Known;
  private readonly quoted: boolean;
  private readonly capitals: boolean;
  private readonly called: boolean;
  /** What a function of the engine's own must begin with. */
  private readonly start: string;

  constructor({ quoted, typed, next }: StatementCursor, known: Known) {
    this.known = known;
    this.quoted = quoted === 'name';
    this.capitals = typed.length > 1 && /^[A-Z_]+$/.test(typed);
    this.called = next === '(';
    this.start = typed.length < 2 ? '-' : typed.toLowerCase();
  }

  named(name: string): Pick<Candidate, 'insert' | 'label' | 'type' | 'says'> {
    return { insert: writtenName(name, this.known.reserved, this.quoted), label: name, type: '', says: '' };
  }

  columns(columns: readonly Column[], relation = ''): Candidate[] {
    return columns.map((column, order): Candidate => {
      const also = synonymsOf(column.name);
      return {
        ...this.named(column.name),
        kind: 'column',
        type: column.type,
        says: column.says === '' && relation !== '' ? `of ${relation}` : column.says,
        group: groups.column,
        order,
        ...(also.length > 0 ? { also } : {}),
      };
    });
  }

  /** Before a table is named: what the user probably wants to select. */
  guessedColumns(): Candidate[] {
    const ours = this.known.tables.tables.filter(({ ours: own, schema }) => own && schema === 'main');
    return ['daily', 'instruments'].flatMap(name => {
      const table = ours.find(one => one.name === name);
      return table ? this.columns(table.columns, name) : [];
    });
  }

  relation({ name, table, columns }: Relation): Candidate {
    const says = table && table.at(-1) !== name.toLowerCase() ? table.join('.') : '';
    return {
      ...this.named(name),
      kind: table ? 'table' : 'view',
      type: columns ? `${columns.length} columns` : '',
      says,
      group: groups.relation,
    };
  }

  table(table: KnownTable, parts: readonly string[]): Candidate {
    return {
      insert: parts.map(part => writtenName(part, this.known.reserved, this.quoted)).join('.'),
      label: parts.join('.'),
      kind: table.kind,
      type: '',
      says: table.says,
      group: groups.table,
      order: orderOf(table),
    };
  }

  /** As they can be named: without the schema where that is in use, else with it. */
  tables(): Candidate[] {
    const { tables, byName } = this.known.tables;
    return tables.flatMap(table => {
      const { database, schema, name } = table;
      const parts = [[name], [schema, name], [database, schema, name]].find(
        written => byName.get(written.join('.').toLowerCase()) === table,
      );
      return parts && (parts.length === 1 || !this.quoted) ? [this.table(table, parts)] : [];
    });
  }

  schemas(): Candidate[] {
    const { tables, database, schema } = this.known.tables;
    const names = new Set(
      tables.flatMap(table => (table.database === database && table.schema !== schema ? [table.schema] : [])),
    );
    return [...names].map(name => ({
      ...this.named(name),
      kind: 'schema' as const,
      says: 'tables of it after a dot',
      group: groups.table,
      order: 400,
    }));
  }

  functions(table: boolean): Candidate[] {
    return this.known.functions.flatMap(one => {
      if (one.table !== table || (inner.test(one.name) && !one.name.startsWith(this.start))) return [];
      return [
        {
          insert: this.called ? one.name : one.parameters ? `${one.name}(` : `${one.name}()`,
          label: one.name,
          kind: 'function' as const,
          type: one.type,
          says: one.says,
          group: groups.function,
          order: one.ours ? 0 : 1,
        },
      ];
    });
  }

  keywords(words: readonly string[]): Candidate[] {
    return words.map(word => {
      const written = this.capitals ? word.toUpperCase() : word;
      return { insert: written, label: written, kind: 'keyword', type: '', says: '', group: groups.keyword };
    });
  }
}
