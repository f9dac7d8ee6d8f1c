import { createKeyRules } from './key-rules.ts';

const rules = createKeyRules([
  { method: 'get', path: '/orders', access: { scope: 'orders:read' } },
  { method: 'post', path: '/orders', access: { scope: 'orders:write' } },
  { method: 'get', path: '/orders/:order_id', access: { scope: 'orders:read' } },
  { method: 'get', path: '/orders/export', access: { scope: 'reports:read' } },
  { method: 'get', path: '/orders/mine', access: {} },
  { method: 'get', path: '/api-keys', access: {} },
  { method: 'post', path: '/tenants', access: 'anybody' },
]);

describe('an API key', () => {
  it.each([
    ['GET', '/orders', ['orders:read']],
    ['HEAD', '/orders', ['orders:read']],
    ['POST', '/orders', ['orders:write']],
    ['GET', '/orders/1', ['orders:read']],
  ])('may %s %s with the scope that its description names', (method, path, scopes) => {
    expect(rules.scopesFor(method, path)).toEqual(scopes);
  });

  it('needs every scope where two descriptions fit, so that the order of routes does not matter', () => {
    expect(rules.scopesFor('GET', '/orders/export')).toEqual(['orders:read', 'reports:read']);
  });

  it.each([
    ['a route without a scope', 'GET', '/api-keys'],
    ['a route that is open anyway', 'POST', '/tenants'],
    ['a path that one of two descriptions closes', 'GET', '/orders/mine'],
    ['a path that nobody described', 'GET', '/surprise'],
    ['a method that nobody described', 'DELETE', '/orders'],
    ['an id that is empty', 'GET', '/orders/'],
    ['another letter case', 'GET', '/Orders'],
    ['one segment more', 'GET', '/orders/1/2'],
    ['doubled slashes', 'GET', '//orders'],
  ])('may not use %s', (_name, method, path) => {
    expect(rules.scopesFor(method, path)).toBeUndefined();
  });
});
