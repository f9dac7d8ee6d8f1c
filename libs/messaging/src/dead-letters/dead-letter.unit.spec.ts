import fc from 'fast-check';
import { DomainRejectionError } from '../errors.ts';
import {
  DEAD_LETTER_BYTES,
  type DeadLetterFacts,
  describeDeadLetter,
  encodeDeadLetter,
  readDeadLetter,
} from './dead-letter.ts';
import { letterForms, withoutReason } from './letter-attributes.ts';

const facts = (error: unknown): DeadLetterFacts => ({
  ...{
    error,
    handler: 'onOrderCompleted',
    service: 'notification',
    queue: 'atlas-notification-order-events',
    attempts: 3,
  },
  ...{ firstFailedAt: 1000, lastFailedAt: 2000, traceId: 'a'.repeat(32), eventType: 'order.completed', tenantId: 't' },
});

describe('a dead letter', () => {
  it('says class, code, place and place in time of the failure', () => {
    expect(describeDeadLetter(facts(new DomainRejectionError('no lines')))).toMatchObject({
      ...{ error_class: 'DomainRejectionError', code: 'DOMAIN_REJECTION', message: 'no lines', attempts: 3 },
      ...{ first_failed_at: '1970-01-01T00:00:01.000Z', last_failed_at: '1970-01-01T00:00:02.000Z' },
      location: expect.stringContaining('dead-letter.unit.spec.ts'),
    });
  });

  it('names the class of an error that is only called Error, and its kind where it is none', () => {
    class MailboxFull extends Error {}
    expect(describeDeadLetter(facts(new MailboxFull('x'))).error_class).toBe('MailboxFull');
    expect(describeDeadLetter(facts('just text'))).toMatchObject({ error_class: 'string', message: 'just text' });
    expect(describeDeadLetter(facts(undefined))).toMatchObject({ error_class: 'undefined' });
    expect(describeDeadLetter(facts({ odd: true }))).toMatchObject({ error_class: 'Object', message: '(no message)' });
  });

  it('comes back as it was from the attribute', () => {
    const letter = describeDeadLetter(facts(new Error('x')));
    expect(readDeadLetter(encodeDeadLetter(letter))).toEqual(letter);
  });

  it('has at most 4 KB, and characters that SQS takes, whatever the error says', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5000 }),
      fc.string({ unit: fc.constantFrom('"', '\\', '€', '😀', '\ud800', '\u0000', '\uffff', 'x'), maxLength: 9000 }),
    );
    fc.assert(
      fc.property(anything, anything, anything, anything, (message, name, code, rest) => {
        const error = Object.assign(new Error(message), {
          name,
          code,
          stack: `${name}: ${message}\n    at ${rest} (/x/${rest}.ts:1:1)`,
        });
        const encoded = encodeDeadLetter(
          describeDeadLetter({
            ...facts(error),
            handler: rest,
            queue: rest,
            eventType: rest,
            tenantId: rest,
            service: rest,
          }),
        );
        expect(Buffer.byteLength(encoded)).toBeLessThanOrEqual(DEAD_LETTER_BYTES);
        expect(encoded.isWellFormed()).toBe(true);
        expect(/[\p{Cc}\ufffe\uffff]/u.test(encoded)).toBe(false);
        expect(readDeadLetter(encoded)).toBeDefined();
      }),
    );
  });

  it('keeps as much of a long message as fits', () => {
    const letter = { ...describeDeadLetter(facts(new Error('x'))), message: 'ü'.repeat(10_000) };
    const encoded = encodeDeadLetter(letter);
    expect(Buffer.byteLength(encoded)).toBeGreaterThan(DEAD_LETTER_BYTES - 50);
    expect(readDeadLetter(encoded)?.message).toMatch(/^ü+…$/);
  });

  it('is not read out of what somebody else wrote', () => {
    for (const value of [undefined, '', 'no json', '{}', '[]', 'null']) expect(readDeadLetter(value)).toBeUndefined();
  });
});

describe('the attributes of a dead letter', () => {
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  const letter = describeDeadLetter(facts(new Error('x')));
  const ours = { EventType: text('a'), EventKey: text('b'), TenantId: text('c'), traceparent: text('d') };

  it('are those of the message and the reason', () => {
    const attributes = letterForms[0]!(ours, letter);
    expect(withoutReason(attributes)).toEqual(ours);
    expect(readDeadLetter(attributes['DeadLetter']?.StringValue)).toEqual(letter);
  });

  it('are ten at most, and foreign ones give way', () => {
    const foreign = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`Foreign${n}`, text('x')]));
    const attributes = letterForms[0]!({ ...foreign, ...ours }, letter);
    expect(Object.keys(attributes)).toHaveLength(10);
    expect(attributes).toMatchObject({ ...ours, DeadLetter: expect.anything() });
  });

  it('replace the reason of an earlier death', () => {
    const twice = letterForms[0]!(letterForms[0]!(ours, { ...letter, code: 'FIRST' }), { ...letter, code: 'SECOND' });
    expect(readDeadLetter(twice['DeadLetter']?.StringValue)?.code).toBe('SECOND');
  });

  it('have smaller forms, down to none, for a message that fills what SQS takes', () => {
    const sizes = letterForms.map((form) => form(ours, letter)['DeadLetter']?.StringValue?.length ?? 0);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(sizes.at(-1)).toBe(0);
    expect(readDeadLetter(letterForms[1]!(ours, letter)['DeadLetter']?.StringValue)).toMatchObject({
      code: letter.code,
    });
  });
});
