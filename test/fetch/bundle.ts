/** Bundles a fixture into a folder inside the checkout, where its packages resolve, and removes it afterwards. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, '..', '..');

export interface Bundle {
  readonly file: string;
  remove(): void;
}

export async function bundle(fixture: string): Promise<Bundle> {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', 'test-fetch-'));
  const file = join(folder, `${fixture}.js`);
  await build({
    absWorkingDir: root,
    entryPoints: [join(here, 'fixtures', `${fixture}.ts`)],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
