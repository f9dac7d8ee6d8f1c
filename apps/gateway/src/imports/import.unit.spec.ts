import type { OrderId, TenantId, UserId } from '../ids.domain.ts';
import { contentDigestOf, importBody } from './import-input.ts';
import { importOrder, repeatImport } from './import.domain.ts';

const now = new Date('2026-11-22T08:00:00.000Z');
const schema = importBody(() => now);
const line = { sku: '85123A', qty: 6, unit_price: '2.55' };
const good = { order_id: '536365', customer: '17850', email: 'buyer@example.com', currency: 'GBP', lines: [line] };
const reasons = (input: unknown) =>
  schema.safeParse(input).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('an import', () => {
  it('takes prices as text and as numbers, exactly', () => {
    const lines = [line, { ...line, unit_price: 2.1 }, { ...line, unit_price: 0 }, { ...line, unit_price: 1e3 }];
    expect(schema.parse({ ...good, lines }).content.lines.map((read) => read.unitPriceCents)).toEqual([
      255, 210, 0, 100000,
    ]);
  });

  it.each([
    ['no customer', { customer: undefined }, ['customer: required']],
    ['null as customer', { customer: null }, ['customer: required']],
    ['a blank customer', { customer: '  ' }, ['customer: must not be empty']],
    ['a bad address', { email: 'nobody' }, ['email: must be an e-mail address']],
    ['an unknown currency', { currency: 'gbp' }, ['currency: must be a currency code of ISO 4217, such as "EUR"']],
    ['no lines', { lines: [] }, ['lines: must have at least one line']],
    ['lines that are none', { lines: 'x' }, ['lines: must be a list of lines']],
    ['a negative quantity', { lines: [line, { ...line, qty: -3 }] }, ['lines.1.qty: must be a positive whole number']],
    ['half a piece', { lines: [{ ...line, qty: 0.5 }] }, ['lines.0.qty: must be a positive whole number']],
    ['a quantity as text', { lines: [{ ...line, qty: '6' }] }, ['lines.0.qty: must be a positive whole number']],
    ['a negative price', { lines: [{ ...line, unit_price: -1 }] }, ['lines.0.unit_price: must not be negative']],
    [
      'too exact a price',
      { lines: [{ ...line, unit_price: '2.555' }] },
      ['lines.0.unit_price: must have at most 2 decimals in GBP'],
    ],
    ['a missing price', { lines: [{ sku: 'A', qty: 1 }] }, ['lines.0.unit_price: required']],
    ['a date of tomorrow', { completed_at: '2026-11-23T08:00:00Z' }, ['completed_at: must not be in the future']],
    ['a date before 1970', { completed_at: '0001-01-01T00:00:00Z' }, ['completed_at: must not be before 1970']],
    [
      'a date without a zone',
      { completed_at: '2010-12-01T08:26:00' },
      ['completed_at: must be a date and time with a zone, such as "2010-12-01T08:26:00Z"'],
    ],
    [
      'a total beyond exact integers',
      { lines: [{ ...line, qty: 1e9, unit_price: '90072' }] },
      ['lines: the total is too large'],
    ],
    [
      'a quantity that nobody orders',
      { lines: [{ ...line, qty: 1_000_000_001, unit_price: 0 }] },
      ['lines.0.qty: must be at most 1,000,000,000'],
    ],
    [
      'a control character',
      { lines: [{ ...line, sku: 'a\u0000b' }] },
      ['lines.0.sku: must not contain control characters'],
    ],
    ['half a surrogate pair', { customer: '\ud800' }, ['customer: must not contain control characters']],
  ])('says in words what is wrong with %s', (_name, change, expected) => {
    expect(reasons({ ...good, ...change })).toEqual(expected);
  });

  it('allows for clocks that differ by five minutes', () => {
    expect(reasons({ ...good, completed_at: '2026-11-22T08:05:00Z' })).toBeUndefined();
    expect(reasons({ ...good, completed_at: '2026-11-22T08:05:01Z' })).toHaveLength(1);
  });

  it('is the same content however it is written', () => {
    const digest = (change: object) => contentDigestOf(schema.parse({ ...good, ...change }));
    expect(digest({ lines: [{ ...line, unit_price: 2.55 }] })).toBe(digest({}));
    expect(digest({ completed_at: '2010-12-01T09:26:00+01:00' })).toBe(
      digest({ completed_at: '2010-12-01T08:26:00Z' }),
    );
    expect(digest({ email: 'Buyer@Example.com' })).toBe(digest({}));
    expect(digest({ order_id: 'other' })).toBe(digest({}));
    for (const change of [
      { customer: 'x' },
      { email: 'x@example.com' },
      { currency: 'EUR' },
      { lines: [line, line] },
    ]) {
      expect(digest(change)).not.toBe(digest({}));
    }
    expect(digest({ completed_at: '2010-12-01T08:26:00Z' })).not.toBe(digest({}));
  });

  const command = {
    orderId: 'o-1' as OrderId,
    tenantId: 't-1' as TenantId,
    operatorId: 'operator' as UserId,
    importedAt: now,
    ...schema.parse(good),
  };

  it('is completed at its business date, by the operator, for the buyer', () => {
    const past = new Date('2010-12-01T08:26:00Z');
    const { order, fact } = importOrder({ ...command, completedAt: past });
    expect(order).toMatchObject({ status: 'completed', completedAt: past, placedAt: now, version: 2 });
    expect(fact.payload).toMatchObject({ user_id: 'operator', user_email: 'buyer@example.com', total: '15.30' });
    expect(fact.payload.completed_at).toBe('2010-12-01T08:26:00.000Z');
  });

  it('without a date is completed when it is imported', () => {
    expect(importOrder(command).order.completedAt).toEqual(now);
  });

  it('repeated with the same content is nothing new, with another it is rejected', () => {
    const existing = { externalReference: '536365', orderId: 'o-1' as OrderId, contentDigest: 'a' };
    expect(repeatImport(existing, 'a')).toBeUndefined();
    expect(() => repeatImport(existing, 'b')).toThrow(expect.objectContaining({ code: 'EXTERNAL_REFERENCE_CONFLICT' }));
  });
});
