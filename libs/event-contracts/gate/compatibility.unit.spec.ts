import fc from 'fast-check';
import { z } from 'zod';
import { violationsBetween } from './compatibility.ts';

const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
const rules = (older: z.ZodType, newer: z.ZodType) =>
  violationsBetween(schemaOf(older), schemaOf(newer)).map((violation) => `${violation.rule} ${violation.path}`);

const base = z.object({
  id: z.string(),
  status: z.enum(['active', 'ended']),
  note: z.string().optional(),
  lines: z.array(z.object({ sku: z.string(), qty: z.int() })),
});

describe('what a minor may do', () => {
  test('the same schema, an optional field, and documentation are additive', () => {
    expect(rules(base, base)).toEqual([]);
    expect(rules(base, base.extend({ extra: z.string().optional() }))).toEqual([]);
    expect(rules(base, base.extend({ id: z.string().describe('the id') }))).toEqual([]);
    const lines = z.array(z.object({ sku: z.string(), qty: z.int(), price: z.int().optional() }));
    expect(rules(base, base.extend({ lines }))).toEqual([]);
  });
});

describe('what a minor may not do', () => {
  const cases: [string, z.ZodType, string[]][] = [
    ['remove a field', base.omit({ id: true }), ['PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL $.id']],
    ['make a required field optional', base.partial({ id: true }), ['REQUIRED_ATTRIBUTE_REMOVED $.id']],
    ['make an optional field required', base.required({ note: true }), ['REQUIRED_ATTRIBUTE_ADDED $.note']],
    [
      'add a required field',
      base.extend({ more: z.string() }),
      ['REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL $.more'],
    ],
    ['change a type', base.extend({ id: z.boolean() }), ['TYPE_CHANGED $.id']],
    [
      'add an enum value',
      base.extend({ status: z.enum(['active', 'ended', 'paused']) }),
      ['ENUM_ARRAY_EXTENDED $.status'],
    ],
    ['remove an enum value', base.extend({ status: z.enum(['active']) }), ['ENUM_ARRAY_NARROWED $.status']],
    ['loosen an enum to any string', base.extend({ status: z.string() }), ['ENUM_REMOVED $.status']],
    ['add a pattern', base.extend({ id: z.string().regex(/^a/) }), ['PATTERN_CHANGED $.id']],
    ['add a bound', base.extend({ id: z.string().max(3) }), ['MAX_LENGTH_CHANGED $.id']],
    [
      'change a field inside an array',
      base.extend({ lines: z.array(z.object({ sku: z.string() })) }),
      ['PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL $.lines[].qty'],
    ],
  ];
  test.each(cases)('%s', (_name, newer, expected) => expect(rules(base, newer)).toEqual(expected));

  test('make a field nullable: readers do not expect null', () => {
    expect(rules(base, base.extend({ id: z.string().nullable() }))).not.toEqual([]);
  });

  test('widen an integer to any number', () => {
    expect(rules(z.object({ n: z.int() }), z.object({ n: z.number() }))).toContain('TYPE_EXTENDED $.n');
  });
});

test('a value of the old schema is always accepted by an additive newer one, and the other way round', () => {
  const field = fc.constantFrom(z.string(), z.int(), z.boolean(), z.array(z.string()), z.enum(['a', 'b']));
  const shape = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.tuple(field, fc.boolean()), { maxKeys: 5 });
  const objectOf = (fields: Record<string, [z.ZodType, boolean]>) =>
    z.object(Object.fromEntries(Object.entries(fields).map(([k, [s, required]]) => [k, required ? s : s.optional()])));
  fc.assert(
    fc.property(shape, shape, (a, b) => {
      const older = objectOf(a);
      const newer = objectOf({ ...b, ...a });
      const onlyAddsOptional = Object.entries(b).every(([name, [, required]]) => name in a || !required);
      expect(violationsBetween(schemaOf(older), schemaOf(newer)).length === 0).toBe(onlyAddsOptional);
    }),
  );
});
