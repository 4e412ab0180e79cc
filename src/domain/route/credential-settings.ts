import { z } from 'zod';

/** Form of GUIDs: tenants, subscriptions, applications. */
export const uuidSchema = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'allowed: a GUID');
/** Name of a secret or key in a vault. */
export const vaultItemSchema = z.string().regex(/^[0-9A-Za-z-]{1,127}$/, 'allowed: 1 to 127 letters, digits and -');
/** Origin of a vault. */
export const vaultUrlSchema = z
  .string()
  .regex(/^https:\/\/[a-z0-9-]{3,24}\.[a-z0-9.-]+$/, 'allowed: https://{vault}.{vault suffix}');

/**
 * How a side signs in: as the app's managed identity; in another tenant as the application `clientId`, which trusts that
 * identity's token (`identityClientId` says which of several); or, in another cloud, as the application `clientId` with
 * a certificate (PEM, with its private key) that the app's identity reads from a vault of the app's own cloud.
 */
export const credentialSchema = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('managedIdentity'), clientId: uuidSchema.optional() }),
    z.strictObject({ type: z.literal('federated'), clientId: uuidSchema, identityClientId: uuidSchema.optional() }),
    z.strictObject({
      type: z.literal('certificate'),
      clientId: uuidSchema,
      vault: vaultUrlSchema,
      secret: vaultItemSchema,
      identityClientId: uuidSchema.optional(),
    }),
  ],
  { error: 'allowed: managedIdentity, federated, certificate' },
);
export type CredentialSettings = z.infer<typeof credentialSchema>;
