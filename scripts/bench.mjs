// `npm run bench -- NAME [options]`: runs one benchmark of scripts/bench; without a name lists them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'scripts/bench');
const [name, ...rest] = process.argv.slice(2);
const names = readdirSync(folder)
  .filter(file => file.endsWith('.ts') && file !== 'table.ts')
  .map(file => file.slice(0, -3));
if (!name || !existsSync(join(folder, `${name}.ts`))) {
  console.error(`${name ? `there is no benchmark '${name}'. ` : ''}Benchmarks: ${names.join(', ')}`);
  process.exit(2);
}
// The bundle stands inside the checkout, so that its imports of packages resolve.
const out = mkdtempSync(join(root, 'dist', 'bench-'));
let status = 1;
try {
  await build({
    absWorkingDir: root,
    entryPoints: [join(folder, `${name}.ts`)],
    outfile: join(out, `${name}.js`),
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    jsx: 'automatic',
    packages: 'external',
    logLevel: 'warning',
    define: { DUCKLINE_VERSION: '"bench"' },
  });
  const env = {
    ...process.env,
    UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? '20',
    DUCKLINE_ROOT: root,
    TMPDIR: process.env.TMPDIR ?? tmpdir(),
  };
  status =
    spawnSync(process.execPath, ['--expose-gc', join(out, `${name}.js`), ...rest], { cwd: root, stdio: 'inherit', env })
      .status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
process.exit(status);
