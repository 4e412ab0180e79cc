import { judgePolicy } from '../../../../src/domain/checks/policy-checks.ts';

const now = new Date('2026-01-05T00:00:00Z');
const good = { permissions: 'racwl', expiresAt: '2026-01-06T00:00:00Z' };
const ROTATE = 'Rotate the token (POST /routes/{route}/rotate-sas): the policy is prolonged with it.';
const wrong = (policy: Parameters<typeof judgePolicy>[1]['policy']) =>
  judgePolicy('source', { policy, needed: 'rawl', now }).filter(({ status }) => status !== 'ok');

describe('judgePolicy', () => {
  it('finds nothing wrong with a policy that lasts and gives what is needed', () => {
    expect(wrong(good)).toEqual([]);
  });

  it.each([
    [undefined, 'SAS_POLICY_MISSING', ROTATE],
    [{ permissions: 'rawl' }, 'SAS_POLICY_MISSING', ROTATE],
    [{ ...good, expiresAt: '2026-01-04T00:00:00Z' }, 'SAS_EXPIRED', ROTATE],
    [
      { ...good, permissions: 'rl' },
      'SAS_MISSING_PERMISSION',
      "Add 'aw' to the stored access policy, or have the app rotate the token.",
    ],
  ])('finds %j: %s', (policy, code, remedy) => {
    expect(wrong(policy)).toEqual([expect.objectContaining({ code, side: 'source', status: 'fault', remedy })]);
  });
});
