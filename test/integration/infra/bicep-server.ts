import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

interface Answer {
  id: number;
  result?: unknown;
  error?: { message: string; data?: { message?: string } };
}

/**
 * The Bicep CLI as a server (`bicep jsonrpc --stdio`): what is compiled twice is compiled by warm code. Messages have a
 * header with their length, as in the language server protocol.
 */
export class BicepServer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, (answer: Answer | Error) => void>();
  #received = Buffer.alloc(0);
  #questions = 0;

  constructor(cli: string) {
    this.#child = spawn(cli, ['jsonrpc', '--stdio']);
    this.#child.stdout.on('data', (bytes: Buffer) => this.#receive(bytes));
    this.#child.stderr.resume();
    this.#child.on('error', (error) => this.#end(error));
    this.#child.on('exit', (code) => this.#end(new Error(`bicep jsonrpc ended with ${code}`)));
  }

  /** Rejects with the diagnostics when it cannot be done. */
  async ask(method: string, params: object): Promise<unknown> {
    const id = ++this.#questions;
    const text = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    const answer = await new Promise<Answer | Error>((settle) => {
      this.#waiting.set(id, settle);
      this.#child.stdin.write(`Content-Length: ${text.length}\r\n\r\n`);
      this.#child.stdin.write(text);
    });
    if (answer instanceof Error) throw answer;
    if (answer.error) throw new Error(answer.error.data?.message ?? answer.error.message);
    return answer.result;
  }

  stop(): void {
    this.#child.kill();
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const start = this.#received.indexOf('\r\n\r\n') + 4;
      if (start < 4) return;
      const end = start + Number(/Content-Length: (\d+)/i.exec(this.#received.subarray(0, start).toString())?.[1]);
      if (this.#received.length < end) return;
      const answer = JSON.parse(this.#received.subarray(start, end).toString()) as Answer;
      this.#received = this.#received.subarray(end);
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    }
  }

  #end(error: Error): void {
    for (const settle of this.#waiting.values()) settle(error);
    this.#waiting.clear();
  }
}
