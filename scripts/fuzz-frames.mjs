import { runBundled } from './bundled.mjs';

await runBundled('scripts/fuzz-frames.ts', 'test/source/vectors.ts');
