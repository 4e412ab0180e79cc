import { readSecret } from '../../../../local/arm/vault-secret.ts';
import { serve } from '../../../../local/http.ts';

/** A vault that answers with these statuses, one after the other (0: it cuts the connection), then with the secret. */
async function vaultThatSays(statuses: number[]) {
  const server = await serve(
    (_request, response) => {
      const status = statuses.shift() ?? 200;
      if (status === 0) response.destroy();
      else
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end('{"value":"sas","error":{"code":"Busy"}}');
    },
    { port: 0 },
  );
  const uri = `http://127.0.0.1:${server.port}/secrets/sas`;
  return { read: () => readSecret(uri, 'token', new AbortController().signal), stop: () => server.stop() };
}

describe("a run's read of its secret", () => {
  it('is tried again while the vault is busy or the connection breaks', async () => {
    const vault = await vaultThatSays([429, 0]);
    expect(await vault.read()).toBe('sas');
    await vault.stop();
  });

  it('is not tried again when the vault refuses, and fails with its words', async () => {
    const statuses = [403, 403];
    const vault = await vaultThatSays(statuses);
    await expect(vault.read()).rejects.toMatchObject({
      code: 'KeyVaultAccessFailed',
      message: expect.stringContaining('403'),
    });
    expect(statuses).toEqual([403]);
    await vault.stop();
  });
});
