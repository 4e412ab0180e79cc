import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { build } from 'esbuild';
import { bundleDiet } from './scripts/bundle-diet.ts';

/** Bundles the app into the one file that the Functions host loads (`main` in package.json). */
await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/app.ts'],
  outfile: 'dist/app.cjs',
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  minifyWhitespace: true,
  minifySyntax: true,
  keepNames: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  // The library `require`s this package; an `import` would get its other build, and with it another registry of factories.
  alias: {
    '@azure/functions-extensions-base': createRequire(import.meta.url).resolve('@azure/functions-extensions-base'),
  },
  plugins: [bundleDiet],
  // The Functions worker provides this module at run time.
  external: ['@azure/functions-core'],
  logLevel: 'warning',
});
