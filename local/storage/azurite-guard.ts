// Loaded into Azurite's process before Azurite. Its account keys are known to the front alone, so only what the front
// signed is good there; but it makes user delegation keys from a constant in its source, which is known to anyone. A
// token that says it is signed with one loses its key's owner here, and with that its worth.
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

subscribe('http.server.request.start', (message) => {
  const { request } = message as { request: IncomingMessage };
  request.url = request.url?.replaceAll(/([?&])(?:s|%73)(?:k|%6b)oid=[^&]*/gi, '$1');
});
