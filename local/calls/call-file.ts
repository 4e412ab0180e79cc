import { appendFile, rename, stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface CallFileOptions {
  path: string;
  /** Beyond so many bytes the file becomes `{path}.1`, in place of the one before. Default 16 MiB. */
  maxBytes?: number;
  log?: ((line: string) => void) | undefined;
}

const MAX_BYTES = 16 * 1024 * 1024;

/** Appends lines to a file that only this user can read, in the background. What a kill leaves unwritten is lost. */
export class CallFile {
  readonly #options: CallFileOptions;
  #pending: string[] = [];
  #writing: Promise<void> | undefined;
  #sizeBytes: number | undefined;

  constructor(options: CallFileOptions) {
    this.#options = options;
  }

  /** Takes a line, without its end; one that cannot be written is told to `log` and dropped. */
  append(line: string): void {
    this.#pending.push(`${line}\n`);
    this.#writing ??= this.#drain();
  }

  /** Resolves when all that was appended is in the file. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    await nextTurn();
    while (this.#pending.length > 0) {
      const text = this.#pending.join('');
      this.#pending = [];
      await this.#write(text).catch((error: unknown) => this.#options.log?.(`${this.#options.path}: ${String(error)}`));
    }
    this.#writing = undefined;
  }

  async #write(text: string): Promise<void> {
    const { path, maxBytes = MAX_BYTES } = this.#options;
    this.#sizeBytes ??= await sizeOf(path);
    if (this.#sizeBytes > 0 && this.#sizeBytes + text.length > maxBytes) {
      await rename(path, `${path}.1`);
      this.#sizeBytes = 0;
    }
    await appendFile(path, text, { mode: 0o600 });
    this.#sizeBytes += Buffer.byteLength(text);
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
