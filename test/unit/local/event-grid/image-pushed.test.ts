import { formatImagePushed } from '../../../../local/event-grid/image-pushed.ts';
import { resourcesOf } from '../../../../local/names.ts';
import { pushEventSchema } from '../../../../src/domain/route/push.ts';

const { registryId, loginServer: host } = resourcesOf('source');
const PUSHED = {
  registryId,
  host,
  repository: 'team/app',
  tag: 'v1',
  digest: `sha256:${'a'.repeat(64)}`,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  sizeBytes: 512,
  userAgent: 'docker/27',
};

describe('formatImagePushed', () => {
  it('has the fields of the service', () => {
    const event = formatImagePushed(PUSHED);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const { mediaType, digest, repository, tag } = PUSHED;
    expect(event).toEqual({
      id: expect.any(String),
      topic: registryId,
      subject: 'team/app:v1',
      eventType: 'Microsoft.ContainerRegistry.ImagePushed',
      eventTime: time,
      data: {
        id: expect.any(String),
        timestamp: time,
        action: 'push',
        location: 'local',
        target: { mediaType, size: 512, digest, length: 512, repository, tag },
        request: { id: expect.any(String), host, method: 'PUT', useragent: 'docker/27' },
      },
      dataVersion: '1.0',
      metadataVersion: '1',
    });
    expect(pushEventSchema.safeParse(event).success).toBe(true);
  });

  it('names no tag for what was pushed by its digest', () => {
    const { subject, data } = formatImagePushed({ ...PUSHED, tag: undefined });
    expect(subject).toBe('team/app');
    expect(data.target).not.toHaveProperty('tag');
  });
});
