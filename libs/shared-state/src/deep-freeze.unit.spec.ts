import { deepFreeze } from './deep-freeze.ts';

describe('a frozen value', () => {
  const value = () =>
    deepFreeze<unknown>({ a: { b: [{ c: 1 }, { c: 0 }], d: null }, e: 'text' }) as { a: { b: { c: number }[] } };

  it.each<[string, () => unknown]>([
    ['assigning a field', () => Object.assign(value(), { e: 'other' })],
    ['assigning deep inside', () => (value().a.b[0]!.c = 2)],
    ['adding to a list', () => value().a.b.push({ c: 2 })],
    ['sorting a list', () => value().a.b.reverse()],
    ['deleting', () => Reflect.deleteProperty(value(), 'a') || Object.defineProperty(value(), 'a', { value: 1 })],
  ])('%s throws', (_what, change) => {
    expect(change).toThrow(TypeError);
  });

  it.each([null, undefined, 1, 'text', true])('%p stays what it is', (plain) => {
    expect(deepFreeze(plain)).toBe(plain);
  });
});
