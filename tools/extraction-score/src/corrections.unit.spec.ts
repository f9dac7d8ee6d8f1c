import { parseCorrections } from './corrections.ts';

test.each([
  ['modules: {a: {async_viability: {value: 0.5}}}', /^modules\.a\.async_viability\.reason: .*reason/],
  ['modules: {a: {async_viability: {value: 0.5, reason: "x"}}}', /at least 8 characters/],
  [
    'modules: {a: {async_viability: {value: 2, reason: "because it is so"}}}',
    /^modules\.a\.async_viability\.value: at most 1/,
  ],
  ['modules: {a: {coupling: {value: 0, reason: "because it is so"}}}', /from 1/],
  ['modules: {a: {speed: 1}}', /known are domain_clarity/],
  ['modules: [', /^it is not YAML: .*line 1/],
  ['', /^the file: /],
  ['modules: *x', /^it is not YAML/],
])('%s is refused in one line', (text, message) => {
  const refused = () => parseCorrections(text);
  expect(refused).toThrow(message);
  expect(refused).not.toThrow(/\n/);
});

test('what is right is read', () => {
  const [one] = parseCorrections('modules: {a: {files: {match: ["src/x/**"], reason: it is one thing}}}');
  expect([one?.module, one?.matches?.('src/x/y.js'), one?.matches?.('src/z.js')]).toEqual(['a', true, false]);
});
