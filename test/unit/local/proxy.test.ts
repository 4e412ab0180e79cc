import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { RunningServer } from '../../../local/http.ts';
import { PortTakenError } from '../../../local/http.ts';
import { startProxy } from '../../../local/proxy.ts';

let service: Server;
let proxy: RunningServer;
const lines: string[] = [];

beforeAll(async () => {
  service = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;
  const ports = new Map([
    ['echo.source.test', port],
    ['gone.source.test', 1],
  ]);
  proxy = await startProxy({ port: 0, portOf: (host) => ports.get(host), log: (line) => lines.push(line) });
});

afterAll(async () => {
  await proxy.stop();
  service.close();
});

async function send(text: string): Promise<[string, Socket]> {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(text);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return [answer.toString(), socket];
}

describe('the proxy', () => {
  it('passes bytes both ways, those sent with the request too', async () => {
    const [answer, socket] = await send('CONNECT Echo.Source.TEST:443 HTTP/1.1\r\nHost: x\r\n\r\nearly');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    const rest = answer.split('\r\n\r\n')[1];
    const early = rest || String((await once(socket, 'data'))[0]);
    socket.write('late');

    expect([early, String((await once(socket, 'data'))[0])]).toEqual(['early', 'late']);
    socket.destroy();
  });

  it.each([
    'CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n',
    'CONNECT echo.source.test:80 HTTP/1.1\r\nHost: x\r\n\r\n',
    'CONNECT echo.source.test.example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n',
    'CONNECT [::1]:443 HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET http://echo.source.test/ HTTP/1.1\r\nHost: echo.source.test\r\n\r\n',
  ])('refuses and logs %j', async (text) => {
    lines.length = 0;
    const [answer, socket] = await send(text);

    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(lines).toHaveLength(1);
    socket.destroy();
  });

  it('closes the connection when nobody listens on the port of a name', async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write('CONNECT gone.source.test:443 HTTP/1.1\r\nHost: x\r\n\r\n');

    await once(socket.resume(), 'close');
  });

  it('refuses a port that is taken', async () => {
    await expect(startProxy({ port: proxy.port, portOf: () => undefined })).rejects.toThrow(PortTakenError);
  });

  it('closes open tunnels when it stops', async () => {
    const { port } = service.address() as AddressInfo;
    const own = await startProxy({ port: 0, portOf: () => port });
    const socket = connect(own.port, '127.0.0.1');
    socket.write('CONNECT echo.source.test:443 HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    const closed = once(socket.resume(), 'close');

    await own.stop();

    await closed;
  });
});
