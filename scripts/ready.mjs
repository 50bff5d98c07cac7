// Makes a checkout ready to run: installs when `node_modules` is missing or older than the lock file, builds when `dist`
// is older than the sources, and says what it is doing. Needs only Node and npm; prints nothing when all is up to date.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`duckline needs Node 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function newest(path) {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return modified(path);
  return Math.max(0, ...readdirSync(path).map(name => newest(join(path, name))));
}

function run(what, command, args) {
  console.error(`ready: ${what}`);
  const windows = process.platform === 'win32';
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: windows });
  if (status !== 0) {
    console.error(
      `ready: '${command} ${args.join(' ')}' failed${error ? `: ${error.message}` : ` with exit code ${status}`}.`,
    );
    process.exit(1);
  }
}

if (modified(join(root, 'node_modules/.package-lock.json')) < modified(join(root, 'package-lock.json'))) {
  run('installing packages (npm ci), a minute at most', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

const sources = ['src', 'commands', 'scripts/build.mjs', 'package.json', 'node_modules/.package-lock.json'];
const built = modified(join(root, 'dist/built'));
if (sources.some(source => newest(join(root, source)) > built)) {
  run('building dist', process.execPath, [join(root, 'scripts/build.mjs')]);
}
