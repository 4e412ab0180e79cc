import { type AddressInfo, createServer, type Socket } from 'node:net';

/** What a {@link HostileServer} writes, byte for byte, whatever it was asked; then it closes the connection. */
export interface HostileAnswer {
  /** The status line without its end, and the header lines. */
  head: readonly string[];
  body: Buffer;
  /** Goes on sending zeros behind the body for as long as the client takes them. */
  isEndless: boolean;
}

/** A server that is no registry: it answers each request with the next of the given answers, the last one for ever. */
export interface HostileServer {
  origin: string;
  /** Head of each request, as received. */
  heads: string[];
  /** Bytes handed to the network, of all answers. */
  sentBytes: number;
  answerWith(answers: readonly HostileAnswer[]): void;
  stop(): Promise<void>;
}

const ENDLESS_CHUNK = Buffer.alloc(64 * 1024);
/** No client is to take more than this of an endless answer; what would go on for ever ends there and is seen. */
const ENDLESS_LIMIT_BYTES = 64 * 1024 * 1024;

/** Listens on a free port of 127.0.0.1; stop it when done. */
export async function startHostileServer(): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  let answers: readonly HostileAnswer[] = [];
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    serveOne(socket, (head) => {
      server.heads.push(head);
      const answer = answers[Math.min(server.heads.length, answers.length) - 1];
      if (answer) write(socket, answer, server);
      else socket.destroy();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const server: HostileServer = {
    origin: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    heads: [],
    sentBytes: 0,
    answerWith(next) {
      answers = next;
      server.heads = [];
      server.sentBytes = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return server;
}

/** Calls back with the head of a connection's first request; what follows is read into nothing. */
function serveOne(socket: Socket, onHead: (head: string) => void): void {
  let received = '';
  let isHeadDone = false;
  socket.on('data', (chunk) => {
    if (isHeadDone) return;
    received += chunk.toString('latin1');
    isHeadDone = received.includes('\r\n\r\n');
    if (isHeadDone) onHead(received.slice(0, received.indexOf('\r\n\r\n')));
  });
}

function write(socket: Socket, answer: HostileAnswer, server: HostileServer): void {
  server.sentBytes += answer.body.length;
  socket.write(`${answer.head.join('\r\n')}\r\n\r\n`, 'latin1');
  socket.write(answer.body);
  if (!answer.isEndless) {
    socket.end();
    return;
  }
  let endlessBytes = 0;
  const more = () => {
    while (!socket.destroyed && endlessBytes < ENDLESS_LIMIT_BYTES) {
      endlessBytes += ENDLESS_CHUNK.length;
      server.sentBytes += ENDLESS_CHUNK.length;
      if (!socket.write(ENDLESS_CHUNK)) return;
    }
    socket.end();
  };
  socket.on('drain', more);
  more();
}
