/** Tables that were written for readers, taken apart again: a text or NULL for each cell. */
export interface Back {
  readonly names: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** What Markdown's reader makes of a cell's source. */
function markdownRead(source: string): string {
  return source
    .trim()
    .replaceAll('<br>', '\n')
    .replace(/\\([\\|*`~[\]_])/g, '$1')
    .replace(/&(lt|amp|#32);/g, (_, name: string) => ({ lt: '<', amp: '&', '#32': ' ' })[name] ?? '');
}

const quotedNull = /^'('*NULL'*)'$/;

/** A cell in which NULL is bare and a text NULL is quoted. */
function bare(text: string): string | null {
  return text === 'NULL' ? null : text.replace(quotedNull, '$1');
}

export function fromMarkdown(source: string): Back {
  const lines = source.trimEnd().split('\n');
  const cells = lines.map(line => line.slice(1, -1).split(/(?<!(?<!\\)(?:\\\\)*\\)\|/));
  const [head = [], rule = [], ...rows] = cells;
  if (!rule.every(cell => /^ -{3}:? $/.test(cell))) throw new Error(`no rule but ${rule.join('|')}`);
  return { names: head.map(markdownRead), rows: rows.map(row => row.map(cell => bare(markdownRead(cell)))) };
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#9;': '\t',
  '&#13;': '\r',
  '<br>': '\n',
};

function htmlRead(source: string): string {
  return source.replace(/&\w+;|&#\d+;|<br>/g, mark => entities[mark] ?? `?${mark}`);
}

export function fromHtml(source: string): Back {
  return {
    names: [...source.matchAll(/<th>([\s\S]*?)<\/th>/g)].map(([, text = '']) => htmlRead(text)),
    rows: [...source.matchAll(/^<tr>([\s\S]*?)<\/tr>$/gm)].map(([, row = '']) =>
      [...row.matchAll(/<td(?: class="(\w+)")?>([\s\S]*?)<\/td>/g)].map(([, kind, text = '']) =>
        kind === 'null' ? null : htmlRead(text),
      ),
    ),
  };
}

export function fromLine(source: string): Back {
  const records = source.trimEnd().split('\n\n');
  const fields = records.map(record => record.split('\n').map(row => row.split(/ = (.*)/, 2) as [string, string]));
  return {
    names: (fields[0] ?? []).map(([name]) => name.trim()),
    rows: fields.map(record => record.map(([, text = '']) => bare(text))),
  };
}

/** The columns are those of the rule under their names; of cells without wide characters. */
export function fromTable(source: string): Back {
  const [names = '', , rule = '', ...rows] = source.replace(/\n$/, '').split('\n');
  const columns = [...rule.matchAll(/-+/g)].map(({ index, 0: dashes }) => [index, index + dashes.length] as const);
  const cut = (row: string): string[] => columns.map(([from, to]) => row.slice(from, to).trim());
  return { names: cut(names), rows: rows.map(row => cut(row).map(bare)) };
}
