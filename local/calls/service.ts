/** The emulators that answer calls, by the names of their ports. */
export const EMULATORS = ['arm', 'vault', 'identity', 'login', 'blob', 'registrySource', 'registryTarget'] as const;
export type Emulator = (typeof EMULATORS)[number];

/** All that can be broken: the emulators, and the proxy that leads to them. */
export const SERVICES = [...EMULATORS, 'proxy'] as const;
export type Service = (typeof SERVICES)[number];
