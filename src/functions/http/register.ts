import { app, type HttpMethod, type HttpResponseInit } from '@azure/functions';
import * as df from 'durable-functions';
import type { Services } from '../../activities/services.ts';
import type { Settings } from '../../config/settings.ts';
import { createGate, type Role } from './access.ts';
import { postRouteCheck } from './check-route.ts';
import { CONTROL_ACTIONS, controlTransfer } from './control-transfer.ts';
import { deleteTransfer } from './delete-transfer.ts';
import { type Call, handle } from './handler.ts';
import { health } from './health.ts';
import { problem } from './problem.ts';
import { listArtifacts } from './read-artifacts.ts';
import { getReport } from './read-report.ts';
import { getRoute, listRoutes } from './read-routes.ts';
import { getTransfer, listTransfers } from './read-transfers.ts';
import { retryTransfer } from './retry-transfer.ts';
import { rotateSas } from './rotate-sas.ts';
import { startTransfer } from './start-transfer.ts';

/** One call of the API. `needs` is asked of bearer tokens; a key may do all. */
interface Endpoint {
  name: string;
  method: HttpMethod;
  route: string;
  needs: Role;
  run: (settings: Settings, services: Services, call: Call) => Promise<HttpResponseInit>;
}

type Run = Endpoint['run'];
/** A call that asks for nothing of the settings. */
const plain =
  (run: (services: Services, call: Call) => Promise<HttpResponseInit>): Run =>
  (_settings, services, call) =>
    run(services, call);

const get = (name: string, route: string, run: Run): Endpoint => ({
  name,
  method: 'GET',
  route,
  needs: 'Transfer.Read',
  run,
});
const post = (name: string, route: string, run: Run, needs: Role = 'Transfer.Start'): Endpoint => ({
  name,
  method: 'POST',
  route,
  needs,
  run,
});

const ENDPOINTS: readonly Endpoint[] = [
  post('postTransfer', 'transfers', startTransfer),
  get('listTransfers', 'transfers', plain(listTransfers)),
  get('getTransfer', 'transfers/{id}', plain(getTransfer)),
  { name: 'requestDeletion', method: 'DELETE', route: 'transfers/{id}', needs: 'Transfer.Admin', run: deleteTransfer },
  get('listArtifacts', 'transfers/{id}/artifacts', plain(listArtifacts)),
  get('getReport', 'transfers/{id}/report', plain(getReport)),
  post('retryTransfer', 'transfers/{id}/retry', retryTransfer),
  ...CONTROL_ACTIONS.map((action) =>
    post(`${action}Transfer`, `transfers/{id}/${action}`, plain(controlTransfer(action))),
  ),
  get('listRoutes', 'routes', (settings, services) => listRoutes(settings, services)),
  get('getRoute', 'routes/{route}', getRoute),
  post('rotateSasNow', 'routes/{route}/rotate-sas', rotateSas, 'Transfer.Admin'),
  post('postRouteCheck', 'routes/{route}/check', postRouteCheck),
];

/** Registers the HTTP API. `services` is absent when the settings do not say where the records are: then 503. */
export function registerHttp(settings: Settings, services: Services | undefined): void {
  const gate = createGate(settings.access);
  // The host knows function keys only: where tokens are taken, the app itself asks for one or the other.
  const authLevel = settings.access.kind === 'functionKey' ? 'function' : 'anonymous';
  for (const { name, method, route, needs, run } of ENDPOINTS) {
    const answer = async (call: Call) => (services ? run(settings, services, call) : noState(call));
    df.app.client.http(name, { methods: [method], authLevel, route, handler: handle(gate, needs, answer) });
  }
  app.http('getHealth', {
    methods: ['GET'],
    authLevel: 'anonymous',
    route: 'health',
    handler: async () => health(settings),
  });
}

function noState({ request, correlationId }: Call): HttpResponseInit {
  const detail = 'No setting says where the records of transfers are: STATE_STORAGE__blobServiceUri is missing.';
  return problem(request, correlationId, { status: 503, code: 'STATE_NOT_CONFIGURED', detail });
}
