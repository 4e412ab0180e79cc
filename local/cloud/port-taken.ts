import { PortTakenError } from '../http.ts';
import { FIRST_PORTS, type PortName, type PortRange } from './ports.ts';

/** A port that another process has; `port` says which, `service` for what, `range` of which clouds. */
export class ServicePortTakenError extends Error {
  readonly service: PortName;
  readonly port: number;
  readonly range: PortRange;

  constructor(service: PortName, port: number, range = FIRST_PORTS) {
    super(`Port ${port} (${service}) is taken.`);
    this.service = service;
    this.port = port;
    this.range = range;
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

/** Runs a start whose ports are of another range; that one is taken is said so. */
export async function inRange<T>(range: PortRange, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    throw error instanceof ServicePortTakenError ? new ServicePortTakenError(error.service, error.port, range) : error;
  }
}
