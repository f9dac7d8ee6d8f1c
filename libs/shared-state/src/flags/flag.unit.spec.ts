import fc from 'fast-check';
import { evaluate, type FlagDefinition, type FlagState, flagStateSchema } from './flag.ts';

const definition: FlagDefinition = { description: '', variants: { off: false, on: true }, fallback: 'off' };
const state = (change: Partial<FlagState> = {}): FlagState => ({
  ...{ enabled: true, variant: 'on', percent: 100, tenants: {} },
  ...change,
});
const variantFor = (change: Partial<FlagState>, tenant: string | undefined) =>
  evaluate('f', definition, state(change), tenant).variant;

describe('a flag', () => {
  it('that nobody has decided about is its fallback', () => {
    expect(evaluate('f', definition, undefined, 't')).toEqual({ variant: 'off', reason: 'DEFAULT' });
  });

  it('that is off is its fallback for everybody, also for those who were given another variant', () => {
    expect(evaluate('f', definition, state({ enabled: false, tenants: { t: 'on' } }), 't')).toEqual({
      variant: 'off',
      reason: 'DISABLED',
    });
  });

  it('at 100 % is on for everybody, with a tenant or without', () => {
    expect(evaluate('f', definition, state(), 't')).toEqual({ variant: 'on', reason: 'STATIC' });
    expect(variantFor({}, undefined)).toBe('on');
  });

  it('at less is off for who asks without a tenant', () => {
    expect(variantFor({ percent: 99.99 }, undefined)).toBe('off');
  });

  it('is what a tenant was given, whatever the share', () => {
    expect(variantFor({ percent: 0, tenants: { t: 'on' } }, 't')).toBe('on');
    expect(variantFor({ percent: 100, tenants: { t: 'off' } }, 't')).toBe('off');
    expect(variantFor({ percent: 0, tenants: { t: 'on' } }, 'u')).toBe('off');
  });

  it('never gives a variant that this version does not have, or a field of every object', () => {
    expect(variantFor({ variant: 'gone' }, 't')).toBe('off');
    expect(variantFor({ variant: 'constructor' }, 't')).toBe('off');
    expect(variantFor({ tenants: { t: 'gone' } }, 't')).toBe('on');
    expect(variantFor({ percent: 0 }, '__proto__')).toBe('off');
  });

  it('stays what it is for a tenant, and once on stays on while the share grows', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.nat(10_000), fc.nat(10_000), (tenant, one, other) => {
        const [small, large] = one < other ? [one, other] : [other, one];
        const before = variantFor({ percent: small / 100 }, tenant);
        expect(variantFor({ percent: small / 100 }, tenant)).toBe(before);
        if (before === 'on') expect(variantFor({ percent: large / 100 }, tenant)).toBe('on');
      }),
    );
  });
});

describe('what an operator may decide', () => {
  it.each([0, 0.01, 0.07, 33.33, 100])('%d %%', (percent) => {
    expect(flagStateSchema.safeParse(state({ percent })).success).toBe(true);
  });

  it.each([-1, 100.01, 0.001, Number.NaN])('not %d %%', (percent) => {
    expect(flagStateSchema.safeParse(state({ percent })).success).toBe(false);
  });
});
