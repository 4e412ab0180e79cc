import { readBlobNames } from '../../../src/functions/landed-blob.ts';

const reference = (value: unknown) => ({ content: JSON.stringify(value) });

describe("the host's reference to a blob", () => {
  it('gives its names, of several the first', () => {
    const one = reference({ ContainerName: 'c', BlobName: 'in/a.tar', Connection: 'x' });
    const names = { container: 'c', name: 'in/a.tar' };
    expect(readBlobNames(one)).toEqual(names);
    expect(readBlobNames([one, reference({ ContainerName: 'd', BlobName: 'b' })])).toEqual(names);
    expect(readBlobNames({ content: Buffer.from(one.content) })).toEqual(names);
  });
});
