import { formatSetCookie } from '../../../../../local/host/http/set-cookie.ts';

describe('formatSetCookie', () => {
  it('writes every attribute that is set', () => {
    const cookie = {
      name: 'a',
      value: 'b',
      domain: { value: 'x.test' },
      path: { value: '/p' },
      expires: { value: { seconds: 0 } },
      maxAge: { value: 60 },
      secure: { value: true },
      httpOnly: { value: true },
      sameSite: 'explicitNone',
    };
    expect(formatSetCookie(cookie)).toBe(
      'a=b; Domain=x.test; Path=/p; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60; Secure; HttpOnly; SameSite=None',
    );
  });

  it('writes nothing for attributes that are not', () => {
    expect(formatSetCookie({ name: 'a', value: '', secure: { value: false }, sameSite: 'none' })).toBe('a=');
  });
});
