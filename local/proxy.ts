import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RunningServer } from './http.ts';
import { listen } from './http.ts';

/** Leads a `CONNECT` to where it shall go. */
export type Tunnel = (request: IncomingMessage, client: Duplex, head: Buffer) => void;

/** Stands between the proxy and its tunnels. */
export type AroundTunnel = (open: Tunnel) => Tunnel;

export interface ProxyOptions {
  /** 0 takes any free port. */
  port: number;
  /** The loopback port that serves a host name (lower case, without port); `undefined` refuses the name. */
  portOf(host: string): number | undefined;
  /** Put around the making of a tunnel; left out, nothing is. */
  around?: AroundTunnel;
  log?: (line: string) => void;
}

/**
 * The HTTP proxy through which an app reaches the names of the local clouds: `CONNECT {name}:443` leads to the loopback
 * port of that name, TLS passing through untouched. Any other name, port or kind of request gets 403, so that nothing
 * that uses the proxy leaves the machine. Rejects with `PortTakenError`.
 */
export async function startProxy(options: ProxyOptions): Promise<RunningServer> {
  const server = createServer((request, response) => refusePlain(request, response, options));
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const open: Tunnel = (request, client, head) => tunnel(request, client, head, options);
  server.on('connect', options.around ? options.around(open) : open);
  const port = await listen(server, options.port);
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      // The server itself forgets a socket once it is a tunnel.
      for (const socket of sockets) socket.destroy();
    });
  return { port, stop };
}

function refusePlain(request: IncomingMessage, response: ServerResponse, options: ProxyOptions): void {
  options.log?.(`proxy refused ${request.method} ${request.url}`);
  response.writeHead(403, { 'content-type': 'text/plain' });
  response.end('The local cloud forwards only CONNECT to port 443 of its own names.\n');
}

function tunnel(request: IncomingMessage, client: Duplex, head: Buffer, options: ProxyOptions): void {
  client.on('error', () => client.destroy());
  const match = /^([^:]+):443$/.exec(request.url ?? '');
  const port = match?.[1] === undefined ? undefined : options.portOf(match[1].toLowerCase());
  if (port === undefined) {
    options.log?.(`proxy refused CONNECT ${request.url}`);
    client.end(
      'HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\nThis name and port are not in the local cloud.\n',
    );
    return;
  }
  const service = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) service.write(head);
    service.pipe(client).pipe(service);
  });
  service.on('error', (error) => {
    options.log?.(`proxy lost ${request.url} on port ${port}: ${error.message}`);
    client.destroy();
  });
  client.on('close', () => service.destroy());
  service.on('close', () => client.destroy());
}
