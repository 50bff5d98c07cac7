import { runBundled } from './bundled.mjs';

await runBundled('scripts/kill-moments.ts', 'test/fetch/kill-moments.ts');
