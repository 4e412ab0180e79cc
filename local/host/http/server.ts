import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { codeOf, EXIT_CODES, HostStartError, messageOf } from '../errors.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** The host's one listener, on 127.0.0.1. Until it has a handler it answers 503: the app is still being loaded. */
export class HttpListener {
  readonly #server: Server;
  readonly #inFlight = new Set<ServerResponse>();
  #handler: RequestHandler = (_request, response) => {
    response.writeHead(503, { 'retry-after': '1' }).end();
  };

  constructor() {
    this.#server = createServer((request, response) => {
      this.#inFlight.add(response);
      response.once('close', () => this.#inFlight.delete(response));
      this.#handler(request, response);
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  handle(handler: RequestHandler): void {
    this.#handler = handler;
  }

  /** Listens and gives the port; 0 asks for a free one. Throws {@link HostStartError}, exit code 3 for a taken port. */
  async listen(port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(port, '127.0.0.1', resolve);
    try {
      await promise;
    } catch (error) {
      if (codeOf(error) === 'EADDRINUSE') {
        throw new HostStartError(
          `port ${port} on 127.0.0.1 is taken; choose another with --port`,
          EXIT_CODES.portTaken,
        );
      }
      throw new HostStartError(`listening on port ${port} failed: ${messageOf(error)}`, undefined, error);
    }
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves when every request that came in so far has been answered. */
  async answered(): Promise<void> {
    await Promise.all([...this.#inFlight].map((response) => once(response, 'close')));
  }

  /** Stops listening and cuts whatever is still open. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
