import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { EventDefinition } from '../src/index.ts';
import { check, publish } from './published.ts';

const v1_0 = z.object({ id: z.string(), amount: z.string() });
const definition = (overrides: Partial<EventDefinition> = {}): EventDefinition => ({
  type: 'parcel.sent',
  domain: 'order',
  producer: 'gateway',
  meaning: 'A parcel was sent.',
  versions: { '1.0': { payload: v1_0, example: { id: 'p1', amount: '1.00' } } },
  current: { v1: '1.0' },
  ...overrides,
});
const withMinor = (payload: z.ZodObject, example: Record<string, unknown> = { id: 'p1', amount: '1.00' }) =>
  definition({
    versions: { ...definition().versions, '1.1': { payload, example } },
    current: { v1: '1.1' },
  });

describe('the contract gate', () => {
  let folder: string;
  const rulesOf = (...catalogue: EventDefinition[]) => [...new Set(check(folder, catalogue).map((f) => f.rule))];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'contracts-'));
    publish(folder, [definition()]);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('accepts what it published, and publishes nothing twice', () => {
    expect(rulesOf(definition())).toEqual([]);
    expect(publish(folder, [definition()])).toEqual([]);
  });

  test('refuses a change of a published version, names what changed, and does not publish over it', () => {
    const payload = v1_0.omit({ amount: true });
    const changed = definition({ versions: { '1.0': { payload, example: { id: 'p1', amount: '1.00' } } } });
    expect(rulesOf(changed)).toEqual(['PUBLISHED_VERSION_CHANGED', 'PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL']);
    expect(publish(folder, [changed])).toEqual([]);
  });

  test('refuses a changed example, a hand-edited file, and a withdrawn version', () => {
    const file = join(folder, 'parcel.sent', '1.0.example.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('p1', 'p2'));
    expect(rulesOf(definition())).toEqual(['PUBLISHED_VERSION_CHANGED']);
    expect(rulesOf()).toEqual(['PUBLISHED_VERSION_WITHDRAWN']);
  });

  test('asks for the files of a new version, and accepts it when published and additive', () => {
    const next = withMinor(v1_0.extend({ amount_cents: z.int().optional() }));
    expect(rulesOf(next)).toEqual(['VERSION_NOT_PUBLISHED']);
    publish(folder, [next]);
    expect(rulesOf(next)).toEqual([]);
  });

  test('refuses a minor that adds a required field, also when it is published', () => {
    const next = withMinor(v1_0.extend({ amount_cents: z.int() }), { id: 'p1', amount: '1.00', amount_cents: 100 });
    publish(folder, [next]);
    expect(rulesOf(next)).toContain('REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL');
  });

  test('compares a minor with every earlier one, not only with the last', () => {
    const first = z.object({ id: z.string(), note: z.string().optional() });
    const next = definition({
      versions: {
        '1.0': { payload: first, example: { id: 'p' } },
        '1.1': { payload: first.omit({ note: true }), example: { id: 'p' } },
        '1.2': { payload: first.extend({ note: z.int().optional() }), example: { id: 'p' } },
      },
      current: { v1: '1.2' },
    });
    const found = check(folder, [next]).filter((f) => f.version === '1.0 -> 1.2');
    expect(found.map((f) => f.rule)).toContain('TYPE_CHANGED');
  });

  describe('while two majors are published', () => {
    const v2_0 = z.object({ id: z.string(), amount: z.object({ cents: z.int() }) });
    const both = (overrides: Partial<EventDefinition> = {}) =>
      definition({
        versions: {
          ...definition().versions,
          '2.0': { payload: v2_0, example: { id: 'p1', amount: { cents: 100 } } },
        },
        current: { v1: '1.0', v2: '2.0' },
        translations: {
          v1: ({ id, amount }: z.output<typeof v2_0>) => ({ id, amount: (amount.cents / 100).toFixed(2) }),
        },
        ...overrides,
      });
    beforeEach(() => void publish(folder, [both()]));

    test('the older one is made from the newer one, and their examples tell one fact', () => {
      expect(rulesOf(both())).toEqual([]);
      expect(rulesOf(both({ translations: {} }))).toEqual(['TRANSLATION_MISSING']);
      expect(rulesOf(both({ translations: { v1: () => ({ id: 'p1', amount: '1' }) } }))).toEqual([
        'TRANSLATION_DIFFERS',
      ]);
    });

    test('the older one retires by leaving `current`; what was stored stays readable, so its version stays', () => {
      expect(rulesOf(both({ current: { v2: '2.0' }, translations: {} }))).toEqual([]);
      expect(rulesOf(both({ current: { v2: '2.0' } }))).toEqual(['TRANSLATION_NEEDLESS']);
    });
  });

  test('refuses an example that its schema refuses, and a stale current', () => {
    const wrong = definition({ versions: { '1.0': { payload: v1_0, example: { id: 'p1' } } } });
    expect(rulesOf(wrong)).toContain('EXAMPLE_REFUSED');
    expect(rulesOf({ ...withMinor(v1_0), current: { v1: '1.0' } })).toContain('CURRENT_IS_STALE');
  });
});
