/** The shape of the program, held by its import statements and by what the bundles contain. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Folders from the ground up; a file may import from its own row and the rows before it. */
const layers = [
  ['src/market', 'src/config'],
  ['src/source'],
  ['src/store', 'src/gateway'],
  ['src/fetch'],
  ['src/sync'],
  ['src/shell', 'src/output', 'src/chart'],
  ['commands'],
  ['src/ui'],
  ['src/main.ts'],
];

function layerOf(file: string): number {
  return layers.findIndex(row => row.some(part => file === part || file.startsWith(`${part}/`)));
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map(entry => relative(root, join(entry.parentPath, entry.name)));
}

interface Import {
  readonly from: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?(?:[^;'"]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
  );
  return [...found].map(([, typeOnly, fixed, lazy]) => {
    const name = fixed ?? lazy ?? '';
    return {
      from: file,
      target: name.startsWith('.') ? relative(root, resolve(root, dirname(file), name)) : name,
      typeOnly: Boolean(typeOnly),
    };
  });
}

const files = [...sources('src'), ...sources('commands')];
const imports = files.flatMap(importsOf);

function describeImport({ from, target }: Import): string {
  return `${from} imports ${target}`;
}

describe('architecture', () => {
  it('knows a layer for every file', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter(file => layerOf(file) < 0)).toEqual([]);
  });

  it('imports point down only', () => {
    const upward = imports.filter(({ from, target }) => layerOf(target) > layerOf(from));
    expect(upward.map(describeImport)).toEqual([]);
  });

  it('keeps gateway and store apart', () => {
    const across = imports.filter(
      ({ from, target }) =>
        (from.startsWith('src/store/') && target.startsWith('src/gateway/')) ||
        (from.startsWith('src/gateway/') && target.startsWith('src/store/')),
    );
    expect(across.map(describeImport)).toEqual([]);
  });

  it('knows Ink and React only in ui', () => {
    const screen = imports.filter(
      ({ from, target }) => !from.startsWith('src/ui/') && /^(ink|react)(\/|$)/.test(target),
    );
    expect(screen.map(describeImport)).toEqual([]);
  });

  it('prints nowhere below ui but at the edges of the program', () => {
    const printing = files
      .filter(file => file.startsWith('src/') && !file.startsWith('src/ui/') && file !== 'src/main.ts')
      .filter(file => {
        const text = readFileSync(join(root, file), 'utf8');
        return /\bconsole\.\w+\(|process\.std(out|err)\.write\(/.test(text);
      });
    expect(printing).toEqual([]);
  });

  it('bundles no database, no screen and no command line into the worker', () => {
    const meta = JSON.parse(readFileSync(join(root, 'dist/worker.meta.json'), 'utf8')) as {
      inputs: Record<string, unknown>;
    };
    const inputs = Object.keys(meta.inputs);
    expect(inputs.length).toBeGreaterThan(5);
    expect(inputs.filter(name => /duckdb|node_modules\/(ink|react|yargs)\//.test(name))).toEqual([]);
  });

  it('loads no screen to answer a query from the command line, and no engine before one is needed', () => {
    const meta = JSON.parse(readFileSync(join(root, 'dist/main.meta.json'), 'utf8')) as {
      outputs: Record<
        string,
        { entryPoint?: string; imports: { path: string; kind: string }[]; inputs: Record<string, unknown> }
      >;
    };
    const entry = Object.keys(meta.outputs).find(name => meta.outputs[name]?.entryPoint === 'src/main.ts');
    const seen = new Set<string>();
    const visit = (name: string): void => {
      const output = meta.outputs[name];
      if (seen.has(name) || !output) return;
      seen.add(name);
      for (const { path, kind } of output.imports) if (kind === 'import-statement') visit(path);
    };
    visit(entry ?? '');
    const inputs = [...seen].flatMap(name => Object.keys(meta.outputs[name]?.inputs ?? {}));
    expect(inputs.length).toBeGreaterThan(5);
    expect(inputs.filter(name => /node_modules\/(ink|react|react-reconciler|yoga-layout)\//.test(name))).toEqual([]);
    // Loading the engine takes longer than all the rest: the prompt stands first.
    expect(inputs.filter(name => /node_modules\/@duckdb\//.test(name))).toEqual([]);
  });
});
