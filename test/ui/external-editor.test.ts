import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { editExternally } from '../../src/ui/external-editor.ts';

let folder = '';
const temporary = process.env.TMPDIR;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'duckline-editor-'));
});
afterEach(() => {
  if (temporary === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = temporary;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function script(name: string, lines: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${lines}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe.skipIf(process.platform === 'win32')('the editor of the user', () => {
  it('gets the text in a file of its own, and what it leaves there is the text', async () => {
    const EDITOR = script(
      'good.sh',
      'test "$(stat -c %a "$1")" = 600 && printf "%s，乙\\r\\n二\\n\\n" "$(cat "$1")" > "$1"',
    );
    expect(await editExternally('甲', { EDITOR })).toEqual({ text: '甲，乙\n二' });
  });

  it.each([
    ['deletes the file', 'rm "$1"', /left no text: ENOENT.*; the text is as it was$/],
    ['puts a folder in its place', 'rm "$1"; mkdir "$1"', /left no text: EISDIR.*; the text is as it was$/],
    ['gives up', 'exit 3', /ended with exit code 3; the text is as it was$/],
    ['is killed', 'kill -9 $$', /ended with (SIGKILL|exit code 137); the text is as it was$/],
  ])('says so when it %s, and leaves nothing behind', async (_, lines, said) => {
    process.env.TMPDIR = mkdtempSync(join(folder, 'tmp-'));
    const end = await editExternally('select 1', { EDITOR: script('bad.sh', lines) });
    expect(end).toEqual({ trouble: expect.stringMatching(said) });
    expect(readdirSync(process.env.TMPDIR)).toEqual([]);
  });

  it('says so where no file can be made for it', async () => {
    process.env.TMPDIR = join(folder, 'nowhere');
    const end = await editExternally('select 1', { EDITOR: 'true' });
    expect(end).toEqual({ trouble: expect.stringMatching(/^no file could be made for the editor: ENOENT/) });
  });
});
