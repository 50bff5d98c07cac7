/**
 * What the names at a place of a statement mean: the tables, aliases, common table expressions and subqueries that can be seen from
 * there, and the columns of those that the statement itself makes. Made of tokens; it is no parser, and what it does not
 * understand it leaves out.
 */
import type { SqlToken } from '../sql-tokens.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly says: string;
}

/** Something with columns in a FROM. */
export interface Relation {
  /** As columns of it can be qualified: the alias, else the name. */
  readonly name: string;
  /** The table behind it, its parts in lower case; null for a subquery. */
  readonly table: readonly string[] | null;
  /** Known where the statement itself makes it. */
  readonly columns: readonly Column[] | null;
}

export interface Scope {
  /** Of the innermost query first. */
  readonly relations: readonly Relation[];
  /** Common table expressions of the statement. */
  readonly named: readonly Relation[];
  /** Names that the select list gives. */
  readonly aliases: readonly string[];
}

/** Columns of a stored table by the parts of its name, or of a table function; null for what is unknown. */
export type ColumnsOf = (table: readonly string[], isFunction: boolean) => readonly Column[] | null;

interface Group {
  readonly open: number;
  close: number;
  readonly parent: Group | null;
}

const deepest = 6;

export function scopeAt(tokens: readonly SqlToken[], index: number, columnsOf: ColumnsOf): Scope {
  const reader = new Reader(tokens, index, columnsOf);
  const relations: Relation[] = [];
  for (let group: Group | null = reader.groupOf(index); group; group = group.parent) {
    const place = group === reader.groupOf(index) ? index : reader.innerOpen(group, index);
    relations.push(...reader.relationsOf(group, place, 0));
  }
  return { relations, named: reader.named(), aliases: reader.aliasesOf(reader.groupOf(index), index) };
}

class Reader {
  private readonly tokens: readonly SqlToken[];
  private readonly cursor: number;
  private readonly columnsOf: ColumnsOf;
  private readonly groups: readonly Group[];
  private readonly root: Group;
  private cache: readonly Relation[] | null = null;
  private reading = false;

  constructor(tokens: readonly SqlToken[], cursor: number, columnsOf: ColumnsOf) {
    this.tokens = tokens;
    this.cursor = cursor;
    this.columnsOf = columnsOf;
    this.root = { open: -1, close: tokens.length, parent: null };
    const groups: Group[] = [];
    let current = this.root;
    for (const [at, token] of tokens.entries()) {
      if (token.kind === 'sign' && /^[)\]}]$/.test(token.text)) {
        groups[at] = current.parent ?? current;
        if (current.parent) {
          current.close = at;
          current = current.parent;
        }
        continue;
      }
      groups[at] = current;
      if (token.kind === 'sign' && /^[([{]$/.test(token.text)) {
        current = { open: at, close: tokens.length, parent: current };
      }
    }
    this.groups = groups;
  }

  groupOf(index: number): Group {
    return this.groups[index] ?? this.root;
  }

  /** The bracket of a group through which one gets to `index`. */
  innerOpen(group: Group, index: number): number {
    for (let inner: Group | null = this.groupOf(index); inner; inner = inner.parent) {
      if (inner.parent === group) return inner.open;
    }
    return index;
  }

  /** Relations of the query that `place` stands in, within one group of brackets; UNION divides a group. */
  relationsOf(group: Group, place: number, depth: number): Relation[] {
    if (depth > deepest) return [];
    const { from, to } = this.queryAround(group, place);
    const found: Relation[] = [];
    for (let at = from; at < to; at++) {
      if (this.groups[at] !== group || !this.introduces(at)) continue;
      let next: number | null = at + 1;
      const list = this.word(at) === 'from' || this.word(at) === 'using';
      while (next !== null) {
        const read = this.relationAt(next, depth);
        if (read.relation) found.push(read.relation);
        next = list && this.tokens[read.next]?.text === ',' && read.next < to ? read.next + 1 : null;
      }
    }
    return found;
  }

  private queryAround(group: Group, place: number): { from: number; to: number } {
    let from = group.open + 1;
    let to = group.close;
    for (let at = group.open + 1; at < group.close; at++) {
      if (this.groups[at] !== group || !/^(union|intersect|except)$/.test(this.word(at))) continue;
      if (at < place) from = at + 1;
      else {
        to = at;
        break;
      }
    }
    return { from, to };
  }

  /** Whether the word brings a relation after it. */
  private introduces(at: number): boolean {
    const word = this.word(at);
    const before = this.word(at - 1);
    if (before === '.') return false;
    if (word === 'from') {
      if (before === 'distinct' && /^(is|not)$/.test(this.word(at - 2))) return false;
      const group = this.groupOf(at);
      return !(group.open > 0 && /^(extract|substring|trim|overlay|position)$/.test(this.word(group.open - 1)));
    }
    if (word === 'using') return this.word(at + 1) !== '(';
    if (word === 'update') return at === 0 || before === ')';
    return /^(join|into|summarize|describe|pivot|unpivot)$/.test(word);
  }

  private relationAt(start: number, depth: number): { relation: Relation | null; next: number } {
    let at = start;
    while (/^(lateral|only)$/.test(this.word(at))) at++;
    const token = this.tokens[at];
    if (!token || at === this.cursor) return { relation: null, next: at + 1 };
    let table: readonly string[] | null = null;
    let columns: readonly Column[] | null = null;
    let name = '';
    if (token.text === '(' && token.kind === 'sign') {
      const group = this.groups[at + 1] ?? this.root;
      if (group.open !== at) return { relation: null, next: at + 1 };
      columns = this.columnsOfQuery(group, depth + 1);
      at = group.close + 1;
    } else if (token.kind === 'string') {
      at++;
    } else if (token.kind === 'word' || token.kind === 'name') {
      const parts: string[] = [];
      for (;;) {
        if (at === this.cursor) return { relation: null, next: at + 1 };
        parts.push(this.tokens[at]?.text.toLowerCase() ?? '');
        name = this.tokens[at]?.text ?? '';
        const following = this.tokens[at + 2];
        at++;
        if (this.tokens[at]?.text !== '.' || !following || !/^(word|name)$/.test(following.kind)) break;
        at++;
      }
      const isFunction = this.tokens[at]?.text === '(' && this.word(start - 1) !== 'into';
      const made = parts.length === 1 ? this.named().find(one => one.name.toLowerCase() === parts[0]) : undefined;
      table = made ? null : parts;
      columns = made ? made.columns : this.columnsOf(parts, isFunction);
      if (isFunction) at = (this.groups[at + 1]?.close ?? at) + 1;
    } else {
      return { relation: null, next: at + 1 };
    }
    return this.aliased({ name, table, columns }, at);
  }

  private aliased(relation: Relation, start: number): { relation: Relation | null; next: number } {
    let at = start;
    const said = this.word(at) === 'as';
    if (said) at++;
    const token = this.tokens[at];
    const isAlias =
      token !== undefined &&
      at !== this.cursor &&
      (token.kind === 'name' || (token.kind === 'word' && (said || !afterRelation.has(token.text.toLowerCase()))));
    if (!isAlias) return { relation: relation.name === '' && !relation.columns ? null : relation, next: at };
    const alias = { ...relation, name: token.text };
    at++;
    if (this.tokens[at]?.text !== '(') return { relation: alias, next: at };
    const group = this.groups[at + 1];
    if (!group || group.open !== at) return { relation: alias, next: at };
    return { relation: { ...alias, columns: this.columnList(group) }, next: group.close + 1 };
  }

  private columnList(group: Group): Column[] {
    return this.tokens
      .slice(group.open + 1, group.close)
      .flatMap(({ kind, text }) => (kind === 'word' || kind === 'name' ? [made(text)] : []));
  }

  /** Common table expressions: `name [(columns)] as [[not] materialized] (query)` after WITH or a comma. */
  named(): readonly Relation[] {
    if (this.cache) return this.cache;
    if (this.reading || !this.tokens.some((_, at) => this.word(at) === 'with')) return [];
    this.reading = true;
    const found: Relation[] = [];
    // Earlier ones are known to later ones.
    this.cache = found;
    for (const [at, token] of this.tokens.entries()) {
      if (at === this.cursor || (token.kind !== 'word' && token.kind !== 'name')) continue;
      if (!/^(with|recursive|,)$/.test(this.word(at - 1))) continue;
      let next = at + 1;
      let columns: readonly Column[] | null = null;
      if (this.tokens[next]?.text === '(') {
        const list = this.groups[next + 1];
        if (!list || list.open !== next) continue;
        columns = this.columnList(list);
        next = list.close + 1;
      }
      if (this.word(next) !== 'as') continue;
      next++;
      while (/^(not|materialized)$/.test(this.word(next))) next++;
      if (this.tokens[next]?.text !== '(') continue;
      const query = this.groups[next + 1];
      if (!query || query.open !== next) continue;
      found.push({ name: token.text, table: null, columns: columns ?? this.columnsOfQuery(query, 1) });
    }
    return found;
  }

  /** Names that the select list of the query around `place` gives with AS. */
  aliasesOf(group: Group, place: number): string[] {
    const { from, to } = this.queryAround(group, place);
    const names: string[] = [];
    for (let at = from; at < to; at++) {
      if (this.groups[at] !== group || at === this.cursor + 1 || this.word(at - 1) !== 'as') continue;
      const token = this.tokens[at];
      if (
        at !== this.cursor &&
        token &&
        (token.kind === 'word' || token.kind === 'name') &&
        this.inSelectList(group, at)
      )
        names.push(token.text);
    }
    return names;
  }

  private inSelectList(group: Group, place: number): boolean {
    for (let at = place - 1; at > group.open; at--) {
      if (this.groups[at] !== group) continue;
      const word = this.word(at);
      if (word === 'select') return true;
      if (/^(from|join|with|where|recursive)$/.test(word)) return false;
    }
    return false;
  }

  /** The columns that a query in brackets gives; null where it cannot be told. */
  private columnsOfQuery(group: Group, depth: number): readonly Column[] | null {
    if (depth > deepest) return null;
    const first = group.open + 1;
    const own = (at: number): boolean => this.groups[at] === group;
    let select = -1;
    for (let at = first; at < group.close; at++) {
      if (own(at) && this.word(at) === 'select') {
        select = at;
        break;
      }
    }
    const stars = (): Column[] => this.relationsOf(group, first, depth).flatMap(({ columns }) => columns ?? []);
    if (select < 0) return this.word(first) === 'from' ? stars() : null;
    const known = this.relationsOf(group, first, depth);
    const columns: Column[] = [];
    let item: number[] = [];
    const end = (): void => {
      columns.push(...this.columnsOfItem(item, known));
      item = [];
    };
    for (let at = select + 1; at < group.close; at++) {
      if (!own(at)) {
        item.push(at);
        continue;
      }
      const word = this.word(at);
      if (endsSelect.has(word) && this.word(at - 1) !== '.' && this.word(at - 1) !== 'as') break;
      if (word === ',') end();
      else if (!(item.length === 0 && /^(distinct|all)$/.test(word))) item.push(at);
    }
    end();
    return columns;
  }

  private columnsOfItem(item: readonly number[], known: readonly Relation[]): Column[] {
    const own = item.filter(at => at !== this.cursor);
    const last = this.tokens[own.at(-1) ?? -1];
    const firstAt = own[0];
    if (!last || firstAt === undefined) return [];
    const texts = own.map(at => this.tokens[at]?.text ?? '');
    if (texts[0] === '*') return known.flatMap(({ columns }) => columns ?? []);
    if (texts[1] === '.' && texts[2] === '*') {
      return known.flatMap(({ name, columns }) =>
        name.toLowerCase() === texts[0]?.toLowerCase() ? (columns ?? []) : [],
      );
    }
    if (last.kind !== 'word' && last.kind !== 'name') return [];
    const before = texts.at(-2);
    const plain = own.every((at, index) => (index % 2 === 0 ? this.tokens[at]?.kind !== 'sign' : texts[index] === '.'));
    const same = known
      .flatMap(({ columns }) => columns ?? [])
      .find(({ name }) => name.toLowerCase() === last.text.toLowerCase());
    if (plain && same) return [same];
    if (plain || before === 'as') return [made(last.text)];
    const previous = this.tokens[own.at(-2) ?? -1];
    const operand = previous !== undefined && (previous.kind !== 'sign' || /^[)\]]$/.test(previous.text));
    return operand && !/^(end|null|true|false)$/i.test(last.text) ? [made(last.text)] : [];
  }

  private word(at: number): string {
    const token = this.tokens[at];
    return token && token.kind !== 'string' && token.kind !== 'name' ? token.text.toLowerCase() : '';
  }
}

function made(name: string): Column {
  return { name, type: '', says: '' };
}

const endsSelect = new Set(
  'from where group having qualify window order limit offset union intersect except using'.split(' '),
);

/** Words that can follow a relation and are no alias of it. */
const afterRelation = new Set(
  'anti as asof at cross except for full group having inner intersect into join left limit natural offset on order outer pivot positional qualify returning right sample select semi set tablesample union unpivot using values where window with when'.split(
    ' ',
  ),
);
