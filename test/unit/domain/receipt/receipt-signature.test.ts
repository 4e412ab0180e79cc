import { createHmac, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { algorithmOf, formatSigningInput, verifySignature } from '../../../../src/domain/receipt/receipt-signature.ts';
import { pemOf, signDetached } from '../../../support/signing.ts';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const otherEc = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const TEXT = '{"version":1}';
const keys = [pemOf(ec.publicKey), pemOf(rsa.publicKey)];
const es256 = signDetached(TEXT, { alg: 'ES256', kid: 'a/1' }, ec.privateKey);
const ps256 = signDetached(TEXT, { alg: 'PS256' }, rsa.privateKey);

function faultOf(text: string, signature: string | null, publicKeys = keys) {
  const verdict = verifySignature(text, signature, publicKeys);
  return verdict.ok ? 'none' : verdict.fault;
}

describe('verifySignature', () => {
  it('takes ES256 and PS256 of any of the keys', () => {
    expect(faultOf(TEXT, es256)).toBe('none');
    expect(faultOf(TEXT, ps256)).toBe('none');
    expect(faultOf(TEXT, `${es256}\n`)).toBe('none');
    expect(faultOf(TEXT, es256, [pemOf(otherEc.publicKey), ...keys])).toBe('none');
  });

  it('refuses another text, another key, no signature', () => {
    expect(faultOf(`${TEXT} `, es256)).toBe('WRONG');
    expect(faultOf(TEXT, es256, [pemOf(otherEc.publicKey)])).toBe('WRONG');
    expect(faultOf(TEXT, null)).toBe('ABSENT');
  });

  it('lets no header choose: the algorithm is that of a key', () => {
    expect(faultOf(TEXT, es256, [pemOf(rsa.publicKey)])).toBe('NO_KEY');
    expect(faultOf(TEXT, signDetached(TEXT, { alg: 'PS256' }, ec.privateKey))).toBe('WRONG');
    const header = Buffer.from('{"alg":"HS256"}').toString('base64url');
    const input = `${header}.${Buffer.from(TEXT).toString('base64url')}`;
    const [pem = ''] = keys;
    const mac = createHmac('sha256', pem).update(input).digest('base64url');
    expect(faultOf(TEXT, `${header}..${mac}`)).toBe('ALGORITHM_NOT_ALLOWED');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    expect(faultOf(TEXT, `${none}..`)).toBe('MALFORMED');
    expect(faultOf(TEXT, `${none}..AA`)).toBe('ALGORITHM_NOT_ALLOWED');
  });

  it('uses no key that is too weak or on another curve', () => {
    expect(algorithmOf(weakRsa.publicKey)).toBeUndefined();
    expect(algorithmOf(p384.publicKey)).toBeUndefined();
    const weak = signDetached(TEXT, { alg: 'PS256' }, weakRsa.privateKey);
    expect(faultOf(TEXT, weak, [pemOf(weakRsa.publicKey)])).toBe('NO_KEY');
    expect(faultOf(TEXT, es256, ['-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'])).toBe('NO_KEY');
  });

  it.each([
    ['an attached payload', es256.replace('..', `.${Buffer.from(TEXT).toString('base64url')}.`)],
    ['a critical extension', signDetached(TEXT, { alg: 'ES256', crit: ['b64'], b64: false }, ec.privateKey)],
    ['a key of its own', signDetached(TEXT, { alg: 'ES256', jwk: {} }, ec.privateKey)],
    ['no header', `..${es256.split('..')[1]}`],
    ['a header that is no JSON', `AAAA..${es256.split('..')[1]}`],
    ['too long a text', `${es256}${'A'.repeat(5000)}`],
    ['nothing', ''],
  ])('calls %s malformed', (_, signature) => {
    expect(faultOf(TEXT, signature)).toBe('MALFORMED');
  });

  it('never takes what no key has signed, and never throws', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.oneof(
          fc.string(),
          fc.base64String().map((text) => `${text}..${text}`),
        ),
        (text, jws) => {
          expect(verifySignature(text, jws, keys).ok).toBe(false);
        },
      ),
    );
  });

  it('takes no signature with a byte changed', () => {
    const [header = '', signature = ''] = es256.split('..');
    const bytes = Buffer.from(signature, 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const changed = Buffer.from(bytes);
        changed[index] = (changed[index] ?? 0) ^ change;
        expect(faultOf(TEXT, `${header}..${changed.toString('base64url')}`)).toBe('WRONG');
      }),
    );
  });
});

describe('formatSigningInput', () => {
  it('names algorithm and key in the header', () => {
    const { header, sha256 } = formatSigningInput(TEXT, 'ES256', 'receipts/1');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'ES256', kid: 'receipts/1' });
    expect(sha256).toHaveLength(32);
  });
});
