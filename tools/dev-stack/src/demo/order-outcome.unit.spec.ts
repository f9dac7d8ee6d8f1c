import { outcomeOf } from './order-outcome.domain.ts';

it('takes an order that was completed or imported, and knows it again', () => {
  const taken = { kind: 'taken', eventId: 'e1' };
  expect(outcomeOf({ status: 201, body: { result: 'imported', event_id: 'e1' } })).toEqual(taken);
  expect(outcomeOf({ status: 200, body: { status: 'completed', event_id: 'e1' } })).toEqual(taken);
  expect(outcomeOf({ status: 200, body: { result: 'already_imported', event_id: 'e1' } })).toEqual({
    kind: 'already-imported',
    eventId: 'e1',
  });
});

it('gives the reason of a refusal: the wrong fields, else what the answer says of itself', () => {
  const errors = ['a', 'b', 'c', 'd'].map((path) => ({ path, message: 'must be a number' }));
  expect(outcomeOf({ status: 400, body: { errors: errors.slice(0, 1), detail: 'no' } })).toEqual({
    kind: 'refused',
    reason: 'a must be a number',
  });
  expect(outcomeOf({ status: 400, body: { errors } })).toEqual({
    kind: 'refused',
    reason: 'a must be a number; b must be a number; c must be a number (and 1 more)',
  });
  expect(outcomeOf({ status: 409, body: { detail: 'Imported before.' } })).toEqual({
    kind: 'refused',
    reason: 'Imported before.',
  });
  expect(outcomeOf({ status: 413, body: null })).toEqual({ kind: 'refused', reason: 'was refused with status 413' });
});

it('does not blame the order for what the system does', () => {
  expect(outcomeOf({ status: 500, body: null })).toMatchObject({ kind: 'failed' });
  for (const status of [401, 403, 404]) expect(outcomeOf({ status, body: null })).toBeUndefined();
  expect(outcomeOf({ status: 200, body: { status: 'draft', event_id: null } })).toBeUndefined();
});
