import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallFacts } from '../calls/call.ts';
import type { CallJournal } from '../calls/journal.ts';
import type { AroundTunnel, Tunnel } from '../proxy.ts';
import type { FaultRules } from './rules.ts';

/** Bytes of the services' answers that a tunnel lets through before it is cut in the middle. */
const HALF_WAY_BYTES = 4096;

/** Breaks tunnels where a rule names the proxy, and records those: a tunnel that works is no call of its own. */
export function observeTunnels(faults: FaultRules, journal: CallJournal): AroundTunnel {
  return (open) => (request, client, head) => {
    const facts = factsOf(request);
    const decision = faults.decide(facts);
    if (!decision) {
      open(request, client, head);
      return;
    }
    const { fault } = decision;
    const at = new Date().toISOString();
    const status = fault.kind === 'status' ? fault.status : null;
    const sizes = { requestBytes: 0, responseBytes: 0, durationMs: 0 };
    journal.add({ at, ...facts, ...sizes, status, fault: decision.label });
    client.on('error', () => client.destroy());
    if (fault.kind === 'status') {
      client.end(`HTTP/1.1 ${fault.status} Fault\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    } else if (fault.kind === 'cut' && fault.when === 'before') client.destroy();
    else if (fault.kind === 'hang') decision.ended.addEventListener('abort', () => client.destroy(), { once: true });
    else if (fault.kind === 'delay') openLater(open, fault.delayMs)(request, client, head);
    else {
      cutLater(client, fault.kind === 'truncate' ? (fault.afterBytes ?? HALF_WAY_BYTES) : 0);
      open(request, client, head);
    }
  };
}

function factsOf(request: IncomingMessage): CallFacts {
  const host = (request.url ?? '').toLowerCase();
  return {
    service: 'proxy',
    host,
    method: 'CONNECT',
    path: '',
    query: '',
    operation: 'Connect',
    identity: 'anonymous',
  };
}

function openLater(open: Tunnel, delayMs: number): Tunnel {
  return async (request, client, head) => {
    await sleep(delayMs, undefined, { ref: false });
    if (!client.destroyed) open(request, client, head);
  };
}

/** Cuts a tunnel when so many bytes have come back through it, beyond the proxy's own answer. */
function cutLater(client: Duplex, afterBytes: number): void {
  const write = client.write;
  let leftBytes = Number.POSITIVE_INFINITY;
  client.write = ((chunk: string | Buffer) => {
    const kept = Buffer.from(chunk).subarray(0, leftBytes);
    leftBytes = Math.min(afterBytes, leftBytes - kept.length);
    return Reflect.apply(write, client, leftBytes > 0 ? [kept] : [kept, () => client.destroy()]);
  }) as typeof write;
}
