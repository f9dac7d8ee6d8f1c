import { bucketOf } from '@atlas/shared-state';
import fc from 'fast-check';
import { answeredBy, assertPossible, modes, possibleModes } from './mode.domain.ts';

const percent = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);

describe('who answers a tenant', () => {
  it('is the monolith in monolith and in shadow, and the service in service', () => {
    expect(modes.map((mode) => answeredBy({ mode, percent: null }, 0))).toEqual([
      'monolith',
      'monolith',
      'monolith',
      'service',
    ]);
  });

  it('never goes back to the monolith while the percentage grows', () => {
    fc.assert(
      fc.property(fc.uuid(), percent, percent, (tenantId, one, other) => {
        const bucket = bucketOf('feed', tenantId);
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const before = answeredBy({ mode: 'canary', percent: low }, bucket);
        return before === 'monolith' || answeredBy({ mode: 'canary', percent: high }, bucket) === 'service';
      }),
    );
  });

  it('is nobody of the service at 0 % and everybody at 100 %', () => {
    fc.assert(
      fc.property(fc.uuid(), (tenantId) => {
        const bucket = bucketOf('feed', tenantId);
        expect(answeredBy({ mode: 'canary', percent: 0 }, bucket)).toBe('monolith');
        expect(answeredBy({ mode: 'canary', percent: 100 }, bucket)).toBe('service');
      }),
    );
  });

  it('is the service for about as many tenants as the percentage says', () => {
    const tenants = Array.from({ length: 10_000 }, (_, index) => `tenant-${index}`);
    const canaries = (slice: string) =>
      tenants.filter((tenant) => answeredBy({ mode: 'canary', percent: 10 }, bucketOf(slice, tenant)) === 'service');
    const feed = canaries('feed');
    expect(feed.length).toBeGreaterThan(900);
    expect(feed.length).toBeLessThan(1_100);
    // Not the same tenants for every slice.
    const reports = new Set(canaries('reports'));
    expect(feed.filter((tenant) => reports.has(tenant)).length).toBeLessThan(200);
  });
});

describe('the modes that a slice can be in', () => {
  const slice = { name: 'reports', serviceName: 'reporting' };

  it.each([
    [true, true, [...modes]],
    [true, false, ['monolith']],
    [false, true, ['service']],
    [false, false, []],
  ])('monolith %s, service %s', (hasMonolith, hasService, possible) => {
    expect(possibleModes({ hasMonolith, hasService })).toEqual(possible);
  });

  it('are refused with the part that is missing', () => {
    const withoutService = { ...slice, hasMonolith: true, hasService: false };
    expect(() => assertPossible(withoutService, 'shadow')).toThrow(
      expect.objectContaining({ code: 'SLICE_HAS_NO_SERVICE' }),
    );
    expect(() => assertPossible(withoutService, 'monolith')).not.toThrow();
    const withoutMonolith = { ...slice, hasMonolith: false, hasService: true };
    expect(() => assertPossible(withoutMonolith, 'canary')).toThrow(
      expect.objectContaining({ code: 'SLICE_HAS_NO_MONOLITH' }),
    );
  });
});
