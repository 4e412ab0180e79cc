import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';

const TYPES = ['systemAssigned', 'userAssigned', 'systemAssigned, userAssigned', 'none'] as const;
const ALLOWED = 'SystemAssigned, UserAssigned, "SystemAssigned, UserAssigned", None';

/** A pipeline's identity as a request body has it; the type in any case, given back as the service writes it. */
export const identitySchema = z.object(
  {
    type: z
      .string({ error: ALLOWED })
      .transform((text) => text.toLowerCase().replace(/\s*,\s*/, ', '))
      .transform((text) => TYPES.find((type) => type.toLowerCase() === text))
      .refine((type) => type !== undefined, ALLOWED),
    userAssignedIdentities: z
      .record(z.string(), z.unknown(), { error: 'an object with resource ids of identities as keys' })
      .optional(),
  },
  { error: 'an object with a type' },
);

/** The ids of a managed identity. */
export interface IdentityIds {
  principalId: string;
  clientId: string;
}

/** A pipeline's identity as it is kept. */
export interface PipelineIdentity {
  type: 'systemAssigned' | 'userAssigned' | 'systemAssigned, userAssigned';
  /** Of the system-assigned identity. */
  principalId?: string;
  /** Resource ids in the caller's casing. */
  userAssigned?: Record<string, IdentityIds>;
}

/**
 * The identity that a write gives a pipeline. A system-assigned principal is made at random, as its role assignments
 * must follow its creation, and stays while the pipeline does.
 */
export function assignIdentity(
  requested: z.infer<typeof identitySchema> | undefined,
  previous: PipelineIdentity | undefined,
): PipelineIdentity | undefined {
  const type = requested?.type;
  if (type === undefined || type === 'none') return undefined;
  const ids = Object.keys(requested?.userAssignedIdentities ?? {});
  return {
    type,
    ...(type.startsWith('system') ? { principalId: previous?.principalId ?? randomUUID() } : {}),
    ...(type.endsWith('userAssigned')
      ? { userAssigned: Object.fromEntries(ids.map((id) => [id, userIdentityOf(id)])) }
      : {}),
  };
}

/** The ids of a user-assigned identity: derived from its resource id, as this emulator has no identity resources. */
export function userIdentityOf(resourceId: string): IdentityIds {
  return { principalId: deriveId('principal', resourceId), clientId: deriveId('client', resourceId) };
}

/** Whose tokens a pipeline's runs carry: the first user-assigned identity, else the system-assigned one. */
export function principalOf(identity: PipelineIdentity | undefined): string | undefined {
  return Object.values(identity?.userAssigned ?? {})[0]?.principalId ?? identity?.principalId;
}

/** The identity as ARM answers it, with the tenant that it is in. */
export function formatIdentity(identity: PipelineIdentity, tenantId: string) {
  return {
    ...(identity.principalId === undefined ? {} : { principalId: identity.principalId, tenantId }),
    type: identity.type,
    ...(identity.userAssigned === undefined ? {} : { userAssignedIdentities: identity.userAssigned }),
  };
}

function deriveId(kind: string, resourceId: string): string {
  const hex = createHash('sha256').update(`${kind} ${resourceId.toLowerCase()}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
