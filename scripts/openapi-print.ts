import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildOpenApi } from './openapi.ts';

/** `npm run openapi`: writes docs/openapi.json anew. */
const folder = resolve(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8')) as { version: string };
writeFileSync(resolve(folder, 'docs/openapi.json'), `${JSON.stringify(buildOpenApi(version), null, 2)}\n`);
