import { InvalidArgumentError } from 'commander';
import { count, fingerprint, moment, rate } from './arguments.ts';

describe('arguments', () => {
  const at = moment(() => new Date('2026-11-22T12:00:00Z'));

  it.each([
    ['90s', '2026-11-22T11:58:30.000Z'],
    ['15m', '2026-11-22T11:45:00.000Z'],
    ['2h', '2026-11-22T10:00:00.000Z'],
    ['3d', '2026-11-19T12:00:00.000Z'],
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01T08:30:00+02:00', '2026-11-01T06:30:00.000Z'],
  ])('%s is the moment %s', (text, iso) => expect(at(text).toISOString()).toBe(iso));

  it.each(['', '3', 'd', '3w', '-1h', '2026', '2026-13-01', 'yesterday'])('"%s" is no moment', (text) =>
    expect(() => at(text)).toThrow(InvalidArgumentError),
  );

  it.each(['0', '-1', '1.5', '', 'x', '1e3'])('"%s" is no count', (text) =>
    expect(() => count(text)).toThrow(InvalidArgumentError),
  );

  it.each([
    ['50', 50],
    ['0.5', 0.5],
  ])('%s is a rate', (text, value) => expect(rate(text)).toBe(value));

  it.each(['0', '-1', '', 'fast', 'Infinity'])('"%s" is no rate', (text) =>
    expect(() => rate(text)).toThrow(InvalidArgumentError),
  );

  it('a fingerprint has at least four of its digits', () => {
    expect([fingerprint('3f2a'), fingerprint('receive-limit')]).toEqual(['3f2a', 'receive-limit']);
    for (const text of ['3f2', 'XYZ1', '', '3f2a…']) expect(() => fingerprint(text)).toThrow(InvalidArgumentError);
  });
});
