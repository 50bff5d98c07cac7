// Long form of the property tests of the frame decoders: every recorded answer split at every byte, mutations, garbage.
// `node scripts/fuzz-frames.mjs [RUNS] [SEED]`; 10,000 mutations by default. Exits 1 where a property does not hold.
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = mkdtempSync(join(root, 'node_modules', '.fuzz-'));
try {
  await build({
    absWorkingDir: root,
    entryPoints: ['test/source/fixtures/frame-fuzz.ts'],
    outfile: join(out, 'fuzz.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'test/source/vectors.ts')).href) },
    logLevel: 'warning',
  });
  const { fuzz } = await import(pathToFileURL(join(out, 'fuzz.mjs')).href);
  fuzz(Number(process.argv[2] ?? 10_000), process.argv[3] === undefined ? undefined : Number(process.argv[3]));
} finally {
  rmSync(out, { recursive: true, force: true });
}
