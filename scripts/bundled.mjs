// Runs a script that is written in TypeScript and uses the sources: bundles it into a folder of its own and imports it.
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** `entry` is relative to the checkout; `import.meta.url` in it is that of `standsAt`. Resolves when the script has ended. */
export async function runBundled(entry, standsAt = entry) {
  const out = mkdtempSync(join(root, 'node_modules', '.script-'));
  try {
    await build({
      absWorkingDir: root,
      entryPoints: [entry],
      outfile: join(out, 'script.mjs'),
      bundle: true,
      platform: 'node',
      target: 'node20.19',
      format: 'esm',
      packages: 'external',
      define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, standsAt)).href) },
      logLevel: 'warning',
    });
    await import(pathToFileURL(join(out, 'script.mjs')).href);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
