// Bundles the program and the worker into `dist/` (or the folder named as the argument, inside the checkout): ESM with lazy
// chunks (what a command does not need is not loaded), and a CommonJS launcher that sets the size of the thread pool before
// anything else loads. Files of earlier builds stay for an hour, since a running program may still load its chunks.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, process.argv[2] ?? 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Ink loads the developer tools of React only when asked by an environment variable; the bundle has none. */
const withoutDevtools = {
  name: 'without-devtools',
  setup(builder) {
    builder.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: 'react-devtools-core', namespace: 'stub' }));
    builder.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: 'export default {}' }));
  },
};

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  outdir: dist,
  jsx: 'automatic',
  sourcemap: false,
  minifySyntax: true,
  logLevel: 'warning',
  metafile: true,
  define: {
    'process.env.NODE_ENV': '"production"',
    'process.env.DEV': '"false"',
    DUCKLINE_VERSION: JSON.stringify(version),
  },
  external: ['@duckdb/node-bindings', 'tinypool'],
  plugins: [withoutDevtools],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};

mkdirSync(join(dist, 'chunks'), { recursive: true });
const [program, worker] = await Promise.all([
  build({ ...shared, entryPoints: { main: 'src/main.ts' }, splitting: true, chunkNames: 'chunks/[name]-[hash]' }),
  build({ ...shared, entryPoints: { worker: 'src/fetch/worker.ts' } }),
]);
writeFileSync(join(dist, 'main.meta.json'), JSON.stringify(program.metafile));
writeFileSync(join(dist, 'worker.meta.json'), JSON.stringify(worker.metafile));
copyFileSync(join(root, 'src/launcher.cjs'), join(dist, 'duckline.cjs'));
writeFileSync(join(dist, 'built'), `${version}\n`);

const current = new Set(Object.keys(program.metafile.outputs).map(path => join(root, path)));
const anHourAgo = Date.now() - 3_600_000;
for (const name of readdirSync(join(dist, 'chunks'))) {
  const file = join(dist, 'chunks', name);
  if (!current.has(file) && statSync(file).mtimeMs < anHourAgo) rmSync(file);
}
