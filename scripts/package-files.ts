import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SettingFault } from '../src/config/setting-fault.ts';
import { loadSettings } from '../src/config/settings.ts';
import type { ZipEntry } from './zip.ts';

/** The app's own configuration that a package carries, or says that its app settings have. */
export interface PackageOptions {
  /** The project's folder, with `dist/app.cjs` built. */
  folder: string;
  /** File of the routes, relative to the folder; `undefined` when the app setting ROUTES_JSON has them. */
  routesFile: string | undefined;
}

const BUNDLE = 'dist/app.cjs';
/** Stands for the app settings that only the deployment knows, so that what it does know can be checked. */
const UNKNOWN_STATE = 'https://unknown.blob.core.windows.net';

/**
 * What is deployed: the bundle, host.json, a package.json that names the bundle and no dependency, and the routes.
 * @throws Error of the file system when the bundle or the routes are missing
 */
export function collectPackage({ folder, routesFile }: PackageOptions): ZipEntry[] {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const manifest = `${JSON.stringify({ name, version, private: true, license, main: BUNDLE }, null, 2)}\n`;
  const fromFile = (path: string, file = path): ZipEntry => ({ path, bytes: readFileSync(join(folder, file)) });
  return [
    fromFile(BUNDLE),
    fromFile('host.json'),
    { path: 'package.json', bytes: Buffer.from(manifest) },
    ...(routesFile === undefined ? [] : [fromFile('routes.json', routesFile)]),
  ];
}

/**
 * Every fault of the routes to be packaged, all at once. `variables` are the app settings known here, for `%NAME%`;
 * what only the deployment sets (connections, storage of the state) is no fault.
 */
export function checkRoutes(
  { folder, routesFile }: PackageOptions,
  variables: Record<string, string | undefined>,
): SettingFault[] {
  if (routesFile === undefined) return [];
  const settings = loadSettings(
    { ...variables, ROUTES_JSON: undefined, ROUTES_FILE: routesFile, STATE_STORAGE__blobServiceUri: UNKNOWN_STATE },
    folder,
  );
  const none = { file: routesFile, path: '', found: 'no route', allowed: 'one route or more' };
  const faults = settings.faultyRoutes.flatMap((route) => route.faults);
  return faults.length === 0 && settings.routes.size === 0 ? [none] : faults;
}
