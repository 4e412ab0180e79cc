import type { HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import { importIdOf, type NamedBlob, toArchive } from '../../activities/import/land-blob.ts';
import type { Services } from '../../activities/services.ts';
import type { Settings } from '../../config/settings.ts';
import { importRequestSchema } from '../../domain/api/bodies.ts';
import { decideNoArchive, readClaim } from '../../domain/import/auto-import.ts';
import { type ImportDocument, isFinalImport } from '../../domain/import/import-document.ts';
import { parseArchiveName } from '../../domain/names.ts';
import { faultsOf } from '../../domain/problem.ts';
import { isServed, type Route } from '../../domain/route/route.ts';
import { acceptImport, ensureImportStarted, type ImportCause, reopenImport } from '../imports/start-import.ts';
import type { Call } from './handler.ts';
import { importResponse } from './import-response.ts';
import { type ProblemDetails, problem } from './problem.ts';
import { unknownRoute } from './unknown-route.ts';

type ImportRequest = z.infer<typeof importRequestSchema>;

/**
 * `POST /imports`: imports an archive of the target container, whatever the trigger's status: 202. What has been imported
 * in this state of the blob is answered as it is (200); one that failed, or with `force` any, is tried again.
 */
export async function postImport(settings: Settings, services: Services, call: Call): Promise<HttpResponseInit> {
  const refuse = (details: ProblemDetails) => problem(call.request, call.correlationId, details);
  const parsed = parseBody(await call.request.text());
  if ('refused' in parsed) return refuse(parsed.refused);
  const { request } = parsed;
  const route = settings.routes.get(request.route);
  if (!route) return refuse(unknownRoute(settings, request.route));
  if (!isServed(route, 'target')) return refuse(notServed(route));
  const noArchive = judgeArchive(request.archive, null);
  if (noArchive) return refuse(noArchive);
  await services.transfers.ensureContainer();
  const found = await services.side(route, 'target').container.properties(request.archive);
  if (!found) return refuse(noBlob(route, request));
  const blob = { ...found, name: request.archive };
  const refused = await judge(services, blob);
  if (refused) return refuse(refused);
  return start(services, call, route, blob, request);
}

function parseBody(text: string): { request: ImportRequest } | { refused: ProblemDetails } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    const detail = `The body is not JSON: ${(error as Error).message}`;
    return { refused: { status: 400, code: 'REQUEST_INVALID', detail, faults: [] } };
  }
  const parsed = importRequestSchema.safeParse(body);
  if (parsed.success) return { request: parsed.data };
  const detail = 'The request has faults; nothing was started.';
  return { refused: { status: 400, code: 'REQUEST_INVALID', detail, faults: faultsOf(parsed.error, body) } };
}

function notServed(route: Route): ProblemDetails {
  const faults = [{ path: 'route', found: route.name, allowed: 'a route whose target this app serves' }];
  const detail = `The app serves the ${route.serves} side of route ${route.name}; its imports are another app's.`;
  return { status: 400, code: 'SIDE_NOT_SERVED', detail, faults };
}

function noBlob(route: Route, { archive }: ImportRequest): ProblemDetails {
  return {
    status: 404,
    code: 'ARCHIVE_NOT_FOUND',
    detail: `There is no blob '${archive}' in ${route.target?.container}.`,
  };
}

function judgeArchive(name: string, bytes: number | null): ProblemDetails | undefined {
  const reason = decideNoArchive({ name, bytes });
  if (reason === undefined) return undefined;
  const faults = [{ path: 'archive', found: name, allowed: 'an archive' }];
  return { status: 400, code: 'NO_ARCHIVE', detail: `${name} is not imported. ${reason}`, faults };
}

/** Why nobody may import this blob by hand, or `undefined`. */
async function judge({ transfers }: Services, blob: NamedBlob): Promise<ProblemDetails | undefined> {
  const noArchive = judgeArchive(blob.name, blob.sizeBytes);
  if (noArchive) return noArchive;
  const id = parseArchiveName(blob.name)?.id;
  if (id === undefined || !(await transfers.readRequest(id)) || (await transfers.readReport(id))) return undefined;
  const detail = `${blob.name} is the archive of transfer ${id}, which is running and imports it.`;
  return { status: 409, code: 'ARCHIVE_OF_TRANSFER', detail };
}

async function start(
  services: Services,
  call: Call,
  route: Route,
  blob: NamedBlob,
  { force }: ImportRequest,
): Promise<HttpResponseInit> {
  const cause: ImportCause = { trigger: 'request', requestedBy: call.caller, correlationId: call.correlationId };
  const archive = toArchive(route, blob);
  const claimed = readClaim(blob.metadata, archive);
  const known = await readKnown(services, claimed, importIdOf(archive));
  if (!known) {
    const id = importIdOf(archive);
    const isNew = await acceptImport(services, call.client, { id, route, archive }, cause);
    return answer(services, call, id, isNew ? 202 : 200);
  }
  if (!isFinalImport(known)) {
    await ensureImportStarted(call.client, known.id);
    const detail = `Import ${known.id} of this archive is ${known.state} since ${known.requestedAt}.`;
    return problem(call.request, call.correlationId, { status: 409, code: 'IMPORT_RUNNING', detail });
  }
  if (known.state === 'Succeeded' && !force) return importResponse(known, 200);
  const isOurs = await reopenImport(services, call.client, { id: known.id, isAnew: true }, cause);
  return answer(services, call, known.id, isOurs ? 202 : 200);
}

/** The import of this state of the blob: by its claim, or by its ETag where nobody has claimed it. */
async function readKnown(
  { imports }: Services,
  claimed: string | undefined,
  id: string,
): Promise<ImportDocument | undefined> {
  return (claimed === undefined ? undefined : await imports.read(claimed)) ?? imports.read(id);
}

/** An import that was ignored in between has left no record. */
async function answer({ imports }: Services, call: Call, id: string, status: number): Promise<HttpResponseInit> {
  const document = await imports.read(id);
  if (document) return importResponse(document, status);
  const detail = `Import ${id} has ended without a run, and nothing of it is kept.`;
  return problem(call.request, call.correlationId, { status: 409, code: 'IMPORT_IGNORED', detail });
}
