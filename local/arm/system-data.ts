import type { TokenClaims } from '../tokens.ts';
import { formatServiceTime } from './times.ts';

/** ARM's account of who made and last changed a resource. */
export interface SystemData {
  createdBy: string;
  createdByType: string;
  createdAt: string;
  lastModifiedBy: string;
  lastModifiedByType: string;
  lastModifiedAt: string;
}

/** The system data after `caller` wrote the resource at `nowMs`; the creation stays what it was. */
export function stampSystemData(previous: SystemData | undefined, caller: TokenClaims, nowMs: number): SystemData {
  const by = typeof caller.upn === 'string' ? caller.upn : (caller.appid ?? caller.oid);
  const type = typeof caller.upn === 'string' ? 'User' : 'Application';
  const at = formatServiceTime(nowMs);
  return {
    createdBy: previous?.createdBy ?? by,
    createdByType: previous?.createdByType ?? type,
    createdAt: previous?.createdAt ?? at,
    lastModifiedBy: by,
    lastModifiedByType: type,
    lastModifiedAt: at,
  };
}
