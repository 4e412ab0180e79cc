import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Keeps out of the bundle's start what a worker does not need to start. A text that a new version of a package no longer
 * has fails the build, so that nothing is lost in silence.
 */
export const bundleDiet: Plugin = {
  name: 'bundle-diet',
  setup(build) {
    const { resolve } = createRequire(import.meta.url);
    // Of its hundred validators durable-functions uses one.
    build.onResolve({ filter: /^validator$/ }, () => ({ path: 'validator', namespace: 'bundle-diet' }));
    build.onLoad({ filter: /.*/, namespace: 'bundle-diet' }, () => ({
      contents: `exports.isURL = require(${JSON.stringify(resolve('validator/lib/isURL'))});`,
      resolveDir: import.meta.dirname,
    }));
    // Its client for HTTP is needed once a function with a durable client runs.
    build.onLoad({ filter: /durable-functions[\\/].*[\\/]DurableClient\.js$/ }, async ({ path }) => ({
      contents: replaceOnce(
        await readFile(path, 'utf8'),
        'const axios_1 = require("axios");',
        'const axios_1 = { get default() { return require("axios").default; } };',
        path,
      ),
    }));
    // Faults are told in the app's own words: one language of the library's is enough.
    build.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, async ({ path }) => ({
      contents: englishOnly(await readFile(path, 'utf8'), path),
    }));
  },
};

function replaceOnce(text: string, found: string, wanted: string, path: string): string {
  if (text.split(found).length !== 2) throw new Error(`${path}: allowed is one ${found}`);
  return text.replace(found, wanted);
}

function englishOnly(text: string, path: string): string {
  const english = text.split('\n').filter((line) => /\bas en\b/.test(line));
  if (english.length !== 1) throw new Error(`${path}: allowed is one export as en`);
  return english.join('\n');
}
