import type { IncomingHttpHeaders } from 'node:http';
import tls from 'node:tls';
import type { TokenCredential } from '@azure/core-auth';
import { readBody, serve } from '../../../local/http.ts';
import { issueCertificates } from '../../../local/x509.ts';

/** What the fake service saw of one request. */
export interface SeenRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What it answers; `hang` never answers, `cut` breaks the connection, `breaksOff` does so after the text. */
export type Reply =
  | { status: number; headers?: Record<string, string>; body?: unknown; text?: string; breaksOff?: boolean }
  | 'hang'
  | 'cut';

/** An https server on a free port that records requests and answers what it is told. */
export interface FakeService {
  /** `https://localhost:{port}` */
  origin: string;
  port: number;
  seen: SeenRequest[];
  /** Decides the answer of each request; replaced by the tests. */
  reply: (request: SeenRequest) => Reply;
  stop(): Promise<void>;
}

/** Starts one; this process trusts its certificate from then on. */
export async function startFakeService(): Promise<FakeService> {
  const hourMs = 3_600_000;
  const certificates = await issueCertificates({
    leafNames: ['localhost'],
    selfSignedNames: ['localhost'],
    notBefore: new Date(Date.now() - hourMs),
    notAfter: new Date(Date.now() + hourMs),
  });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), certificates.ca]);
  const fake = { seen: [] as SeenRequest[], reply: (): Reply => ({ status: 500 }) };
  const server = await serve(
    async (request, response, url) => {
      const seen: SeenRequest = {
        method: request.method ?? '',
        path: decodeURIComponent(url.pathname),
        query: Object.fromEntries(url.searchParams),
        headers: request.headers,
        body: (await readBody(request)).toString('utf8'),
      };
      service.seen.push(seen);
      const reply = service.reply(seen);
      if (reply === 'hang') return;
      if (reply === 'cut') {
        response.destroy();
        return;
      }
      const json = reply.body === undefined ? undefined : JSON.stringify(reply.body);
      response.writeHead(reply.status, { ...(json && { 'content-type': 'application/json' }), ...reply.headers });
      if (reply.breaksOff) response.write(reply.text ?? '', () => response.destroy());
      else response.end(reply.text ?? json);
    },
    { port: 0, tls: certificates.leaf },
  );
  const service: FakeService = {
    ...fake,
    origin: `https://localhost:${server.port}`,
    port: server.port,
    stop: server.stop,
  };
  return service;
}

/** A credential that gives one token and remembers the scopes it was asked for. */
export function fixedCredential(token = 'entra-token'): TokenCredential & { scopes: string[] } {
  const scopes: string[] = [];
  return {
    scopes,
    async getToken(scope) {
      scopes.push([scope].flat().join(' '));
      return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
    },
  };
}
