import { applyJournal, formatEntry } from '../../../../local/storage/azurite-journal.ts';

const dump = JSON.stringify({
  filename: 'index.json',
  collections: [
    {
      name: 'blobs',
      data: [
        { $loki: 1, name: 'a' },
        { $loki: 2, name: 'b' },
      ],
      maxId: 2,
    },
    { name: 'empty', data: [], maxId: 7 },
  ],
});

function apply(...lines: string[]) {
  return JSON.parse(applyJournal(dump, lines.join(''))) as { filename: string; collections: object[] };
}

describe('the journal of an index', () => {
  const lines = [
    formatEntry({ c: 'blobs', put: { $loki: 2, name: 'changed' } }),
    formatEntry({ c: 'blobs', put: { $loki: 3, name: 'new' } }),
    formatEntry({ c: 'blobs', gone: 1 }),
  ];
  const expected = [
    {
      name: 'blobs',
      data: [
        { $loki: 2, name: 'changed' },
        { $loki: 3, name: 'new' },
      ],
      maxId: 3,
    },
    { name: 'empty', data: [], maxId: 7 },
  ];

  it('changes, adds and removes documents, and leaves the rest as it was', () => {
    expect(apply(...lines)).toEqual({ filename: 'index.json', collections: expected });
  });

  it('may be applied to an index that has its changes already', () => {
    const again = applyJournal(applyJournal(dump, lines.join('')), lines.join(''));
    expect(JSON.parse(again).collections).toEqual(expected);
  });

  it('does without a last line that a kill broke off', () => {
    const broken = formatEntry({ c: 'blobs', gone: 2 }).slice(0, -3);
    expect(apply(...lines, broken).collections).toEqual(expected);
  });
});
