import type { HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import { askTransfers, judgeLanded } from '../../activities/import/land-blob.ts';
import type { Services } from '../../activities/services.ts';
import type { Settings } from '../../config/settings.ts';
import { queries } from '../../domain/api/queries.ts';
import { type ImportDocument, newImport } from '../../domain/import/import-document.ts';
import { isServed, type Route } from '../../domain/route/route.ts';
import type { Call } from './handler.ts';
import { importResponse, noImport } from './import-response.ts';
import { parseQuery } from './parse-query.ts';
import { problem } from './problem.ts';
import { unknownRoute } from './unknown-route.ts';

/** Imports, or blobs, that one call looks at, so that a rare filter ends in time; what is beyond comes by the continuation. */
const MAX_LOOKED_AT = 500;
const IMPORT_ID = /^[0-9a-f]{32}$/;

type Query = z.infer<typeof queries.listImports>;

/** `GET /imports/{id}` */
export async function getImport(services: Services, call: Call): Promise<HttpResponseInit> {
  const id = call.request.params.id ?? '';
  const document = IMPORT_ID.test(id) ? await services.imports.read(id) : undefined;
  return document ? importResponse(document, 200) : noImport(call, id);
}

/**
 * `GET /imports`: newest first; `continuation` is there when there may be more. With `state=Ignored` the blobs of the
 * route's container that would be left alone now, in the order of their names, each with its reason.
 */
export async function listImports(settings: Settings, services: Services, call: Call): Promise<HttpResponseInit> {
  const parsed = parseQuery(call, queries.listImports);
  if ('refused' in parsed) return parsed.refused;
  const { query } = parsed;
  await services.transfers.ensureContainer();
  if (query.state !== 'Ignored') return { jsonBody: await listRecorded(services, query) };
  const route = settings.routes.get(query.route ?? '');
  if (route && isServed(route, 'target')) return { jsonBody: await listIgnored(services, call, route, query) };
  return problem(call.request, call.correlationId, unknownRoute(settings, query.route ?? ''));
}

interface Page {
  value: ImportDocument[];
  continuation?: string;
}

async function listRecorded({ imports }: Services, query: Query): Promise<Page> {
  const value: ImportDocument[] = [];
  let lookedAt = 0;
  for await (const entry of imports.listIndex(query.continuation)) {
    const document = await imports.readIndexed(entry);
    if (document && matches(document, query)) value.push(document);
    lookedAt += 1;
    const isFull = value.length === query.limit || lookedAt === MAX_LOOKED_AT;
    if (isFull) return { value, continuation: entry.entry };
  }
  return { value };
}

function matches({ route, state }: ImportDocument, query: Query): boolean {
  return (query.route === undefined || query.route === route) && (query.state === undefined || query.state === state);
}

async function listIgnored(services: Services, call: Call, route: Route, query: Query): Promise<Page> {
  const value: ImportDocument[] = [];
  const now = new Date();
  const asked = { requestedBy: call.caller, requestedAt: now.toISOString(), correlationId: call.correlationId };
  let lookedAt = 0;
  for await (const blob of services.side(route, 'target').container.list()) {
    if (query.continuation !== undefined && blob.name <= query.continuation) continue;
    const landing = await judgeLanded(services, route, blob, { now, ownsTransfer: askTransfers(services) });
    if (landing.kind === 'Ignored') {
      const { id, archive, reason } = landing;
      const document = newImport({ ...asked, id, archive, route: route.name, trigger: 'request' });
      value.push({ ...document, state: 'Ignored', reason });
    }
    lookedAt += 1;
    const isFull = value.length === query.limit || lookedAt === MAX_LOOKED_AT;
    if (isFull) return { value, continuation: blob.name };
  }
  return { value };
}
