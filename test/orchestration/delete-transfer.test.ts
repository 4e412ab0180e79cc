import { deleteTransferOrchestrator } from '../../src/orchestrators/delete-transfer.ts';
import { answers, BUSY, ok, refused } from './answers.ts';
import { namesOf, run } from './stepper.ts';

const TABLE = {
  beginDelete: ok({ pages: 2 }),
  deleteArchives: ok(null),
  deleteRuns: ok(null),
  purgeInstances: ok(null),
  markRemoved: ok(null),
  deleteRecord: ok(null),
};
const ALL = { transfer: 'abc', archives: true, runs: true, record: true };

describe('deleteTransferOrchestrator', () => {
  it('deletes page by page, the transfer itself after its batches, the record last', () => {
    const stepper = run(deleteTransferOrchestrator, ALL, answers(TABLE));
    const page = ['deleteArchives', 'deleteRuns', 'purgeInstances'];
    expect(namesOf(stepper)).toEqual(['beginDelete', ...page, ...page, 'purgeInstances', 'deleteRecord']);
    const pages = stepper.calls.filter(({ name }) => name === 'purgeInstances').map(({ input }) => input);
    expect(pages).toEqual([1, 2, 0].map((number) => ({ transfer: 'abc', page: number })));
    expect(stepper.output).toBeNull();
  });

  it('deletes only the parts that are due, keeps the record and notes what is gone', () => {
    const stepper = run(deleteTransferOrchestrator, { ...ALL, runs: false, record: false }, answers(TABLE));
    expect(namesOf(stepper)).toEqual(['beginDelete', 'deleteArchives', 'deleteArchives', 'markRemoved']);
    expect(stepper.calls.at(-1)?.input).toEqual({ transfer: 'abc', archives: true, runs: false });
  });

  it('tries again what failed transiently', () => {
    const stepper = run(deleteTransferOrchestrator, ALL, answers({ ...TABLE, deleteRuns: [BUSY, ok(null)] }));
    expect(namesOf(stepper)).toContain('timer');
    expect(stepper.error).toBeUndefined();
  });

  it('leaves the record when something could not be deleted, and says what', () => {
    const denied = refused({ class: 'access', code: 'AuthorizationFailed', message: 'No.' });
    const stepper = run(deleteTransferOrchestrator, ALL, answers({ ...TABLE, deleteArchives: denied }));
    expect(namesOf(stepper)).toEqual(['beginDelete', 'deleteArchives']);
    expect(stepper.error?.message).toBe('deletion of abc: deleteArchives: AuthorizationFailed: No.');
  });
});
