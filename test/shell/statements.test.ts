/** Texts cut into statements and commands, against DuckDB's own splitter. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statementWords } from '../../src/shell/sql-words.ts';
import { placeAt, splitText } from '../../src/shell/statements.ts';

const commands = new Set(['fetch', 'pool', 'runs', 'export']);
const isCommand = (name: string, rest: string) =>
  commands.has(name) && !(name === 'export' && /^\s+database\b/i.test(rest));

function pieces(text: string): string[] {
  return splitText(text, isCommand).pieces.map(piece => `${piece.kind} ${piece.text}`);
}

let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

describe('splitting', () => {
  it('tells commands from statements', () => {
    expect(pieces('fetch 600519 --from -1y\nselect 1;\n.pool\nselect\n2;')).toEqual([
      'command fetch 600519 --from -1y',
      'sql select 1',
      'command pool',
      'sql select\n2',
    ]);
    expect(pieces("fetch '贵;州'; runs;select 3")).toEqual(["command fetch '贵;州'", 'command runs', 'sql select 3']);
    expect(pieces('FETCH 1')).toEqual(['command FETCH 1']);
    expect(pieces("export database 'x'")).toEqual(["sql export database 'x'"]);
    expect(pieces('export 2 out.csv')).toEqual(['command export 2 out.csv']);
    expect(pieces('-- a note\n  pool\n/* and */ runs')).toEqual(['command pool', 'command runs']);
  });

  it('takes a first word that no statement begins with for a mistyped command', () => {
    expect(pieces('fecth 600519\nselect 1;')).toEqual(['command fecth 600519', 'sql select 1']);
    expect(pieces('.tables')).toEqual(['command tables']);
    expect(pieces('600519')).toEqual(['command 600519']);
    expect(pieces('贵州茅台')).toEqual(['command 贵州茅台']);
  });

  it.each([
    ['select 1', 'statement'],
    ["select 'a", 'quote'],
    ["select 'it''s", 'quote'],
    ["select e'it\\'s", 'quote'],
    ['select "a', 'identifier'],
    ['select $$a', 'dollar'],
    ['select $tag$a$$', 'dollar'],
    ['select (1', 'bracket'],
    ['select [1, (2)', 'bracket'],
    ['select 1 /* a /* b */', 'comment'],
    ['/* a', 'comment'],
    ['select 1; select', 'statement'],
    ['select 1 -- ;', 'statement'],
  ])('sees that %j is not complete: %s', (text, open) => {
    expect(splitText(text, isCommand).open).toBe(open);
  });

  it.each(['', '  \n', ';', '-- x', '/* x */', 'select 1;', 'select 1; -- x', 'pool', 'select 1；', "select ';';"])(
    'sees that %j is complete',
    text => expect(splitText(text, isCommand).open).toBeNull(),
  );

  it('folds full-width punctuation outside quotes and comments only', () => {
    expect(pieces('select ‘茅台；’， “收盘” ＝ 1　from t（1）。x；')).toEqual([
      'sql select \'茅台；\', "收盘" = 1 from t(1).x',
    ]);
    expect(pieces('select ＊, a：：date from t where x ！＝ 1；')).toEqual([
      'sql select *, a::date from t where x != 1',
    ]);
    expect(pieces("select '，；' -- ，\n, $$；$$；")).toEqual(["sql select '，；' -- ，\n, $$；$$"]);
  });

  it('keeps offsets while folding', () => {
    const text = 'select 1；\n select 收盘价（x） from t；';
    const [, second] = splitText(text, isCommand).pieces;
    expect(second?.start).toBe(text.indexOf('select 收'));
    expect(placeAt(text, (second?.start ?? 0) + (second?.text.indexOf('收') ?? 0))).toEqual({
      line: 2,
      column: 9,
      text: ' select 收盘价（x） from t；',
    });
  });

  it.each([
    'select 1; select \'a;b\', "c;d", $$e;f$$, $x$g;$$;h$x$; select 3',
    "select 'it''s; ' || e'\\'; '; select 2",
    'select 1 /* ; /* ; */ ; */; -- ; \nselect 2;;; select 3',
    'select a$b$ from (select 1 as a$b$); select 2',
    'prepare p as select $1; execute p(1)',
    "select x'ab', 1e5; select '' ; select ''''",
    'select {\'a\': \';\'}, [1,2][1]; create table "a""b;" (i int); select 1.;',
    'select \'多行\n;\' ; select "名;称" from (select 1 as "名;称")',
    'select 1;\r\nselect 2;\r\n',
    "select 'E' || E'a\\\\'; select 2",
    "select '\\'; select 2",
  ])('agrees with DuckDB on %j', async text => {
    const extracted = await connection.extractStatements(text);
    expect(splitText(text, () => false).pieces).toHaveLength(extracted.count);
  });

  it.each(["select 'a", 'select "a', 'select $$a', 'select (1', 'select 1 /* a'])(
    'agrees with DuckDB that %j is not complete',
    async text => {
      await expect(connection.extractStatements(text)).rejects.toThrow(/unterminated|end of input|syntax error/i);
      expect(splitText(text, () => false).open).not.toBeNull();
    },
  );

  it('knows every word that a statement can begin with', async () => {
    const keywords = (await connection.runAndReadAll('select distinct keyword_name from duckdb_keywords()')).getRows();
    for (const [keyword] of [...keywords, ['pragma'], ['force'], ['reassign'], ['fetch']]) {
      expect([keyword, await begins(String(keyword))]).toEqual([keyword, statementWords.has(String(keyword))]);
    }
  });
});

/** DuckDB's parser stumbles over the word itself only where no statement begins with it. */
async function begins(word: string): Promise<boolean> {
  try {
    await connection.extractStatements(`${word} x`);
    return true;
  } catch (thrown) {
    return !new RegExp(`at or near "${word}"`, 'i').test(String(thrown));
  }
}
