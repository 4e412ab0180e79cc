import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici';

/**
 * Makes this process trust an authority besides those it trusts by default, for every TLS connection made from now on:
 * what `NODE_EXTRA_CA_CERTS` does for a process that is yet to start. Needs Node 22.19 or later.
 */
export function trustCertificates(caPem: string): void {
  setDefaultCACertificates([...getCACertificates('default'), caPem]);
}

/**
 * Points the SDK clients of this test file to the local clouds: sets `env` (`HTTPS_PROXY`, `IDENTITY_ENDPOINT`,
 * `IDENTITY_HEADER`) in `process.env`, keeps loopback out of the proxy, and gives undici an agent that obeys. Call it
 * before the first client is made: the SDKs read these variables once. Node's own `fetch` is not changed by it.
 */
export function useLocalClouds(env: Record<string, string>): void {
  Object.assign(process.env, { NO_PROXY: '127.0.0.1,localhost', NODE_USE_ENV_PROXY: '1', ...env });
  setGlobalDispatcher(new EnvHttpProxyAgent());
}
