import { parseArgs } from 'node:util';
import { loadSettings } from '../src/config/settings.ts';
import { BLOB_CREATED, type BlobTriggerNeeds, listBlobTriggerNeeds } from '../src/domain/route/blob-triggers.ts';
import { listPushNeeds, type PushNeeds } from '../src/domain/route/push.ts';
import { formatSubscriptionParameters } from './subscription-parameters.ts';

const USAGE = `npm run routes:print [-- --routes FILE] [-- --json | --registries | --parameters --app ID --account ID]

  Lists what the routes need in Azure: the function that hears of each target container, its Event Grid subscription,
  its app settings; and, for routes with onPush, the subscription of their source registry. The routes are those of
  ROUTES_JSON, or of ROUTES_FILE (default routes.json).

  --routes FILE   the routes of this file instead
  --json          the list as JSON
  --registries    only the resource ids of the registries whose pushes the routes want, one a line
  --parameters    a parameter file for infra/main.subscriptions.bicep, for the app and the storage account of these ids

Exit codes: 0 printed, 1 a fault in the routes, 2 wrong usage.
`;

interface Output {
  json: boolean;
  registries: boolean;
  parameters: { appId: string; accountId: string } | undefined;
}

try {
  const { output, routesFile } = readArguments(process.argv.slice(2));
  process.exitCode = print(output, routesFile);
} catch (error) {
  console.error(`${(error as Error).message}\n\n${USAGE}`);
  process.exitCode = 2;
}

function readArguments(args: string[]): { output: Output; routesFile: string | undefined } {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args,
    options: { routes: text, json: flag, registries: flag, parameters: flag, app: text, account: text },
  });
  const { routes, json = false, registries = false, parameters = false, app, account } = values;
  if (!parameters) return { output: { json, registries, parameters: undefined }, routesFile: routes };
  if (app === undefined || account === undefined) throw new RangeError('--parameters needs --app and --account');
  return { output: { json: true, registries, parameters: { appId: app, accountId: account } }, routesFile: routes };
}

function print({ json, registries, parameters }: Output, routesFile: string | undefined): number {
  const given = routesFile === undefined ? {} : { ROUTES_JSON: undefined, ROUTES_FILE: routesFile };
  const { routes, faultyRoutes } = loadSettings({ ...process.env, ...given }, process.cwd());
  for (const { file, path, found, allowed } of faultyRoutes.flatMap(({ faults }) => faults)) {
    console.error(`${file} ${path}: found ${JSON.stringify(found)}; ${allowed}`);
  }
  if (faultyRoutes.length > 0) return 1;
  const needs = listBlobTriggerNeeds(routes.values());
  const pushes = listPushNeeds(routes.values());
  if (registries) {
    for (const { registry } of pushes) console.log(registry);
    return 0;
  }
  const shown = parameters ? formatSubscriptionParameters(needs, parameters) : [...needs, ...pushes];
  const texts = [...needs.map(describe), ...pushes.map(describePush)];
  console.log(json ? JSON.stringify(shown, null, 2) : texts.join('\n\n'));
  return 0;
}

function describe(needs: BlobTriggerNeeds): string {
  const settings = Object.entries(needs.settings).map(([name, value]) => `    ${name}=${value}`);
  return [
    `${needs.functionName}  (${needs.routes.join(', ')})`,
    `  subscription of storage account ${needs.account}`,
    `    event    ${BLOB_CREATED}`,
    `    subject  ${needs.subjectBeginsWith}…`,
    `    webhook  https://{app}${needs.webhookPath}&code={key blobs_extension}`,
    `  settings`,
    ...settings,
  ].join('\n');
}

function describePush({ functionName, registry, eventTypes, webhookPath, routes }: PushNeeds): string {
  return [
    `${functionName}  (${routes.join(', ')})`,
    `  subscription of registry ${registry}`,
    `    event    ${eventTypes.join(', ')}`,
    `    webhook  https://{app}${webhookPath}&code={key eventgrid_extension}`,
  ].join('\n');
}
