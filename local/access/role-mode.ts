/**
 * Which roles count at a registry, as ARM names its `roleAssignmentMode`: AcrPull, AcrPush and AcrDelete, or the roles
 * named "Container Registry Repository …".
 */
export const ROLE_MODES = ['LegacyRegistryPermissions', 'AbacRepositoryPermissions'] as const;
export type RoleMode = (typeof ROLE_MODES)[number];

/** The mode of a registry that nobody has changed. */
export const DEFAULT_ROLE_MODE: RoleMode = 'LegacyRegistryPermissions';
