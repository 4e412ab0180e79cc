import { connect } from 'node:net';

/** What came back for bytes written to a port: the status, the body, and how many bytes in all. */
export interface RawAnswer {
  /** `undefined` where the server closed the connection without an answer. */
  status: number | undefined;
  text: string;
}

/** Writes bytes to a port of 127.0.0.1 as they are and reads until the server closes; `Connection: close` is the caller's. */
export function sendRaw(port: number, bytes: Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A server that refuses while the client still writes resets the connection.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1');
      const digits = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      resolve({ status: digits === undefined ? undefined : Number(digits), text });
    });
  });
}
