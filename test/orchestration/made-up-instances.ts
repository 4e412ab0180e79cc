import type { DurableClient } from 'durable-functions';

/** A Durable instance that somebody has asked for. */
export interface MadeUpInstance {
  input: unknown;
  status: 'Pending' | 'Running' | 'Completed' | 'Terminated';
}

/** A client that keeps in `instances` what it is asked to start; `before` is called before each request, and may throw. */
export function madeUpClient(instances: Map<string, MadeUpInstance>, before: () => void): DurableClient {
  const client = {
    getStatus: async (id: string) => {
      before();
      const found = instances.get(id);
      if (!found) throw new Error('no such instance');
      return { runtimeStatus: found.status };
    },
    startNew: async (_name: string, { instanceId, input }: { instanceId: string; input: unknown }) => {
      before();
      instances.set(instanceId, { input, status: 'Pending' });
      return instanceId;
    },
  };
  return client as unknown as DurableClient;
}
