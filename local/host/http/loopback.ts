import { Server } from 'node:net';

/**
 * Runs `action`, during which a server that is told to listen on no address in particular listens on 127.0.0.1. The library's
 * server for streamed requests would else be open to the whole network.
 */
export async function onLoopbackOnly<T>(action: () => T | Promise<T>): Promise<T> {
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: Server, ...args: unknown[]): Server {
    const [first] = args;
    const isAnywhere = args.length === 0 || typeof first === 'function';
    return Reflect.apply(listen, this, isAnywhere ? [0, '127.0.0.1', ...args] : args) as Server;
  };
  try {
    return await action();
  } finally {
    Server.prototype.listen = listen;
  }
}
