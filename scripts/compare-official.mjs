import { runBundled } from './bundled.mjs';

await runBundled('scripts/compare-official.ts');
