import { PortTakenError } from '../http.ts';
import type { PortName } from './ports.ts';

/** A port that another process has; `port` says which, `service` for what. */
export class ServicePortTakenError extends Error {
  readonly service: PortName;
  readonly port: number;

  constructor(service: PortName, port: number) {
    super(`Port ${port} (${service}) is taken.`);
    this.service = service;
    this.port = port;
  }
}

/** Starts a service; that its port is taken is said with the service's name. */
export async function naming<T>(service: PortName, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    throw withService(service, error);
  }
}

/** The error, with the service's name where it is about a taken port. */
export function withService(service: PortName, error: unknown): unknown {
  return error instanceof PortTakenError ? new ServicePortTakenError(service, error.port) : error;
}
