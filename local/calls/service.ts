/** The emulators that answer calls, by the names of their ports. */
export const EMULATORS = ['arm', 'vault', 'identity', 'login', 'blob', 'registrySource', 'registryTarget'] as const;
export type Emulator = (typeof EMULATORS)[number];

/** All that can be broken: the emulators, the proxy that leads to them, and the events that are delivered to the app. */
export const SERVICES = [...EMULATORS, 'proxy', 'eventGrid'] as const;
export type Service = (typeof SERVICES)[number];
