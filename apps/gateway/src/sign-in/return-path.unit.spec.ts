import fc from 'fast-check';
import { returnPath } from './return-path.ts';

it.each([
  '/reports',
  '/reports?from=2026-11-01&currency=EUR',
  '/reports/revenue.svg?theme=dark',
  '/operator/reports?tenant_id=1%2F2',
  '/',
])('goes back to %s', (path) => {
  expect(returnPath(path)).toBe(path);
});

it.each([
  undefined,
  '',
  'reports',
  'https://elsewhere.example/',
  '//elsewhere.example',
  '///elsewhere.example',
  '/\\elsewhere.example',
  '/.//elsewhere.example',
  '/..//elsewhere.example',
  '/%2e//elsewhere.example',
  '/reports/..//elsewhere.example',
  '/\t/elsewhere.example',
  '/reports\r\nset-cookie: a=b',
  'javascript:alert(1)',
  '/sign-in?return_to=/sign-in',
  '/Sign-Out',
  ['/reports'],
  `/${'a'.repeat(2_000)}`,
])('goes nowhere for %j', (asked) => {
  expect(returnPath(asked)).toBeUndefined();
});

it('never leaves this server, whatever is asked', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '%2e',
    '%2F',
    '%5C',
    '@',
    ':',
    '?',
    '#',
    'elsewhere.example',
    '\t',
    ' ',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece).map((pieces) => `/${pieces.join('')}`),
  );
  fc.assert(
    fc.property(text, (asked) => {
      const path = returnPath(asked);
      if (path === undefined) return;
      expect(new URL(path, 'https://here.example/sign-in').origin).toBe('https://here.example');
      expect(returnPath(path)).toBe(path);
    }),
    { numRuns: 5_000 },
  );
});
