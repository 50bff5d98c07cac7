/** The text in the user's own editor (`$VISUAL`, `$EDITOR`, else `vi`), through a file that only the owner can read. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type EditorEnd = { readonly text: string } | { readonly trouble: string };

export async function editExternally(text: string, environment: NodeJS.ProcessEnv): Promise<EditorEnd> {
  const command = environment.VISUAL || environment.EDITOR || (process.platform === 'win32' ? 'notepad' : 'vi');
  const folder = mkdtempSync(join(tmpdir(), 'duckline-edit-'));
  const file = join(folder, 'text.sql');
  try {
    writeFileSync(file, text === '' ? '' : `${text}\n`, { mode: 0o600 });
    // The variable may hold options (`code --wait`), so a shell reads it; the file's name is ours.
    const child = spawn(`${command} "${file}"`, { shell: true, stdio: 'inherit' });
    const trouble = await new Promise<string | null>(resolve => {
      child.once('error', error => resolve(`the editor ${command} could not be started: ${error.message}`));
      child.once('close', (code, signal) =>
        resolve(code === 0 ? null : `the editor ended with ${signal ?? `exit code ${code}`}; the text is as it was`),
      );
    });
    if (trouble !== null) return { trouble };
    return { text: readFileSync(file, 'utf8').replace(/\r\n?/g, '\n').replace(/\n+$/, '') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
