import type { Entities } from './entities.ts';
import { handleEntities } from './entity-webhooks.ts';
import { isFinal, RUNTIME_STATUSES } from './instance-row.ts';
import type { ControlOperation, InstanceFilter, Instances } from './instances.ts';
import { type ManagementOptions, managementUrls } from './management-urls.ts';
import { ClientError } from './start-instance.ts';
import { statusDocument } from './status-document.ts';
import { checkJson, flag, pageOf, timeOf, type WebhookAnswer, type WebhookRequest } from './webhook-request.ts';

const NOT_FOUND: WebhookAnswer = { status: 404 };

/** The HTTP API of the Durable extension; the app's own client and outside callers use the same. */
export class Webhooks {
  readonly #instances: Instances;
  readonly #entities: Entities;
  readonly #options: ManagementOptions;

  constructor(instances: Instances, entities: Entities, options: ManagementOptions) {
    this.#instances = instances;
    this.#entities = entities;
    this.#options = options;
  }

  /** Answers a call. Faults of the caller are answers with 4xx and a message. */
  async handle(request: WebhookRequest): Promise<WebhookAnswer> {
    try {
      const [area, id, operation] = request.path;
      if (area === 'orchestrators' && request.method === 'POST') return await this.#start(request);
      if (area === 'entities') return handleEntities(this.#entities, request);
      if (area !== 'instances') return NOT_FOUND;
      if (id === undefined) return this.#collection(request);
      if (operation === undefined) return this.#instance(request, id);
      return request.method === 'POST' ? this.#operate(request, id, operation.toLowerCase()) : NOT_FOUND;
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      // As the real host: of a wrong request an object tells what was wrong with it, of others a text.
      return { status: error.status, body: error.status === 400 ? { Message: error.message } : error.message };
    }
  }

  async #start(request: WebhookRequest): Promise<WebhookAnswer> {
    const [, name, instanceId] = request.path;
    if (name === undefined) return NOT_FOUND;
    checkJson(request.body);
    const input = request.body === '' ? null : request.body;
    const version = request.query.get('version');
    const id = this.#instances.start(name, { ...(instanceId ? { instanceId } : {}), input, version });
    const timeoutSeconds = Number(request.query.get('timeout') ?? 0);
    if (timeoutSeconds > 0) {
      const row = await this.#instances.waitForEnd(id, timeoutSeconds * 1000);
      if (row.status === 'Completed') return { status: 200, body: JSON.parse(row.output ?? 'null') };
      if (isFinal(row.status)) return { status: 200, body: statusDocument(row, { showInput: true }) };
    }
    return this.#accepted(id);
  }

  #accepted(id: string): WebhookAnswer {
    const body = managementUrls(this.#options, id);
    return { status: 202, body, headers: { location: body.statusQueryGetUri ?? '', 'retry-after': '10' } };
  }

  #instance({ method, query, url }: WebhookRequest, id: string): WebhookAnswer {
    if (method === 'DELETE') {
      this.#instances.purge(id);
      return { status: 200, body: { instancesDeleted: 1 } };
    }
    if (method !== 'GET') return NOT_FOUND;
    const row = this.#instances.get(id);
    const body = statusDocument(row, {
      showInput: flag(query, 'showInput', true),
      showHistoryOutput: flag(query, 'showHistoryOutput', false),
      ...(flag(query, 'showHistory', false) ? { history: this.#instances.history(id) } : {}),
    });
    if (!isFinal(row.status)) return { status: 202, body, headers: { location: url, 'retry-after': '5' } };
    const isError = row.status === 'Failed' && flag(query, 'returnInternalServerErrorOnFailure', false);
    return { status: isError ? 500 : 200, body };
  }

  #operate(request: WebhookRequest, id: string, operation: string): WebhookAnswer {
    switch (operation) {
      case 'raiseevent':
        return this.#raiseEvent(request, id);
      case 'terminate':
      case 'suspend':
      case 'resume':
        this.#instances.control(id, operation satisfies ControlOperation, request.query.get('reason') ?? '');
        return { status: 202 };
      case 'restart':
        return this.#accepted(this.#instances.restart(id, flag(request.query, 'restartWithNewInstanceId', true)));
      case 'rewind':
        this.#instances.rewind(id, request.query.get('reason') ?? '');
        return { status: 202 };
      default:
        return NOT_FOUND;
    }
  }

  #raiseEvent({ path, contentType, body }: WebhookRequest, id: string): WebhookAnswer {
    this.#instances.get(id);
    if (!/application\/json/i.test(contentType)) throw new ClientError('only application/json content is supported');
    checkJson(body);
    this.#instances.raiseEvent(id, path[3] ?? '', body === '' ? null : body);
    return { status: 202 };
  }

  #collection(request: WebhookRequest): WebhookAnswer {
    const { method, query } = request;
    const filter = filterOf(query);
    if (method === 'DELETE') return this.#purge(filter);
    if (method !== 'GET') return NOT_FOUND;
    const { top, afterId, tokenOf } = pageOf(request);
    const { rows, more } = this.#instances.list(filter, { top, ...(afterId === undefined ? {} : { afterId }) });
    const showInput = flag(query, 'showInput', true);
    return {
      status: 200,
      body: rows.map((row) => statusDocument(row, { showInput })),
      headers: { 'x-ms-continuation-token': more ? tokenOf(rows.at(-1)?.id ?? '') : '' },
    };
  }

  #purge(filter: InstanceFilter): WebhookAnswer {
    if (filter.createdFrom === undefined) throw new ClientError("purging many instances needs 'createdTimeFrom'");
    const instancesDeleted = this.#instances.purgeWhere(filter);
    return instancesDeleted === 0 ? NOT_FOUND : { status: 200, body: { instancesDeleted } };
  }
}

function filterOf(query: URLSearchParams): InstanceFilter {
  const statuses = query.getAll('runtimeStatus').flatMap((list) => list.split(',').filter(Boolean));
  const unknown = statuses.find((status) => !KNOWN_STATUSES.has(status));
  if (unknown !== undefined) {
    throw new ClientError(`runtimeStatus '${unknown}' is unknown; allowed: ${[...KNOWN_STATUSES].join(', ')}`);
  }
  return {
    ...timeOf(query, 'createdTimeFrom', 'createdFrom'),
    ...timeOf(query, 'createdTimeTo', 'createdTo'),
    idPrefix: query.get('instanceIdPrefix') ?? '',
    statuses,
  };
}

const KNOWN_STATUSES = new Set<string>([...RUNTIME_STATUSES, 'ContinuedAsNew', 'Canceled']);
