import { randomUUID } from 'node:crypto';
import type { Push } from '../registry/call.ts';
import type { GridEvent } from './grid-event.ts';

/** A manifest that a registry has taken. */
export interface PushedManifest extends Push {
  /** Resource id of the registry. */
  registryId: string;
  /** Its login server. */
  host: string;
}

/**
 * The event that tells of a push, with the fields of the service:
 * https://learn.microsoft.com/azure/event-grid/event-schema-container-registry.
 */
export function formatImagePushed(pushed: PushedManifest): GridEvent {
  const { registryId, host, repository, tag, digest, mediaType, sizeBytes, userAgent = '' } = pushed;
  const eventTime = new Date().toISOString();
  return {
    id: randomUUID(),
    topic: registryId,
    subject: tag === undefined ? repository : `${repository}:${tag}`,
    eventType: 'Microsoft.ContainerRegistry.ImagePushed',
    eventTime,
    data: {
      id: randomUUID(),
      timestamp: eventTime,
      action: 'push',
      location: 'local',
      target: {
        mediaType,
        size: sizeBytes,
        digest,
        length: sizeBytes,
        repository,
        ...(tag === undefined ? {} : { tag }),
      },
      request: { id: randomUUID(), host, method: 'PUT', useragent: userAgent },
    },
    dataVersion: '1.0',
    metadataVersion: '1',
  };
}
