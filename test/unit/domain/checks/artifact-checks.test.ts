import { judgeArtifact } from '../../../../src/domain/checks/artifact-checks.ts';
import { failedLook } from '../../../../src/domain/checks/failed-look.ts';

const layer = { digest: 'sha256:aa', mediaType: 'tar', sizeBytes: 8_000_000_000, isForeign: false };
const found = (change: object) => ({
  artifact: 'a/b:1',
  state: 'found' as const,
  digest: 'sha256:m',
  layers: [layer, { ...layer, ...change }],
});
const wrong = (facts: Parameters<typeof judgeArtifact>[0]) =>
  judgeArtifact(facts).filter(({ status }) => status !== 'ok');

describe('judgeArtifact', () => {
  it('finds nothing wrong with layers that the registry holds', () => {
    expect(wrong(found({}))).toEqual([]);
  });

  it.each([
    [{ artifact: 'B', state: 'invalid', fault: 'names neither' } as const, 'REFERENCE_INVALID', 'Correct the name.'],
    [
      { artifact: 'a/b:1', state: 'missing' } as const,
      'ARTIFACT_NOT_FOUND',
      'Correct the spelling of repository and tag, or push the artifact to the source registry.',
    ],
    [
      found({ isForeign: true, mediaType: 'foreign' }),
      'FOREIGN_LAYER',
      'Push those layers into the source registry first (docker: --allow-nondistributable-artifacts), else pulls in an isolated network look for them elsewhere.',
    ],
    [
      found({ sizeBytes: 8_000_000_001 }),
      'LAYER_TOO_LARGE',
      'Split the layer when the image is built: pipelines move layers of at most 8 GB.',
    ],
  ])('finds %j: %s', (facts, code, remedy) => {
    expect(wrong(facts)).toEqual([expect.objectContaining({ code, side: 'source', status: 'fault', remedy })]);
  });

  it('names the foreign layer', () => {
    const facts = found({ digest: 'sha256:ff', isForeign: true, mediaType: 'foreign' });
    expect(wrong(facts)[0]?.found).toBe('a/b:1: sha256:ff (foreign)');
  });
});

describe('failedLook', () => {
  it("keeps the service's code and correlation id, masks what is secret, and names a remedy by class", () => {
    const message = 'read the secret on https://v/x?sig=topsecret: 403 Forbidden';
    const failure = { class: 'access', code: 'ForbiddenByPolicy', message, correlationId: 'c-1' } as const;
    const check = failedLook('target', 'secret x', failure);
    expect(check).toMatchObject({
      code: 'ForbiddenByPolicy',
      side: 'target',
      status: 'fault',
      found: expect.stringContaining('c-1'),
      needed: 'secret x can be read by the app',
      remedy: 'Give the identity of the app on this side the right to read this, and check again when it is in force.',
    });
    expect(check.found).not.toContain('topsecret');
  });
});
