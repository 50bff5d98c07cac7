/**
 * The text in the user's own editor (`$VISUAL`, `$EDITOR`, else `vi`), through a file that only the owner can read. Whatever the editor
 * does with the file, and wherever no file can be made, the answer is a text or what went wrong; it never throws.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asProblem } from '../market/problem.ts';

export type EditorEnd = { readonly text: string } | { readonly trouble: string };

export async function editExternally(text: string, environment: NodeJS.ProcessEnv): Promise<EditorEnd> {
  const command = environment.VISUAL || environment.EDITOR || (process.platform === 'win32' ? 'notepad' : 'vi');
  let folder: string | null = null;
  try {
    folder = mkdtempSync(join(tmpdir(), 'duckline-edit-'));
    const file = join(folder, 'text.sql');
    writeFileSync(file, text === '' ? '' : `${text}\n`, { mode: 0o600 });
    const trouble = await edited(command, file);
    if (trouble !== null) return { trouble: `${trouble}; the text is as it was` };
    return { text: readFileSync(file, 'utf8').replace(/\r\n?/g, '\n').replace(/\n+$/, '') };
  } catch (thrown) {
    const what = folder === null ? 'no file could be made for the editor' : `the editor ${command} left no text`;
    return { trouble: `${what}: ${asProblem(thrown).message}; the text is as it was` };
  } finally {
    if (folder !== null) removed(folder);
  }
}

/** @returns what went wrong, or null. */
function edited(command: string, file: string): Promise<string | null> {
  // The variable may hold options (`code --wait`), so a shell reads it; the file's name is ours.
  const child = spawn(`${command} "${file}"`, { shell: true, stdio: 'inherit' });
  return new Promise(resolve => {
    child.once('error', error => resolve(`the editor ${command} could not be started: ${error.message}`));
    child.once('close', (code, signal) =>
      resolve(code === 0 ? null : `the editor ended with ${signal ?? `exit code ${code}`}`),
    );
  });
}

function removed(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // What the editor put there and nobody may delete stays with the system's other temporary files.
  }
}
