import { deflateRawSync } from 'node:zlib';
import { CorruptItemError } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import { journalEntry, journalKey, storedEnvelope } from './journal-entry.ts';
import { order } from './projections.fixture.ts';

const large = order(Array.from({ length: 687 }, (_, n) => [`SKU-ü-${n}`, 1 + (n % 9), 100 + n] as const));
const itemOf = (envelope: unknown) => ({ ...journalKey(large), envelope });

it('keeps an event in less than half of its text, and gives it back as it was', () => {
  const stored = storedEnvelope(large);
  expect(stored.byteLength).toBeLessThan(JSON.stringify(large).length / 2);
  const entry = journalEntry({ ...itemOf(stored), marks: new Set(['sales@1.1']) });
  expect(entry).toEqual({ ...journalKey(large), eventKey: 'order.completed.v1', envelope: large, marks: entry.marks });
  expect([...entry.marks]).toEqual(['sales@1.1']);
});

it('is read as well from a journal that keeps the text', () => {
  expect(journalEntry(itemOf(JSON.stringify(large))).envelope).toEqual(large);
});

it.each([
  ['is nothing that was compressed', Buffer.from('{"id":')],
  ['is cut off', storedEnvelope(large).slice(0, 100)],
  // A few kilobytes that would be sixteen megabytes.
  ['would take the process down', deflateRawSync(Buffer.alloc(16 * 1024 * 1024))],
  ['is missing', undefined],
])('an envelope that %s is one readable error that names the item', (_what, stored) => {
  expect(() => journalEntry(itemOf(stored))).toThrow(CorruptItemError);
  expect(() => journalEntry(itemOf(stored))).toThrow(`EVENT#${large.id}`);
});

leakCheck();
