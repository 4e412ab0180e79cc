import type { Side } from '../errors.ts';
import { type Check, judge } from './check.ts';

/** That the container is there. */
export function judgeContainerExists(side: Side, url: string, exists: boolean): Check {
  return judge({
    code: 'CONTAINER_NOT_FOUND',
    side,
    holds: exists,
    found: exists ? url : `no container ${url}`,
    needed: 'a container: pipelines do not make theirs',
    remedy: `Create the container, or correct ${side}.container of the route.`,
  });
}

/** That no other pipeline of the registry uses the container; `others` are their names. */
export function judgeContainerShared(side: Side, others: readonly string[]): Check {
  return judge({
    code: 'CONTAINER_SHARED',
    side,
    holds: others.length === 0,
    found: others.length === 0 ? 'used by this pipeline only' : `also used by ${others.join(', ')}`,
    needed: 'a container for each pipeline; an account may be shared',
    remedy: 'Give each pipeline a container of its own.',
  });
}

/** Rights of the app itself that were tried out. */
export type AppRight = 'APP_READ_DENIED' | 'APP_WRITE_DENIED' | 'APP_DELEGATION_DENIED' | 'APP_REGISTRY_DENIED';

const RIGHTS: Readonly<Record<AppRight, { needed: string; remedy: string }>> = {
  APP_READ_DENIED: {
    needed: 'the app reads the container',
    remedy: "Give the app's identity Storage Blob Data Contributor (source: Reader will do) on the container.",
  },
  APP_WRITE_DENIED: {
    needed: 'the app writes to the target container',
    remedy: "Give the app's identity Storage Blob Data Contributor on the target container.",
  },
  APP_DELEGATION_DENIED: {
    needed: 'the app gets user delegation keys, for copies and tokens',
    remedy: "Give the app's identity Storage Blob Delegator on the storage account, or Contributor on its blobs.",
  },
  APP_REGISTRY_DENIED: {
    needed: 'the app reads manifests of the registry',
    remedy: "Give the app's identity AcrPull on the registry (Container Registry Repository Reader in ABAC mode).",
  },
};

/** What came of trying a right out: `refusal` is what the service said, `undefined` when it let the app do it. */
export function judgeAppRight(side: Side, code: AppRight, refusal: string | undefined): Check {
  return judge({ code, side, holds: refusal === undefined, found: refusal ?? 'tried out: allowed', ...RIGHTS[code] });
}
