import fc from 'fast-check';
import { classOfStatus, redact, TransferError, toFailure } from '../../../src/domain/errors.ts';

const BASE64 = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'];
const secrets = fc.string({ unit: fc.constantFrom(...BASE64), minLength: 24, maxLength: 44 });
const names = fc.string({ unit: fc.constantFrom(...'abcdefgs%-_.'), minLength: 1, maxLength: 6 });
const parameters = fc.array(fc.tuple(names, fc.string({ unit: fc.constantFrom(...'ab1%:/'), maxLength: 5 })), {
  maxLength: 4,
});
const ampersands = fc.constantFrom('&', '&amp;', '\\u0026');

describe('redact', () => {
  it('lets no signature through, wherever it stands in a query', () => {
    fc.assert(
      fc.property(secrets, parameters, parameters, ampersands, (secret, before, after, and) => {
        const join = (list: [string, string][]) => list.map(([name, value]) => `${name}=${value}`);
        const query = [...join(before), `sig=${encodeURIComponent(secret)}`, ...join(after)].join(and);
        const text = redact(`PUT https://a.blob.test/c/b?${query} answered 403`);
        expect(text).not.toContain(encodeURIComponent(secret));
        expect(text).toMatch(/^PUT https:\/\/a\.blob\.test\/c\/b\?.*/);
      }),
    );
  });

  it.each([
    (secret: string) => `Authorization: Bearer ${secret}`,
    (secret: string) => `authorization: basic ${secret}`,
    (secret: string) => `SharedKey contoso:${secret}`,
    (secret: string) => `got eyJhbGciOi.${secret.replaceAll(/[+/]/g, '_')}.${secret.replaceAll(/[+/]/g, '_')} back`,
    (secret: string) => `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${secret};EndpointSuffix=x`,
    (secret: string) => `sv=2024-11-04&sr=c&sig=${secret}`,
    (secret: string) => `refresh_token=${secret}&x=1`,
    (secret: string) => `client_assertion=${secret}`,
    (secret: string) => JSON.stringify({ access_token: secret, url: `https://a.test/?sv=1&sig=${secret}` }),
    (secret: string) => `https://a.test/c?digest=sha256:0&token=${secret}`,
    (secret: string) => `https://a.test/c?%73ig=${secret}`,
    (secret: string) => `https://a.test/c?comp=list\\u0026sig=${secret}`,
  ])('lets no token through in form %#', (write) => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const text = redact(write(secret));
        expect(text).not.toContain(secret);
        expect(text).not.toContain(secret.replaceAll(/[+/]/g, '_'));
        expect(text).toContain('***');
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'?&=%a1 sig"'), maxLength: 30 }), (text) => {
        expect(typeof redact(text)).toBe('string');
      }),
    );
  });

  it('changes nothing when it is applied again', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'?&=a sig'), maxLength: 30 }), (text) => {
        expect(redact(redact(text))).toBe(redact(text));
      }),
    );
  });

  it('keeps the parameters that are known to be harmless, and plain text', () => {
    const url = 'https://a.test/v2/x/blobs/uploads/?digest=sha256:00&comp=block&api-version=2025-06-01-preview';
    expect(redact(url)).toBe(url);
    expect(redact('Artifact samples/hello:v1 is gone; what now? Nothing.')).toBe(
      'Artifact samples/hello:v1 is gone; what now? Nothing.',
    );
  });
});

describe('classOfStatus', () => {
  it.each([
    [408, 'transient'],
    [429, 'transient'],
    [500, 'transient'],
    [503, 'transient'],
    [401, 'access'],
    [403, 'access'],
    [404, 'artifact'],
    [409, 'conflict'],
    [412, 'conflict'],
    [400, 'service'],
    [416, 'service'],
  ])('of %d is %s', (status, name) => {
    expect(classOfStatus(status, 'artifact')).toBe(name);
  });

  it('of 404 is what the caller says', () => {
    expect(classOfStatus(404, 'service')).toBe('service');
  });
});

describe('toFailure', () => {
  it('keeps all that a TransferError says but its cause', () => {
    const error = new TransferError('m', {
      class: 'access',
      code: 'C',
      side: 'target',
      correlationId: 'c-1',
      cause: new Error('inner'),
      retryAfterMs: 5,
    });
    expect(toFailure(error)).toEqual({
      class: 'access',
      code: 'C',
      message: 'm',
      side: 'target',
      correlationId: 'c-1',
    });
  });

  it('leaves out what is not known', () => {
    expect(Object.keys(toFailure(new TransferError('m', { class: 'access', code: 'C' })))).toEqual([
      'class',
      'code',
      'message',
    ]);
  });

  it.each([[new RangeError('boom')], ['boom']])('makes %p an INTERNAL failure of class service', (thrown) => {
    expect(toFailure(thrown)).toEqual({ class: 'service', code: 'INTERNAL', message: 'boom' });
  });

  it('redacts the message of any error', () => {
    const message = `GET https://a.test/?sig=${'k'.repeat(20)}`;
    for (const error of [new Error(message), new TransferError(message, { class: 'service', code: 'C' }), message]) {
      expect(toFailure(error).message).toBe('GET https://a.test/?sig=***');
    }
  });
});
