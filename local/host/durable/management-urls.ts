import type { InputDatum, RegisteredFunction } from '../app-model.ts';
import { textOption } from '../app-model.ts';
import { jsonData } from '../typed-data.ts';

export const WEBHOOK_PATH = '/runtime/webhooks/durabletask';

/** Where the host's Durable endpoints are. */
export interface ManagementOptions {
  /** Scheme, host and port. */
  origin: string;
  /** Path of the endpoints without keys, for the app's own durable client; it starts and ends with a slash. */
  rpcPath: string;
  hubName: string;
  /** The key that the webhooks ask for as `code`. */
  systemKey: string;
}

/** The URLs with which an instance is watched and steered; they carry the system key. */
export function managementUrls(options: ManagementOptions, instanceId: string): Record<string, string> {
  const base = `${options.origin}${WEBHOOK_PATH}/instances/${encodeURIComponent(instanceId)}`;
  const query = `taskHub=${encodeURIComponent(options.hubName)}&connection=Storage&code=${options.systemKey}`;
  return {
    id: instanceId,
    statusQueryGetUri: `${base}?${query}`,
    sendEventPostUri: `${base}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${base}/terminate?reason={text}&${query}`,
    rewindPostUri: `${base}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${base}?${query}`,
    restartPostUri: `${base}/restart?${query}`,
    suspendPostUri: `${base}/suspend?reason={text}&${query}`,
    resumePostUri: `${base}/resume?reason={text}&${query}`,
  };
}

/** The inputs that a function's `durableClient` bindings get; none for a function without such a binding. */
export function durableClientInputs(options: ManagementOptions, fn: RegisteredFunction): InputDatum[] {
  return Object.entries(fn.metadata.bindings)
    .filter(([, { type }]) => type === 'durableClient' || type === 'orchestrationClient')
    .map(([name, binding]) => ({
      name,
      data: jsonData(clientInput(options, textOption(binding, 'taskHub') ?? options.hubName)),
    }));
}

function clientInput(options: ManagementOptions, taskHubName: string): object {
  const baseUrl = `${options.origin}${WEBHOOK_PATH}`;
  const create = `${baseUrl}/orchestrators/{functionName}[/{instanceId}]`;
  const code = `code=${options.systemKey}`;
  return {
    taskHubName,
    connectionName: 'Storage',
    creationUrls: {
      createNewInstancePostUri: `${create}?${code}`,
      createAndWaitOnNewInstancePostUri: `${create}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${code}`,
    },
    managementUrls: managementUrls({ ...options, hubName: taskHubName }, 'INSTANCEID'),
    baseUrl,
    requiredQueryStringParameters: code,
    rpcBaseUrl: `${options.origin}${options.rpcPath}`,
  };
}
