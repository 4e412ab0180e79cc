import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici';

/**
 * Makes undici (and with it the global `fetch`) honour `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`; without these
 * variables it is an ordinary agent. Call it once at start: importing undici takes the proxy that Node itself sets for
 * `fetch` away on Node 22. The Azure SDKs read the variables by themselves.
 */
export function useEnvironmentProxy(): void {
  setGlobalDispatcher(new EnvHttpProxyAgent());
}
