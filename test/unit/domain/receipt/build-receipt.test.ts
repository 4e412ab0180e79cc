import { buildReceipt, type ExportFacts, formatReceipt } from '../../../../src/domain/receipt/build-receipt.ts';
import { receiptSchema } from '../../../../src/domain/receipt/receipt.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

function planned(artifact: string, digest: string | null = DIGEST) {
  return { artifact, digest, mediaType: 'm', bytes: 7, batch: 'b0001', outcome: null, failure: null };
}

const FACTS: ExportFacts = {
  transfer: 'abc',
  route: 'a',
  batch: 'b0001',
  archive: { name: 'abc-b0001-a01.tar', bytes: 10, md5: 'bWQ1' },
  catalogDigest: 'sha256:c',
  exportedAt: '2026-01-01T00:00:00Z',
  artifacts: [planned('a:1'), planned('b:1')],
  changed: new Set(),
  run: { saidError: false, continuesOnErrors: false },
};

function presences(facts: Partial<ExportFacts>): string[] {
  return buildReceipt({ ...FACTS, ...facts }).artifacts.map(({ presence }) => presence);
}

describe('buildReceipt', () => {
  it('is a receipt of the schema, with what was planned', () => {
    const receipt = buildReceipt(FACTS);
    expect(receiptSchema.parse(JSON.parse(formatReceipt(receipt)))).toEqual(receipt);
    const { artifacts, changed, run, ...same } = FACTS;
    expect(receipt).toMatchObject(same);
    expect(receipt.artifacts[0]).toEqual({
      artifact: 'a:1',
      digest: DIGEST,
      mediaType: 'm',
      bytes: 7,
      presence: 'confirmed',
    });
  });

  it('confirms what a run cannot have left out', () => {
    expect(presences({})).toEqual(['confirmed', 'confirmed']);
    expect(presences({ run: { saidError: false, continuesOnErrors: true } })).toEqual(['expected', 'expected']);
    expect(presences({ run: { saidError: true, continuesOnErrors: false } })).toEqual(['expected', 'expected']);
  });

  it('confirms a single artifact also where the pipeline goes on over errors, unless the run said something', () => {
    const artifacts = [planned('a:1')];
    expect(presences({ artifacts, run: { saidError: false, continuesOnErrors: true } })).toEqual(['confirmed']);
    expect(presences({ artifacts, run: { saidError: true, continuesOnErrors: true } })).toEqual(['expected']);
  });

  it('only expects a tag that moved meanwhile', () => {
    expect(presences({ changed: new Set(['b:1']) })).toEqual(['confirmed', 'expected']);
  });

  it('leaves out what was never resolved', () => {
    expect(presences({ artifacts: [planned('a:1', null), planned('b:1')] })).toHaveLength(1);
  });
});
