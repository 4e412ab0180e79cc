import fc from 'fast-check';
import { TRANSFER_STATES } from '../../../../src/domain/outcome.ts';
import {
  formatMarks,
  parseMarks,
  summarize,
  type TransferMarks,
} from '../../../../src/domain/transfer/transfer-summary.ts';
import { reportOf } from '../../../support/history-world.ts';

describe('marks in metadata', () => {
  const marks: fc.Arbitrary<TransferMarks> = fc.record({
    route: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/),
    end: fc.option(
      fc.record({
        state: fc.constantFrom(...TRANSFER_STATES),
        waits: fc.boolean(),
        finishedAt: fc
          .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
          .map((date) => date.toISOString()),
      }),
    ),
    removed: fc.record({ archives: fc.boolean(), runs: fc.boolean() }),
  });

  it('are read back as they were, and fit a header', () => {
    fc.assert(
      fc.property(marks, (given) => {
        const metadata = formatMarks(given);
        expect(parseMarks(metadata)).toEqual(given);
        for (const [name, value] of Object.entries(metadata))
          expect(`${name}: ${value}`).toMatch(/^[a-z]+: [\x21-\x7e ]+$/);
      }),
    );
  });

  it.each([
    [{}],
    [{ route: 'a', state: 'Gone', finishedat: '2026-01-01T00:00:00Z' }],
    [{ route: 'a', finishedat: 'soon' }],
  ])('are none in %j', (metadata) => expect(parseMarks(metadata)).toBeUndefined());
});

describe('a summary', () => {
  it('has nothing that grows with the transfer', () => {
    const { artifacts, batches, ...rest } = reportOf('a', 1);
    expect(summarize({ ...rest, artifacts, batches, selectors: [] })).toEqual(rest);
  });
});
