import { decodeCursor, encodeCursor } from './cursor.ts';
import { InvalidCursorError } from '../errors.ts';

it('finds its way back', () => {
  expect(decodeCursor('feed/t-1', encodeCursor('feed/t-1', '2026#e-1'))).toBe('2026#e-1');
});

it.each([
  ['nonsense', 'nonsense'],
  ['nothing', ''],
  ['other JSON', Buffer.from('{"a":1}').toString('base64url')],
  ['JSON null', Buffer.from('null').toString('base64url')],
  ['an extra member', Buffer.from('{"s":"x","k":"y","z":1}').toString('base64url')],
  ['binary', '\u0000\uffff'],
])('refuses %s', (_name, cursor) => {
  expect(() => decodeCursor('feed/t-1', cursor)).toThrow(InvalidCursorError);
});

it('refuses the cursor of another tenant and of another list', () => {
  const cursor = encodeCursor('feed/t-1', '2026#e-1');
  expect(() => decodeCursor('feed/t-2', cursor)).toThrow(InvalidCursorError);
  expect(() => decodeCursor('deliveries/t-1/e-1/', cursor)).toThrow(InvalidCursorError);
});
