import type { Request } from 'express';
import { fingerprintOf, idempotencyKeyOf, idempotencyScope } from './request-key.ts';

function request(members: { method?: string; originalUrl?: string; body?: unknown; keys?: string[] }): Request {
  const { method = 'POST', originalUrl = '/orders', body, keys } = members;
  return { method, originalUrl, body, headersDistinct: keys ? { 'idempotency-key': keys } : {} } as unknown as Request;
}

describe('idempotencyKeyOf', () => {
  it('reads a key, also in the quotes of the draft', () => {
    expect(idempotencyKeyOf(request({ keys: ['8e03978e-40d5'] }))).toBe('8e03978e-40d5');
    expect(idempotencyKeyOf(request({ keys: ['"8e03978e-40d5"'] }))).toBe('8e03978e-40d5');
    expect(idempotencyKeyOf(request({}))).toBeUndefined();
  });

  it.each([[['']], [['""']], [['a b']], [['ü']], [['a\tb']], [['k'.repeat(256)]], [['one', 'two']]])(
    'refuses %p with 400',
    (keys) => {
      expect(() => idempotencyKeyOf(request({ keys }))).toThrow(
        expect.objectContaining({ status: 400, code: 'IDEMPOTENCY_KEY_MALFORMED' }),
      );
    },
  );
});

describe('fingerprintOf', () => {
  const body = { currency: 'EUR', lines: [{ sku: 'a', qty: 1 }, { sku: 'b' }] };

  it('is the same for the same request with its members in another order', () => {
    const other = { lines: [{ qty: 1, sku: 'a' }, { sku: 'b' }], currency: 'EUR' };
    expect(fingerprintOf(request({ body }))).toBe(fingerprintOf(request({ body: other })));
    expect(fingerprintOf(request({ body }))).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['another value', { body: { ...body, currency: 'USD' } }],
    ['another order of lines', { body: { ...body, lines: body.lines.toReversed() } }],
    ['a number for a string', { body: { ...body, lines: [{ sku: 'a', qty: '1' }, { sku: 'b' }] } }],
    ['one member more', { body: { ...body, note: null } }],
    ['no body', {}],
    ['an empty body', { body: {} }],
    ['another path', { body, originalUrl: '/orders/1/complete' }],
    ['another method', { body, method: 'PUT' }],
  ])('differs for %s', (_name, changed) => {
    expect(fingerprintOf(request(changed))).not.toBe(fingerprintOf(request({ body })));
  });

  it('cannot be guessed from the body where it has a secret', () => {
    expect(fingerprintOf(request({ body }), 'secret')).not.toBe(fingerprintOf(request({ body })));
    expect(fingerprintOf(request({ body }), 'secret')).toBe(fingerprintOf(request({ body }), 'secret'));
  });
});

describe('idempotencyScope', () => {
  it('keeps tenants, users and routes apart', () => {
    expect(idempotencyScope({ tenantId: 't', userId: 'u' }, 'POST /orders')).toBe('t/u/POST /orders');
    expect(idempotencyScope({}, 'POST /tenants')).toBe('anonymous/anonymous/POST /tenants');
  });
});
