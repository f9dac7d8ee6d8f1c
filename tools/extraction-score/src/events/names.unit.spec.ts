import { fromRoute, pastTense } from './names.ts';

test.each([
  ['complete', 'completed'],
  ['ship', 'shipped'],
  ['copy', 'copied'],
  ['send', 'sent'],
  ['cancel', 'cancelled'],
  ['deploy', 'deployed'],
  ['approve', 'approved'],
])('%s -> %s', (verb, past) => {
  expect(pastTense(verb)).toBe(past);
});

test.each([
  ['POST /orders', 'order.created'],
  ['POST /orders/:id/complete', 'order.completed'],
  ['POST /', 'order.created'],
  ['PATCH /api/v1/order-lines/:id', 'order_line.changed'],
  ['DELETE /:id', 'order.deleted'],
  ['POST /users/login', 'user.logged_in'],
  ['GET /orders', undefined],
])('%s -> %s', (route, event) => {
  expect(fromRoute(route, 'orders')).toBe(event);
});
