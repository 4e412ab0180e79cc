import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { codeOf, HostStartError, messageOf, stackOf } from './errors.ts';
import type { FunctionsCore } from './functions-core.ts';
import { onLoopbackOnly } from './http/loopback.ts';

/** What the host learns from loading an app. */
export interface LoadedApp {
  /** The entry points that were loaded, relative to the app's folder. */
  entryPoints: string[];
  capabilities: Record<string, string>;
}

/**
 * Loads the entry points of an app (`main` of its package.json, a glob), runs its `appStart` hooks and ends
 * registering. Throws {@link HostStartError} when a file is missing or faulty, or when no function registered.
 */
export async function loadApp(appDir: string, core: FunctionsCore): Promise<LoadedApp> {
  const { main, isModule } = readPackage(appDir);
  const entryPoints = globSync(main, { cwd: appDir }).sort();
  if (entryPoints.length === 0) {
    throw new HostStartError(`no file matches main '${main}' of ${join(appDir, 'package.json')}`);
  }
  for (const entryPoint of entryPoints) await loadEntryPoint(appDir, entryPoint, isModule);
  await core.runHooks('appStart', {
    hookData: {},
    appHookData: core.appHookData,
    functionAppDirectory: appDir,
  });
  const capabilities = await onLoopbackOnly(async () => (await core.model?.getCapabilities?.({})) ?? {});
  core.lock();
  if (core.functions.size === 0) {
    throw new HostStartError(`no function was registered by ${entryPoints.join(', ')} in ${appDir}`);
  }
  return { entryPoints, capabilities };
}

function readPackage(appDir: string): { main: string; isModule: boolean } {
  const json = readJsonFile(join(appDir, 'package.json'));
  if (json === undefined) throw new HostStartError(`no package.json in ${appDir}`);
  const main = json.main;
  if (typeof main !== 'string' || main === '') {
    throw new HostStartError(`'main' of ${join(appDir, 'package.json')} must name the app's entry point`);
  }
  return { main, isModule: json.type === 'module' };
}

async function loadEntryPoint(appDir: string, entryPoint: string, isModule: boolean): Promise<void> {
  const file = join(appDir, entryPoint);
  const isEsm = file.endsWith('.mjs') || (isModule && !file.endsWith('.cjs'));
  try {
    if (isEsm) await import(pathToFileURL(file).href);
    else createRequire(file)(file);
  } catch (error) {
    throw new HostStartError(`loading ${file} failed: ${stackOf(error)}`, undefined, error);
  }
}

/** The object in a JSON file, or `undefined` when there is no such file. Throws {@link HostStartError} otherwise. */
export function readJsonFile(file: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new HostStartError(`reading ${file} failed: ${messageOf(error)}`, undefined, error);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new HostStartError(`${file} is not valid JSON: ${messageOf(error)}`, undefined, error);
  }
  throw new HostStartError(`${file} must hold a JSON object`);
}
