import { runBundled } from './bundled.mjs';

await runBundled('scripts/readme-datasets.ts');
