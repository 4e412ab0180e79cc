import { app, type HttpResponseInit } from '@azure/functions';
import * as df from 'durable-functions';
import type { Services } from '../../activities/services.ts';
import type { Settings } from '../../config/settings.ts';
import { API_CALLS } from '../../domain/api/calls.ts';
import { createGate } from './access.ts';
import { postRouteCheck } from './check-route.ts';
import { controlTransfer } from './control-transfer.ts';
import { deleteTransfer } from './delete-transfer.ts';
import { type Call, handle } from './handler.ts';
import { health } from './health.ts';
import { postImport } from './post-import.ts';
import { problem } from './problem.ts';
import { listArtifacts } from './read-artifacts.ts';
import { getImport, listImports } from './read-imports.ts';
import { getPlan } from './read-plan.ts';
import { getReport } from './read-report.ts';
import { getRoute, listRoutes } from './read-routes.ts';
import { getTransfer, listTransfers } from './read-transfers.ts';
import { retryTransfer } from './retry-transfer.ts';
import { rotateSas } from './rotate-sas.ts';
import { startTransfer } from './start-transfer.ts';

type Run = (settings: Settings, services: Services, call: Call) => Promise<HttpResponseInit>;
/** A call that asks for nothing of the settings. */
const plain =
  (run: (services: Services, call: Call) => Promise<HttpResponseInit>): Run =>
  (_settings, services, call) =>
    run(services, call);

/** What answers each call of the API, by the call's name. The health check needs no services, and is not here. */
const RUNS: Readonly<Record<string, Run>> = {
  postTransfer: startTransfer,
  listTransfers: plain(listTransfers),
  getTransfer: plain(getTransfer),
  requestDeletion: deleteTransfer,
  listArtifacts: plain(listArtifacts),
  getReport: plain(getReport),
  getPlan: plain(getPlan),
  retryTransfer,
  cancelTransfer: plain(controlTransfer('cancel')),
  pauseTransfer: plain(controlTransfer('pause')),
  resumeTransfer: plain(controlTransfer('resume')),
  listRoutes: (settings, services) => listRoutes(settings, services),
  getRoute,
  rotateSasNow: rotateSas,
  postRouteCheck,
  postImport,
  listImports,
  getImport: plain(getImport),
};

/** Registers the HTTP API. `services` is absent when the settings do not say where the records are: then 503. */
export function registerHttp(settings: Settings, services: Services | undefined): void {
  const gate = createGate(settings.access);
  // The host knows function keys only: where tokens are taken, the app itself asks for one or the other.
  const authLevel = settings.access.kind === 'functionKey' ? 'function' : 'anonymous';
  for (const { name, method, path: route, needs } of API_CALLS) {
    if (needs === null) {
      app.http(name, { methods: [method], authLevel: 'anonymous', route, handler: async () => health(settings) });
      continue;
    }
    const run = runOf(name);
    const answer = async (call: Call) => (services ? run(settings, services, call) : noState(call));
    df.app.client.http(name, { methods: [method], authLevel, route, handler: handle(gate, needs, answer) });
  }
}

function runOf(name: string): Run {
  const run = RUNS[name];
  if (run) return run;
  throw new TypeError(`nothing answers ${name}`);
}

function noState({ request, correlationId }: Call): HttpResponseInit {
  const detail = 'No setting says where the records of transfers are: STATE_STORAGE__blobServiceUri is missing.';
  return problem(request, correlationId, { status: 503, code: 'STATE_NOT_CONFIGURED', detail });
}
