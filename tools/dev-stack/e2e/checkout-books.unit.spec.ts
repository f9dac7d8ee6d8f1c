import { type ChargeBooks, disagreements } from './checkout-books.ts';

const events = (...types: string[]) => types.map((type) => ({ type: `charge.${type}`, cents: 4900 }));
const provider = { payments: 1, paidCents: 4900, refundedCents: 0 };
const confirmed: ChargeBooks = {
  ...{ chargeId: 'ch_1', status: 'confirmed', provider, outcome: { kind: 'activated', cents: 4900 } },
  events: events('requested', 'succeeded'),
};
const reversed: ChargeBooks = {
  ...{ chargeId: 'ch_1', status: 'reversed', provider: { ...provider, refundedCents: 4900 } },
  ...{ events: events('requested', 'succeeded', 'reversed'), outcome: { kind: 'failed', cents: 0 } },
};
const failed: ChargeBooks = {
  ...{ chargeId: 'ch_1', status: 'failed', provider: { payments: 0, paidCents: 0, refundedCents: 0 } },
  ...{ events: events('requested', 'failed'), outcome: undefined },
};

it.each([confirmed, reversed, failed])('finds nothing wrong with a charge that is $status in all books', (books) => {
  expect(disagreements(books)).toEqual([]);
});

it.each<[string, ChargeBooks]>([
  ['is not final', { ...confirmed, status: 'succeeded' }],
  ['nobody has a state for', { ...confirmed, status: undefined }],
  ['was paid twice', { ...confirmed, provider: { payments: 2, paidCents: 9800, refundedCents: 0 } }],
  ['was not paid', { ...confirmed, provider: failed.provider }],
  ['was paid a cent less', { ...confirmed, provider: { ...provider, paidCents: 4899 } }],
  ['is active and was given back', { ...confirmed, provider: { ...provider, refundedCents: 4900 } }],
  ['is confirmed and not active', { ...confirmed, outcome: { kind: 'failed', cents: 0 } }],
  ['has no outcome', { ...confirmed, outcome: undefined }],
  ['is active for another price', { ...confirmed, outcome: { kind: 'activated', cents: 1900 } }],
  ['succeeded twice', { ...confirmed, events: events('requested', 'succeeded', 'succeeded') }],
  ['is reversed and was not given back', { ...reversed, provider }],
  ['is reversed and active', { ...reversed, outcome: { kind: 'activated', cents: 4900 } }],
  ['is reversed by state alone', { ...reversed, events: events('requested', 'succeeded') }],
  ['failed and was paid', { ...failed, provider }],
  ['failed and is active', { ...failed, outcome: { kind: 'activated', cents: 4900 } }],
])('names a charge that %s', (_what, books) => {
  expect(disagreements(books)).toEqual([expect.stringContaining('ch_1')]);
});
