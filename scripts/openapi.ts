import { z } from 'zod';
import {
  healthSchema,
  importListSchema,
  rotationsSchema,
  routeDocumentSchema,
  routeListSchema,
  transferListSchema,
} from '../src/domain/api/answers.ts';
import { API_CALLS, type ApiCall, ROLES } from '../src/domain/api/calls.ts';
import { routeCheckSchema } from '../src/domain/checks/check.ts';
import { importDocumentSchema } from '../src/domain/import/import-document.ts';
import { dryRunSchema } from '../src/domain/plan/dry-run.ts';
import { problemSchema } from '../src/domain/problem.ts';
import { planDocumentSchema } from '../src/domain/selection/lock-file.ts';
import { artifactPageSchema } from '../src/domain/transfer/artifact-page.ts';
import { deletionSchema, transferDocumentSchema } from '../src/domain/transfer/transfer-document.ts';

type Json = Record<string, unknown>;

/** Schemas that the document has under a name; any other stands where it is used. */
const NAMES: ReadonlyMap<z.ZodType, string> = new Map<z.ZodType, string>([
  [problemSchema, 'Problem'],
  [transferDocumentSchema, 'Transfer'],
  [transferListSchema, 'TransferList'],
  [dryRunSchema, 'DryRun'],
  [planDocumentSchema, 'Plan'],
  [artifactPageSchema, 'ArtifactPage'],
  [deletionSchema, 'Deletion'],
  [routeDocumentSchema, 'Route'],
  [routeListSchema, 'RouteList'],
  [routeCheckSchema, 'RouteCheck'],
  [rotationsSchema, 'Rotations'],
  [importDocumentSchema, 'Import'],
  [importListSchema, 'ImportList'],
  [healthSchema, 'Health'],
]);

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  200: 'Done.',
  202: 'Accepted.',
  400: 'The request has faults; each is named.',
  401: 'No key and no good token.',
  403: 'The token lacks the role.',
  404: 'Not there.',
  409: 'Not possible in the state it is in.',
  500: 'A defect of the app.',
  503: 'Not usable now.',
};

/** The OpenAPI 3.1 document of the HTTP API, made of the contract that the functions are registered from. */
export function buildOpenApi(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const call of API_CALLS) {
    const path = `/${call.path}`;
    paths[path] = { ...paths[path], [call.method.toLowerCase()]: describeCall(call) };
  }
  const description = 'Moves container artifacts between Azure container registries that cannot reach each other.';
  return {
    openapi: '3.1.0',
    info: { title: 'acr-transfer', version, description },
    servers: [{ url: 'https://{host}/api', variables: { host: { default: 'localhost:7071' } } }],
    security: [{ functionKey: [] }, { functionKeyInQuery: [] }, { entraId: [] }],
    paths,
    components: {
      schemas: Object.fromEntries([...NAMES].map(([schema, name]) => [name, toSchema(schema, 'output')])),
      securitySchemes: {
        functionKey: { type: 'apiKey', in: 'header', name: 'x-functions-key' },
        functionKeyInQuery: { type: 'apiKey', in: 'query', name: 'code' },
        entraId: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: `Roles: ${ROLES.join(', ')}.` },
      },
    },
  };
}

function describeCall({ name, path, summary, needs, query, body, answers }: ApiCall): Json {
  return {
    operationId: name,
    summary,
    ...(needs === null
      ? { security: [] }
      : { description: `A bearer token needs the role ${needs}, or one above it.` }),
    parameters: [...pathParameters(path), ...queryParameters(query)],
    ...(body ? { requestBody: { content: json(toSchema(body, 'input')) } } : {}),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, kinds]) => [status, describeAnswer(Number(status), kinds)]),
    ),
  };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodType): Json[] {
  const { properties = {} } = toSchema(query, 'input') as { properties?: Record<string, Json> };
  // The key is a security scheme, not a parameter.
  return Object.entries(properties)
    .filter(([name]) => name !== 'code')
    .map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function describeAnswer(status: number, kinds: ApiCall['answers'][number]): Json {
  const schemas = kinds.filter((kind) => typeof kind !== 'string').map(referTo);
  const texts = kinds.filter((kind) => typeof kind === 'string');
  const [first, ...others] = schemas;
  const schema = others.length === 0 ? first : { anyOf: schemas };
  const isProblem = kinds.includes(problemSchema);
  const content = {
    ...(schema ? (isProblem ? { 'application/problem+json': { schema } } : json(schema)) : {}),
    ...Object.fromEntries(texts.map((mediaType) => [mediaType, { schema: { type: 'string' } }])),
  };
  return { description: STATUS_TEXTS[status] ?? 'See the summary.', content };
}

function referTo(schema: z.ZodType): Json {
  const name = NAMES.get(schema);
  return name === undefined ? toSchema(schema, 'output') : { $ref: `#/components/schemas/${name}` };
}

function json(schema: Json): Json {
  return { 'application/json': { schema } };
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
