import { runBundled } from './bundled.mjs';

await runBundled('scripts/pictures.ts', 'scripts/pictures/pictures.ts');
