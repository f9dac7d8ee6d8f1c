import type { Request } from 'express';
import { etagOf, expectedVersion, requiredVersion } from './precondition.ts';

const withHeader = (value: string | undefined) => ({ get: () => value }) as unknown as Request;

describe('If-Match', () => {
  it('of an ETag of ours is its version', () => {
    expect(expectedVersion(withHeader(` ${etagOf(12)} `))).toBe(12);
    expect(requiredVersion(withHeader(etagOf(0)))).toBe(0);
  });

  it.each([undefined, '*'])('of %p names no version, which is a 428 where one is needed', (header) => {
    expect(expectedVersion(withHeader(header))).toBeUndefined();
    expect(() => requiredVersion(withHeader(header))).toThrow(expect.objectContaining({ status: 428 }));
  });

  it.each(['', '7', '"7', 'W/"7"', '"7", "8"', '"-1"', '"1e3"', '"9999999999999999"', '"x"'])(
    'of %p is a 400',
    (header) => {
      expect(() => expectedVersion(withHeader(header))).toThrow(
        expect.objectContaining({ status: 400, code: 'MALFORMED_IF_MATCH' }),
      );
    },
  );
});
