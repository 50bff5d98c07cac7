/**
 * Markdown as HTML: headings, paragraphs, lists, quotes, rules, code, emphasis and links, which is what notes are written with. All
 * else is text. Nothing of the source reaches the page unescaped, and a link leads only where it says it does: to the web, to
 * mail, or within the page.
 */
import { escaped } from '../../chart/svg.ts';

export function proseHtml(source: string): string {
  const html: string[] = [];
  const lines = source.replace(/\r\n?/g, '\n').split('\n');
  let at = 0;
  const take = (belongs: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && belongs(lines[at] ?? '')) at++;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (line.trim() === '') {
      at++;
    } else if (/^\s*```/.test(line)) {
      at++;
      const code = take(row => !/^\s*```\s*$/.test(row));
      at++;
      html.push(`<pre><code>${escaped(code.join('\n'))}</code></pre>`);
    } else if (heading) {
      at++;
      const level = heading[1]?.length ?? 1;
      html.push(`<h${level}>${inline(heading[2] ?? '')}</h${level}>`);
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      at++;
      html.push('<hr>');
    } else if (/^\s*>/.test(line)) {
      const quote = take(row => /^\s*>/.test(row)).map(row => row.replace(/^\s*> ?/, ''));
      html.push(`<blockquote>${proseHtml(quote.join('\n'))}</blockquote>`);
    } else if (bullet.test(line) || numbered.test(line)) {
      const item = bullet.test(line) ? bullet : numbered;
      const tag = item === bullet ? 'ul' : 'ol';
      html.push(
        `<${tag}>${items(
          take(row => item.test(row) || /^\s{2,}\S/.test(row)),
          item,
        )}</${tag}>`,
      );
    } else {
      const paragraph = take(row => row.trim() !== '' && !begins.test(row));
      if (paragraph.length === 0) paragraph.push(lines[at++] ?? '');
      html.push(`<p>${paragraph.map(inline).join('\n')}</p>`);
    }
  }
  return html.join('\n');
}

const bullet = /^\s{0,3}[-*+]\s+/;
const numbered = /^\s{0,3}\d{1,9}[.)]\s+/;
const begins = /^(#{1,6}\s|\s*```|\s*>|\s{0,3}[-*+]\s+|\s{0,3}\d{1,9}[.)]\s+)/;

/** A row that begins no item goes on with the one before it. */
function items(rows: readonly string[], item: RegExp): string {
  const found: string[] = [];
  for (const row of rows) {
    if (item.test(row) || found.length === 0) found.push(row.replace(item, ''));
    else found.push(`${found.pop()} ${row.trim()}`);
  }
  return found.map(text => `<li>${inline(text)}</li>`).join('');
}

const marks = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^()\s]+)\)/g;

function inline(text: string): string {
  let html = '';
  let at = 0;
  for (const match of text.matchAll(marks)) {
    const [whole, code, bold, slanted, label, target] = match;
    html += escaped(text.slice(at, match.index));
    if (code !== undefined) html += `<code>${escaped(code)}</code>`;
    else if (bold !== undefined) html += `<strong>${inline(bold)}</strong>`;
    else if (slanted !== undefined) html += `<em>${inline(slanted)}</em>`;
    else if (/^(https?:\/\/|mailto:|#)/i.test(target ?? '')) {
      html += `<a href="${escaped(target ?? '')}" rel="noreferrer">${inline(label ?? '')}</a>`;
    } else html += escaped(whole);
    at = match.index + whole.length;
  }
  return html + escaped(text.slice(at));
}
