// Loaded into Azurite's process before Azurite, which believes any token without looking at its signature. A token
// counts only in a request that comes from the front, which has checked it; elsewhere it is taken out of the request,
// which then is one without any proof of who asks.
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

const secret = process.env.ACR_TRANSFER_FRONT_SECRET;
delete process.env.ACR_TRANSFER_FRONT_SECRET;

subscribe('http.server.request.start', (message) => {
  const { request } = message as { request: IncomingMessage };
  const isFromFront = secret !== undefined && request.headers['x-acr-transfer-front'] === secret;
  delete request.headers['x-acr-transfer-front'];
  if (!isFromFront && /^\s*bearer/i.test(request.headers.authorization ?? '')) delete request.headers.authorization;
});
