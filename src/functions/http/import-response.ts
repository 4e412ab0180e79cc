import type { HttpResponseInit } from '@azure/functions';
import type { ImportDocument } from '../../domain/import/import-document.ts';
import type { Call } from './handler.ts';
import { problem } from './problem.ts';

/** An import as it stands now. A 202 says where to look again. */
export function importResponse(document: ImportDocument, status: number): HttpResponseInit {
  const headers: Record<string, string> = status === 202 ? { location: `/api/imports/${document.id}` } : {};
  return { status, jsonBody: document, headers };
}

/** 404: there is no import of that id, whatever the id looks like. */
export function noImport({ request, correlationId }: Call, id: string): HttpResponseInit {
  const detail = `There is no import '${id}'. What was ignored is kept nowhere: GET /imports?route=…&state=Ignored says why.`;
  return problem(request, correlationId, { status: 404, code: 'IMPORT_NOT_FOUND', detail });
}
