import { rm } from 'node:fs/promises';
import { build } from 'esbuild';

/** Bundles the app into the one file that the Functions host loads (`main` in package.json). */
await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/app.ts'],
  outfile: 'dist/app.cjs',
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  minify: true,
  keepNames: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  // The Functions worker provides this module at run time.
  external: ['@azure/functions-core'],
  logLevel: 'warning',
});
