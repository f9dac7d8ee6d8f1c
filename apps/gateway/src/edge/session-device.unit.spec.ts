import fc from 'fast-check';
import { deviceOf } from './session-device.ts';

const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)';

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox on Linux'],
  [`${windows} Chrome/141.0.0.0 Safari/537.36`, 'Chrome on Windows'],
  [`${windows} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0`, 'Microsoft Edge on Windows'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
    'Safari on iPhone',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
    'Safari on macOS',
  ],
  ['curl/8.5.0', 'curl'],
  ['node', 'node'],
  ['Mozilla/5.0', 'unknown device'],
  ['', 'unknown device'],
  [undefined, 'unknown device'],
])('%s is "%s"', (userAgent, device) => {
  expect(deviceOf(userAgent)).toBe(device);
});

it('is a short line of text, whatever anybody sends', () => {
  const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 5_000 }), fc.string({ maxLength: 5_000 }));
  const sent = fc.tuple(fc.constantFrom('', 'Mozilla/5.0 (', 'Mozilla/5.0 (X11; Linux) '), texts);
  fc.assert(
    fc.property(sent, ([head, tail]) => {
      expect(deviceOf(head + tail)).toMatch(/^[^\p{Cc}]{1,60}$/u);
    }),
  );
});
