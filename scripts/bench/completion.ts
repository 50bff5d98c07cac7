/** How soon completions come, with 5,400 codes and 500 tables in a real file. `--quick` repeats less. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completionFigures } from './shell/completion-times.ts';
import { report } from './table.ts';

const folder = mkdtempSync(join(tmpdir(), 'duckline-bench-completion-'));
try {
  report('completion', await completionFigures(folder, process.argv.includes('--quick')));
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
