import { parseJson } from '../typed-data.ts';
import type { Entities } from './entities.ts';
import { parseEntityId } from './entity-id.ts';
import type { EntityRow } from './entity-store.ts';
import { ClientError } from './start-instance.ts';
import { checkJson, flag, pageOf, timeOf, type WebhookAnswer, type WebhookRequest } from './webhook-request.ts';

const NOT_FOUND: WebhookAnswer = { status: 404 };

/** Answers calls below `entities`: states, signals, lists. Throws {@link ClientError} for a caller's fault. */
export function handleEntities(entities: Entities, request: WebhookRequest): WebhookAnswer {
  const [, name, key] = request.path;
  if (name === undefined || key === undefined) {
    return request.method === 'GET' ? list(entities, request, name) : NOT_FOUND;
  }
  switch (request.method) {
    case 'GET':
      return { status: 200, body: parseJson(entities.state(name, key)) };
    case 'POST':
      entities.signal(name, key, request.query.get('op') ?? '', inputOf(request));
      return { status: 202 };
    case 'DELETE':
      entities.signal(name, key, 'delete', null);
      return { status: 202 };
    default:
      return NOT_FOUND;
  }
}

/** A body that is not JSON is an input, too: the text. */
function inputOf({ body, contentType }: WebhookRequest): string | null {
  if (body === '') return null;
  if (contentType !== '' && !/json/i.test(contentType)) return JSON.stringify(body);
  checkJson(body);
  return body;
}

function list(entities: Entities, request: WebhookRequest, name: string | undefined): WebhookAnswer {
  const { query } = request;
  const { top, afterId, tokenOf } = pageOf(request);
  const filter = {
    ...(name === undefined ? {} : { name }),
    ...(afterId === undefined ? {} : { afterId }),
    ...timeOf(query, 'lastOperationTimeFrom', 'usedFrom'),
    ...timeOf(query, 'lastOperationTimeTo', 'usedTo'),
  };
  const { rows, more } = entities.list(filter, top);
  const withState = flag(query, 'fetchState', false);
  return {
    status: 200,
    body: rows.map((row) => entityDocument(row, withState)),
    headers: { 'x-ms-continuation-token': more ? tokenOf(rows.at(-1)?.id ?? '') : '' },
  };
}

function entityDocument({ id, updated, state }: EntityRow, withState: boolean): Record<string, unknown> {
  const document = { entityId: parseEntityId(id), lastOperationTime: updated };
  return withState ? { ...document, state: parseJson(state) } : document;
}
