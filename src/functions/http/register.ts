import { app, type HttpResponseInit } from '@azure/functions';
import * as df from 'durable-functions';
import type { Services } from '../../activities/services.ts';
import type { Settings } from '../../config/settings.ts';
import { postRouteCheck } from './check-route.ts';
import { CONTROL_ACTIONS, controlTransfer } from './control-transfer.ts';
import { deleteTransfer } from './delete-transfer.ts';
import { type Call, handle } from './handler.ts';
import { health } from './health.ts';
import { postImport } from './post-import.ts';
import { problem } from './problem.ts';
import { listArtifacts } from './read-artifacts.ts';
import { getImport, listImports } from './read-imports.ts';
import { getReport } from './read-report.ts';
import { getRoute, listRoutes } from './read-routes.ts';
import { getTransfer, listTransfers } from './read-transfers.ts';
import { retryTransfer } from './retry-transfer.ts';
import { rotateSas } from './rotate-sas.ts';
import { startTransfer } from './start-transfer.ts';

type WithServices = (run: (services: Services, call: Call) => Promise<HttpResponseInit>) => ReturnType<typeof handle>;

/** Registers the HTTP API. `services` is absent when the settings do not say where the records are: then 503. */
export function registerHttp(settings: Settings, services: Services | undefined): void {
  const withServices: WithServices = (run) => handle(async (call) => (services ? run(services, call) : noState(call)));
  df.app.client.http('postTransfer', {
    methods: ['POST'],
    authLevel: 'function',
    route: 'transfers',
    handler: withServices((services, call) => startTransfer(settings, services, call)),
  });
  df.app.client.http('listTransfers', {
    methods: ['GET'],
    authLevel: 'function',
    route: 'transfers',
    handler: withServices(listTransfers),
  });
  df.app.client.http('getTransfer', {
    methods: ['GET'],
    authLevel: 'function',
    route: 'transfers/{id}',
    handler: withServices(getTransfer),
  });
  df.app.client.http('requestDeletion', {
    methods: ['DELETE'],
    authLevel: 'function',
    route: 'transfers/{id}',
    handler: withServices((services, call) => deleteTransfer(settings, services, call)),
  });
  df.app.client.http('listArtifacts', {
    methods: ['GET'],
    authLevel: 'function',
    route: 'transfers/{id}/artifacts',
    handler: withServices(listArtifacts),
  });
  df.app.client.http('getReport', {
    methods: ['GET'],
    authLevel: 'function',
    route: 'transfers/{id}/report',
    handler: withServices(getReport),
  });
  df.app.client.http('retryTransfer', {
    methods: ['POST'],
    authLevel: 'function',
    route: 'transfers/{id}/retry',
    handler: withServices((services, call) => retryTransfer(settings, services, call)),
  });
  for (const action of CONTROL_ACTIONS) {
    df.app.client.http(`${action}Transfer`, {
      methods: ['POST'],
      authLevel: 'function',
      route: `transfers/{id}/${action}`,
      handler: withServices(controlTransfer(action)),
    });
  }
  df.app.client.http('listRoutes', {
    methods: ['GET'],
    authLevel: 'function',
    route: 'routes',
    handler: withServices((services) => listRoutes(settings, services)),
  });
  df.app.client.http('getRoute', {
    methods: ['GET'],
    authLevel: 'function',
    route: 'routes/{route}',
    handler: withServices((services, call) => getRoute(settings, services, call)),
  });
  df.app.client.http('rotateSasNow', {
    methods: ['POST'],
    authLevel: 'function',
    route: 'routes/{route}/rotate-sas',
    handler: withServices((services, call) => rotateSas(settings, services, call)),
  });
  df.app.client.http('postRouteCheck', {
    methods: ['POST'],
    authLevel: 'function',
    route: 'routes/{route}/check',
    handler: withServices((services, call) => postRouteCheck(settings, services, call)),
  });
  registerImports(settings, withServices);
  app.http('getHealth', {
    methods: ['GET'],
    authLevel: 'anonymous',
    route: 'health',
    handler: async () => health(settings),
  });
}

function registerImports(settings: Settings, withServices: WithServices): void {
  df.app.client.http('postImport', {
    methods: ['POST'],
    authLevel: 'function',
    route: 'imports',
    handler: withServices((services, call) => postImport(settings, services, call)),
  });
  df.app.client.http('listImports', {
    methods: ['GET'],
    authLevel: 'function',
    route: 'imports',
    handler: withServices((services, call) => listImports(settings, services, call)),
  });
  df.app.client.http('getImport', {
    methods: ['GET'],
    authLevel: 'function',
    route: 'imports/{id}',
    handler: withServices(getImport),
  });
}

function noState({ request, correlationId }: Call): HttpResponseInit {
  const detail = 'No setting says where the records of transfers are: STATE_STORAGE__blobServiceUri is missing.';
  return problem(request, correlationId, { status: 503, code: 'STATE_NOT_CONFIGURED', detail });
}
