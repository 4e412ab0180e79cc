import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { DEFAULT_ROLE_MODE, ROLE_MODES, type RoleMode } from '../access/role-mode.ts';
import { ArmError, badValue } from './arm-error.ts';
import type { Listed } from './paging.ts';
import { parseBody } from './request-body.ts';
import type { SystemData } from './system-data.ts';

const SKUS = ['Basic', 'Standard', 'Premium'] as const;
/** A registry's tier. */
export type Sku = (typeof SKUS)[number];

/** What can be changed of a registry. */
export interface RegistryRecord extends Listed {
  adminUserEnabled: boolean;
  publicNetworkAccess: 'Enabled' | 'Disabled';
  exportPolicy: 'enabled' | 'disabled';
  /** Absent from what an older version kept: {@link DEFAULT_ROLE_MODE}. */
  roleAssignmentMode?: RoleMode;
  /** `policies` other than `exportPolicy`, as sent: kept, without effect. */
  otherPolicies: Record<string, unknown>;
  tags: Record<string, string>;
  /** Absent from what an older version kept: Premium. */
  sku?: Sku;
  /** Passwords of the admin user that were made anew; the others are the configured one. */
  regenerated: { password?: string; password2?: string };
  systemData?: SystemData;
}

const onOff = z.enum(['enabled', 'disabled'], { error: 'enabled, disabled' });
const updateSchema = z.object({
  sku: z.object({ name: z.enum(SKUS, { error: SKUS.join(', ') }).optional() }).optional(),
  tags: z.record(z.string(), z.string(), { error: 'an object of texts' }).optional(),
  properties: z
    .object({
      adminUserEnabled: z.boolean({ error: 'true, false' }).optional(),
      publicNetworkAccess: z.enum(['Enabled', 'Disabled'], { error: 'Enabled, Disabled' }).optional(),
      roleAssignmentMode: z.enum(ROLE_MODES, { error: ROLE_MODES.join(', ') }).optional(),
      policies: z.looseObject({ exportPolicy: z.object({ status: onOff }).optional() }).optional(),
    })
    .optional(),
});

/** A registry's tier; Premium unless it was changed. */
export function skuOf({ sku = 'Premium' }: Pick<RegistryRecord, 'sku'>): Sku {
  return sku;
}

/** Which roles count at a registry. */
export function roleModeOf({ roleAssignmentMode = DEFAULT_ROLE_MODE }: Pick<RegistryRecord, 'roleAssignmentMode'>) {
  return roleAssignmentMode;
}

/** A registry nobody has changed yet. */
export function newRegistryRecord(key: string, nowMs: number): RegistryRecord {
  return {
    key,
    createdAtMs: nowMs,
    adminUserEnabled: true,
    publicNetworkAccess: 'Enabled',
    exportPolicy: 'enabled',
    otherPolicies: {},
    tags: {},
    regenerated: {},
  };
}

/**
 * The registry after a PATCH or PUT with this body; what the body leaves out stays. Throws 400, also for an export policy
 * that is disabled while the public network is not, or while there is an export pipeline.
 */
export function updateRegistry(record: RegistryRecord, body: unknown, hasExportPipelines: boolean): RegistryRecord {
  const { properties = {}, tags = record.tags, sku } = parseBody(updateSchema, body);
  const { exportPolicy, ...otherPolicies } = properties.policies ?? {};
  const updated: RegistryRecord = {
    ...record,
    tags,
    sku: sku?.name ?? skuOf(record),
    adminUserEnabled: properties.adminUserEnabled ?? record.adminUserEnabled,
    publicNetworkAccess: properties.publicNetworkAccess ?? record.publicNetworkAccess,
    exportPolicy: exportPolicy?.status ?? record.exportPolicy,
    roleAssignmentMode: properties.roleAssignmentMode ?? roleModeOf(record),
    otherPolicies: { ...record.otherPolicies, ...otherPolicies },
  };
  if (updated.exportPolicy === 'disabled') checkExportPolicy(updated, hasExportPipelines);
  return updated;
}

function checkExportPolicy({ publicNetworkAccess }: RegistryRecord, hasExportPipelines: boolean): void {
  const path = 'properties.policies.exportPolicy.status';
  if (publicNetworkAccess !== 'Disabled') {
    throw badValue(path, 'disabled', 'enabled, unless publicNetworkAccess is Disabled');
  }
  if (hasExportPipelines) throw badValue(path, 'disabled', 'enabled while the registry has an export pipeline');
}

/** The registry with one of its admin user's passwords made anew. Throws 400. */
export function regeneratePassword(record: RegistryRecord, body: unknown): RegistryRecord {
  const allowed = 'password, password2';
  const schema = z.object({ name: z.enum(['password', 'password2'], { error: allowed }) });
  const { name } = parseBody(schema, body);
  return { ...record, regenerated: { ...record.regenerated, [name]: randomBytes(24).toString('base64url') } };
}

/** The admin user's credentials as ARM answers them. Throws 400 while the admin user is disabled. */
export function formatCredentials(
  record: RegistryRecord,
  { id, adminUsername, adminPassword }: { id: string; adminUsername: string; adminPassword: string },
) {
  if (!record.adminUserEnabled) {
    const message = `Cannot perform credential operations for ${id} as admin user is disabled. Enable the admin user first.`;
    throw new ArmError(400, 'UnAuthorizedForCredentialOperations', message);
  }
  const passwords = Object.entries(passwordsOf(record, adminPassword));
  return { username: adminUsername, passwords: passwords.map(([name, value]) => ({ name, value })) };
}

/** Both passwords of the admin user: the first one where none was made anew. */
export function passwordsOf({ regenerated }: RegistryRecord, adminPassword: string) {
  const { password = adminPassword, password2 = adminPassword } = regenerated;
  return { password, password2 };
}
