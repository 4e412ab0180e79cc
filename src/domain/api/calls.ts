import type { z } from 'zod';
import { routeCheckSchema } from '../checks/check.ts';
import { importDocumentSchema } from '../import/import-document.ts';
import { dryRunSchema } from '../plan/dry-run.ts';
import { problemSchema } from '../problem.ts';
import { planDocumentSchema } from '../selection/lock-file.ts';
import { artifactPageSchema } from '../transfer/artifact-page.ts';
import { CONTROL_ACTIONS } from '../transfer/control.ts';
import { transferRequestSchema } from '../transfer/request.ts';
import { deletionSchema, transferDocumentSchema } from '../transfer/transfer-document.ts';
import {
  healthSchema,
  importListSchema,
  rotationsSchema,
  routeDocumentSchema,
  routeListSchema,
  transferListSchema,
} from './answers.ts';
import { artifactsFormSchema, checkRequestSchema, importRequestSchema, rotationRequestSchema } from './bodies.ts';
import { queries } from './queries.ts';

/** What a bearer token must allow. Who may administer may start, who may start may read. */
export const ROLES = ['Transfer.Read', 'Transfer.Start', 'Transfer.Admin'] as const;
export type Role = (typeof ROLES)[number];

/** One call of the HTTP API: how it is made, and every answer it may get. */
export interface ApiCall {
  /** Of the function that answers it. */
  name: string;
  method: 'GET' | 'POST' | 'DELETE';
  /** Below `/api`, with parameters in braces. */
  path: string;
  summary: string;
  /** `null`: anybody may call it. */
  needs: Role | null;
  query: z.ZodType;
  body?: z.ZodType;
  /** By status. A text is the media type of an answer that is not JSON and may come instead. */
  answers: Readonly<Record<number, readonly (z.ZodType | string)[]>>;
}

const problems = (...statuses: number[]) => Object.fromEntries(statuses.map((status) => [status, [problemSchema]]));
/** What every call but the health check may be answered. */
const COMMON = problems(401, 403, 500, 503);
const transfer = [transferDocumentSchema];

const read = (
  name: string,
  path: string,
  summary: string,
  answer: z.ZodType | string,
  query: z.ZodType = queries.none,
) =>
  ({
    name,
    method: 'GET',
    path,
    summary,
    needs: 'Transfer.Read',
    query,
    answers: { ...COMMON, 200: [answer] },
  }) as const;

const transferBody = transferRequestSchema.extend({
  route: transferRequestSchema.shape.route.optional().describe("Left out only with a plan, which has the plan's."),
  artifacts: artifactsFormSchema,
});

/** Every call, once: the functions are registered from it, the OpenAPI document is made of it, tests hold answers to it. */
export const API_CALLS: readonly ApiCall[] = [
  {
    name: 'postTransfer',
    method: 'POST',
    path: 'transfers',
    summary: 'Starts a transfer; with dryRun=true says what it would do. The same id and request again: 200.',
    needs: 'Transfer.Start',
    query: queries.startTransfer,
    body: transferBody,
    answers: {
      ...COMMON,
      ...problems(400, 404, 409),
      200: [dryRunSchema, transferDocumentSchema],
      202: transfer,
    },
  },
  withProblems(
    read('listTransfers', 'transfers', 'Transfers, newest first.', transferListSchema, queries.listTransfers),
    400,
  ),
  withProblems(read('getTransfer', 'transfers/{id}', 'A transfer as it stands.', transferDocumentSchema), 404),
  {
    name: 'requestDeletion',
    method: 'DELETE',
    path: 'transfers/{id}',
    summary: 'Deletes the runs, archives, record and history of a transfer that has ended.',
    needs: 'Transfer.Admin',
    query: queries.deleteTransfer,
    answers: { ...COMMON, ...problems(400, 404, 409), 202: [deletionSchema] },
  },
  withProblems(
    read(
      'listArtifacts',
      'transfers/{id}/artifacts',
      'Its artifacts, page by page.',
      artifactPageSchema,
      queries.listArtifacts,
    ),
    400,
    404,
  ),
  {
    ...read('getReport', 'transfers/{id}/report', 'Its report, once it has ended.', 'text/csv', queries.report),
    answers: { ...COMMON, ...problems(400, 404, 409), 200: [transferDocumentSchema, 'text/csv'] },
  },
  {
    ...read(
      'getPlan',
      'transfers/{id}/plan',
      'What it resolved to; as text a list to send again.',
      'text/plain',
      queries.plan,
    ),
    answers: { ...COMMON, ...problems(400, 404, 409), 200: [planDocumentSchema, 'text/plain'] },
  },
  {
    name: 'retryTransfer',
    method: 'POST',
    path: 'transfers/{id}/retry',
    summary: 'A new transfer of exactly what failed, was skipped or was canceled.',
    needs: 'Transfer.Start',
    query: queries.none,
    answers: { ...COMMON, ...problems(404, 409), 202: transfer },
  },
  ...CONTROL_ACTIONS.map(
    (action): ApiCall => ({
      name: `${action}Transfer`,
      method: 'POST',
      path: `transfers/{id}/${action}`,
      summary: `Asks a transfer to ${action}; its next step hears of it.`,
      needs: 'Transfer.Start',
      query: queries.none,
      answers: { ...COMMON, ...problems(404, 409), 202: transfer },
    }),
  ),
  read('listRoutes', 'routes', 'Every route as configured and as it is now.', routeListSchema),
  withProblems(read('getRoute', 'routes/{route}', 'One route.', routeDocumentSchema), 404),
  {
    name: 'rotateSasNow',
    method: 'POST',
    path: 'routes/{route}/rotate-sas',
    summary: 'Rotates the SAS tokens of its pipelines where they are due; with force in any case.',
    needs: 'Transfer.Admin',
    query: queries.none,
    body: rotationRequestSchema,
    answers: { ...COMMON, ...problems(400, 404), 202: [rotationsSchema] },
  },
  {
    name: 'postRouteCheck',
    method: 'POST',
    path: 'routes/{route}/check',
    summary: 'Looks at every precondition of a route; with artifacts at theirs too.',
    needs: 'Transfer.Start',
    query: queries.none,
    body: checkRequestSchema,
    answers: { ...COMMON, ...problems(400, 404), 200: [routeCheckSchema] },
  },
  {
    name: 'postImport',
    method: 'POST',
    path: 'imports',
    summary: 'Imports an archive of the target container, whatever the trigger says; one that failed is tried again.',
    needs: 'Transfer.Start',
    query: queries.none,
    body: importRequestSchema,
    answers: { ...COMMON, ...problems(400, 404, 409), 200: [importDocumentSchema], 202: [importDocumentSchema] },
  },
  withProblems(
    read(
      'listImports',
      'imports',
      'Imports, newest first; with state=Ignored the blobs of a route that are left alone.',
      importListSchema,
      queries.listImports,
    ),
    400,
    404,
  ),
  withProblems(read('getImport', 'imports/{id}', 'An import as it stands.', importDocumentSchema), 404),
  {
    name: 'getHealth',
    method: 'GET',
    path: 'health',
    summary: 'Whether any route can be used.',
    needs: null,
    query: queries.none,
    answers: { 200: [healthSchema], 503: [healthSchema] },
  },
];

function withProblems(call: ApiCall, ...statuses: number[]): ApiCall {
  return { ...call, answers: { ...call.answers, ...problems(...statuses) } };
}

/** The call that a request is, by its method and path below `/api`. */
export function findApiCall(method: string, path: string): ApiCall | undefined {
  const parts = path.replace(/^\/+|\/+$/g, '').split('/');
  return API_CALLS.find((call) => {
    const wanted = call.path.split('/');
    return (
      call.method === method &&
      wanted.length === parts.length &&
      wanted.every((part, index) => part.startsWith('{') || part === parts[index])
    );
  });
}
