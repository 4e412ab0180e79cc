import fc from 'fast-check';
import type { Outcome } from '../../../../src/domain/outcome.ts';
import { type ArtifactFilter, pageArtifacts } from '../../../../src/domain/transfer/artifact-page.ts';
import type { ArtifactDocument } from '../../../../src/domain/transfer/transfer-document.ts';

function artifact(name: string, outcome: Outcome | null): ArtifactDocument {
  return { artifact: name, outcome, digest: null, mediaType: null, bytes: null, batch: null, attempts: [] };
}

/** All pages one after the other. */
function readAll(artifacts: ArtifactDocument[], filter: ArtifactFilter): string[] {
  const names: string[] = [];
  for (let after: number | undefined; ; ) {
    const { value, continuation } = pageArtifacts(artifacts, { ...filter, after });
    expect(value.length).toBeLessThanOrEqual(filter.limit);
    names.push(...value.map((one) => one.artifact));
    if (continuation === undefined) return names;
    after = Number(continuation);
  }
}

describe('pageArtifacts', () => {
  it('gives every artifact that matches once, in order, whatever the length of a page', () => {
    const anyArtifact = fc.tuple(fc.nat(), fc.constantFrom('Failed' as const, 'Transferred' as const, null));
    fc.assert(
      fc.property(fc.array(anyArtifact), fc.integer({ min: 1, max: 5 }), (list, limit) => {
        const artifacts = list.map(([number, outcome], index) => artifact(`a${index}:${number}`, outcome));
        const failed = artifacts.filter(({ outcome }) => outcome === 'Failed').map((one) => one.artifact);
        expect(readAll(artifacts, { limit })).toEqual(artifacts.map((one) => one.artifact));
        expect(readAll(artifacts, { limit, outcome: 'Failed' })).toEqual(failed);
      }),
    );
  });

  it('finds a part of the name in any case of letters', () => {
    const artifacts = [artifact('app/Web:v1', null), artifact('app/job:v1', null)];
    expect(readAll(artifacts, { limit: 10, search: 'wEb' })).toEqual(['app/Web:v1']);
    expect(readAll(artifacts, { limit: 10, search: '.' })).toEqual([]);
  });
});
