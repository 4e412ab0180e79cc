import { parseArgs } from 'node:util';

export const PACKAGE_USAGE = `npm run package [-- --routes FILE | --without-routes]

  Builds the app and makes dist/acr-transfer.zip, and the same files in dist/package: the same bytes every time.
  The routes are checked first; one fault, and nothing is made.

  --routes FILE      the routes to package (default routes.json)
  --without-routes   package none: the app setting ROUTES_JSON has them, as the Bicep templates set it

Exit codes: 0 made, 1 a fault in the routes, 2 wrong usage.
`;

/** Reads the command line; `routesFile` is `undefined` for a package without. @throws Error that says what is wrong */
export function parsePackageArguments(args: readonly string[]): { routesFile: string | undefined; help: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: { routes: { type: 'string' }, 'without-routes': { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const { routes, help = false } = values;
  const without = values['without-routes'] ?? false;
  if (without && routes !== undefined) throw new RangeError('--routes and --without-routes: allowed is one of them');
  return { routesFile: without ? undefined : (routes ?? 'routes.json'), help };
}
