import { isFinal, RUNTIME_STATUSES } from './instance-row.ts';
import type { ControlOperation, InstanceFilter, Instances } from './instances.ts';
import { type ManagementOptions, managementUrls } from './management-urls.ts';
import { ClientError } from './start-instance.ts';
import { statusDocument } from './status-document.ts';

/** A call of the webhooks. `path` is what follows their base, decoded; `body` is text. */
export interface WebhookRequest {
  method: string;
  path: readonly string[];
  query: URLSearchParams;
  contentType: string;
  continuationToken: string | undefined;
  url: string;
  body: string;
}

/** An answer; `body` is sent as JSON, nothing when absent. */
export interface WebhookAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

const DEFAULT_PAGE_SIZE = 100;
const NOT_FOUND: WebhookAnswer = { status: 404 };

/** The HTTP API of the Durable extension; the app's own client and outside callers use the same. */
export class Webhooks {
  readonly #instances: Instances;
  readonly #options: ManagementOptions;

  constructor(instances: Instances, options: ManagementOptions) {
    this.#instances = instances;
    this.#options = options;
  }

  /** Answers a call. Faults of the caller are answers with 4xx and a message. */
  async handle(request: WebhookRequest): Promise<WebhookAnswer> {
    try {
      const [area, id, operation] = request.path;
      if (area === 'orchestrators' && request.method === 'POST') return await this.#start(request);
      if (area !== 'instances') return NOT_FOUND;
      if (id === undefined) return this.#collection(request);
      if (operation === undefined) return this.#instance(request, id);
      return request.method === 'POST' ? this.#operate(request, id, operation.toLowerCase()) : NOT_FOUND;
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      return { status: error.status, body: { Message: error.message } };
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
        return { status: 501, body: 'This host does not rewind orchestrations.' };
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

  #collection({ method, query, continuationToken }: WebhookRequest): WebhookAnswer {
    const filter = filterOf(query);
    if (method === 'DELETE') return this.#purge(filter);
    if (method !== 'GET') return NOT_FOUND;
    const top = Number(query.get('top') ?? DEFAULT_PAGE_SIZE);
    if (!Number.isInteger(top) || top < 1) throw new ClientError(`top is '${query.get('top')}'; allowed: 1 and above`);
    const afterId = continuationToken ? Buffer.from(continuationToken, 'base64').toString() : undefined;
    const { rows, more } = this.#instances.list(filter, { top, ...(afterId === undefined ? {} : { afterId }) });
    const next = more ? Buffer.from(rows.at(-1)?.id ?? '').toString('base64') : '';
    const showInput = flag(query, 'showInput', true);
    return {
      status: 200,
      body: rows.map((row) => statusDocument(row, { showInput })),
      headers: { 'x-ms-continuation-token': next },
    };
  }

  #purge(filter: InstanceFilter): WebhookAnswer {
    if (filter.createdFrom === undefined) throw new ClientError("purging many instances needs 'createdTimeFrom'");
    const instancesDeleted = this.#instances.purgeWhere(filter);
    return instancesDeleted === 0 ? NOT_FOUND : { status: 200, body: { instancesDeleted } };
  }
}

function flag(query: URLSearchParams, name: string, byDefault: boolean): boolean {
  return query.has(name) ? query.get(name)?.toLowerCase() === 'true' : byDefault;
}

function checkJson(text: string): void {
  if (text === '') return;
  try {
    JSON.parse(text);
  } catch {
    throw new ClientError('the body is not valid JSON');
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

function timeOf(query: URLSearchParams, parameter: string, field: keyof InstanceFilter): Partial<InstanceFilter> {
  const text = query.get(parameter);
  if (text === null || text === '') return {};
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new ClientError(`${parameter} is '${text}'; allowed: a time in ISO form`);
  return { [field]: time.toISOString() };
}
