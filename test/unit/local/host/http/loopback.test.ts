import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { onLoopbackOnly } from '../../../../../local/host/http/loopback.ts';

describe('onLoopbackOnly', () => {
  it('binds servers that name no address to 127.0.0.1, while it lasts', async () => {
    const { listen } = createServer();
    const server = await onLoopbackOnly(async () => {
      const opened = createServer();
      await new Promise<void>((resolve) => opened.listen(() => resolve()));
      return opened;
    });
    expect((server.address() as AddressInfo).address).toBe('127.0.0.1');
    server.close();
    expect(createServer().listen).toBe(listen);
  });

  it('leaves those alone that do', async () => {
    const server = await onLoopbackOnly(() => createServer().listen(0, '127.0.0.2'));
    await once(server, 'listening');
    expect((server.address() as AddressInfo).address).toBe('127.0.0.2');
    server.close();
  });
});
