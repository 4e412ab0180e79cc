import { type Plan, planSchema } from '../../../../src/domain/plan/plan.ts';
import { describePlan, formatLockFile, lockEntries } from '../../../../src/domain/selection/lock-file.ts';
import { formatPinned, parsePinned, pinsOf } from '../../../../src/domain/selection/pinned.ts';
import { parseArtifactList } from '../../../../src/domain/selection/selector.ts';
import { transferRequestSchema } from '../../../../src/domain/transfer/request.ts';

const digest = (hex: string) => `sha256:${hex.repeat(64)}`;
const planned = (artifact: string, found: string | null, outcome: Plan['artifacts'][number]['outcome'] = null) => ({
  artifact,
  digest: found,
  mediaType: 'm',
  bytes: found && 7,
  batch: outcome ? null : 'b0001',
  outcome,
  failure: null,
});
const plan = planSchema.parse({
  transfer: 'abc',
  route: 'a',
  plannedAt: '2026-01-01T00:00:00Z',
  settings: {
    continueOnErrors: true,
    overwrite: false,
    maxParallelBatches: 1,
    runTimeoutMinutes: 1,
    retry: { attempts: 1, firstDelaySeconds: 1, factor: 1, maxDelaySeconds: 1 },
  },
  batches: 1,
  artifacts: [
    planned('team/app:v1', digest('a')),
    planned(`team/app@${digest('b')}`, digest('b')),
    planned('team/app:v9', null, 'Failed'),
    planned('team/app:v2', digest('c'), 'AlreadyPresent'),
  ],
});

describe('the list of a plan', () => {
  const entries = [`team/app:v1@${digest('a')}`, `team/app@${digest('b')}`, `team/app:v2@${digest('c')}`];

  it('has every artifact that was found with its digest, and is a list that a request takes', () => {
    expect(lockEntries(plan)).toEqual(entries);
    expect(transferRequestSchema.safeParse({ route: 'a', artifacts: entries }).success).toBe(true);
  });

  it('says as text the same, and what was not found', () => {
    const text = formatLockFile(describePlan(plan));
    expect(text).toContain('# team/app:v9 was not found\n');
    expect(text).toContain('plan of transfer abc, route a, 2026-01-01');
    expect(parseArtifactList(text).map((entry) => entry.text)).toEqual(entries);
  });
});

describe('describePlan', () => {
  it('tells what was resolved and nothing of batches', () => {
    expect(describePlan(plan).artifacts.slice(1, 3)).toEqual([
      { artifact: `team/app@${digest('b')}`, digest: digest('b'), mediaType: 'm', bytes: 7 },
      { artifact: 'team/app:v9', digest: null, mediaType: 'm', bytes: null },
    ]);
  });
});

describe('a pinned entry', () => {
  it.each([
    ['team/app:v1', 'team/app:v1', null],
    [`team/app:v1@${digest('a')}`, 'team/app:v1', digest('a')],
    [`team/app@${digest('a')}`, `team/app@${digest('a')}`, null],
  ])('%s is %s', (text, name, pin) => {
    expect(parsePinned(text)).toMatchObject({ name, digest: pin });
    expect(formatPinned(name, pin)).toBe(text);
  });

  it.each(['app', 'app@v1', 'app:v1@v1', `app:v 1@${digest('a')}`, `host:1/app@${digest('a')}`, `@${digest('a')}`])(
    '%s is refused',
    (text) => {
      expect(parsePinned(text)).toEqual({ fault: expect.stringContaining('allowed: ') });
    },
  );

  it('is found again by its name', () => {
    const pinned = `app:v1@${digest('a')}`;
    expect([...pinsOf(['app:*', pinned, 'app:v2', `app@${digest('b')}`])]).toEqual([['app:v1', pinned]]);
  });
});
