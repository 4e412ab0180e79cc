import { createHash } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OCI_MANIFEST } from '../src/oci/media-types.ts';
import { MIB } from './report.ts';

const LAYER_BYTES = 64 * MIB;
const CHUNK = Buffer.alloc(MIB, 'the same mebibyte again and again ');

/** A registry that makes up the layers of one image as they are asked for: it costs next to nothing beside its client. */
export interface SyntheticRegistry {
  endpoint: string;
  layers: { digest: string; size: number }[];
  close(): Promise<void>;
}

/** An image of that many bytes in layers of 64 MiB, as `bench/image:v1`. */
export async function startSyntheticRegistry(bytes: number): Promise<SyntheticRegistry> {
  const count = Math.max(1, Math.round(bytes / LAYER_BYTES));
  const layers = Array.from({ length: count }, (_, seed) => ({ ...describeLayer(seed), seed }));
  const config = Buffer.from('{}');
  const digestOf = (content: Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: config.length },
      layers: layers.map(({ digest, size }) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size })),
    }),
  );
  const seeds = new Map(layers.map(({ digest, seed }) => [digest, seed]));
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    const seed = seeds.get(name);
    if (request.url?.includes('/manifests/')) return void send(manifest, OCI_MANIFEST, digestOf(manifest));
    if (name === digestOf(config)) return void send(config, 'application/octet-stream', name);
    if (seed === undefined) return void response.writeHead(404).end();
    const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '');
    const from = Number(range?.[1] ?? 0);
    const to = Number(range?.[2] || LAYER_BYTES - 1);
    const headers = { 'content-length': to - from + 1, 'content-range': `bytes ${from}-${to}/${LAYER_BYTES}` };
    response.writeHead(range ? 206 : 200, headers);
    void stream(seed, from, to + 1, response);

    function send(content: Buffer, type: string, digest: string) {
      response.writeHead(200, {
        'content-type': type,
        'docker-content-digest': digest,
        'content-length': content.length,
      });
      response.end(request.method === 'HEAD' ? undefined : content);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, layers, close: () => close(server) };
}

/** The first bytes of a layer tell it from the others. */
function chunkOf(seed: number, index: number): Buffer {
  if (index > 0) return CHUNK;
  const first = Buffer.from(CHUNK);
  first.writeUInt32BE(seed);
  return first;
}

function describeLayer(seed: number): { digest: string; size: number } {
  const hash = createHash('sha256');
  for (let index = 0; index < LAYER_BYTES / MIB; index++) hash.update(chunkOf(seed, index));
  return { digest: `sha256:${hash.digest('hex')}`, size: LAYER_BYTES };
}

async function stream(seed: number, from: number, to: number, response: ServerResponse) {
  for (let at = from; at < to && !response.destroyed; ) {
    const index = Math.floor(at / MIB);
    const part = chunkOf(seed, index).subarray(at - index * MIB, Math.min(MIB, to - index * MIB));
    at += part.length;
    if (!response.write(part)) await untilWritable(response);
  }
  response.end();
}

/** Resolves when more can be written, or when nobody reads any longer. */
function untilWritable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
