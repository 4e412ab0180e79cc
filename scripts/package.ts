import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { SettingFault } from '../src/config/setting-fault.ts';
import { PACKAGE_USAGE, parsePackageArguments } from './package-arguments.ts';
import { checkRoutes, collectPackage } from './package-files.ts';
import { formatZip, type ZipEntry } from './zip.ts';

/** `npm run package`, after the build. */
const folder = resolve(import.meta.dirname, '..');
try {
  const { routesFile, help } = parsePackageArguments(process.argv.slice(2));
  if (help) process.stdout.write(PACKAGE_USAGE);
  else process.exitCode = makePackage(routesFile);
} catch (error) {
  console.error(`${(error as Error).message}\n\n${PACKAGE_USAGE}`);
  process.exitCode = 2;
}

function makePackage(routesFile: string | undefined): number {
  const faults = checkRoutes({ folder, routesFile }, process.env);
  if (faults.length > 0) {
    console.error(`No package made: ${faults.length} fault(s).\n${faults.map(describe).join('\n')}`);
    return 1;
  }
  const entries = collectPackage({ folder, routesFile });
  const zip = formatZip(entries);
  writeFileSync(join(folder, 'dist/acr-transfer.zip'), zip);
  layOut(entries);
  for (const { path, bytes } of entries) console.log(`${String(bytes.length).padStart(10)}  ${path}`);
  console.log(`${String(zip.length).padStart(10)}  dist/acr-transfer.zip (bytes)`);
  return 0;
}

function describe({ file, path, found, allowed }: SettingFault): string {
  return `  ${file} ${path || '(all)'}: found ${JSON.stringify(found)}; ${allowed.replace(/^(?!allowed)/, 'allowed: ')}`;
}

/** The same files unpacked, for tools that pack by themselves. */
function layOut(entries: readonly ZipEntry[]): void {
  const target = join(folder, 'dist/package');
  rmSync(target, { recursive: true, force: true });
  for (const { path, bytes } of entries) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), bytes);
  }
}
