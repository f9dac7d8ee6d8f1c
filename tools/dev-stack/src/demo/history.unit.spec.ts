import { replayCommands } from './history.domain.ts';

test('a service that is new gets each event that it hears, once, in the queue in which it hears it', () => {
  const commands = replayCommands('subscription', 'atlas');
  expect(commands).toEqual([
    'npx atlas replay --event user.registered --since 90d --to atlas-subscription-user-events',
    'npx atlas replay --event charge.succeeded --since 90d --to atlas-subscription-billing-events',
    'npx atlas replay --event charge.reversed --since 90d --to atlas-subscription-billing-events',
  ]);
  expect(replayCommands('reporting', 'a')).toContain(
    'npx atlas replay --event order.completed --since 90d --to a-reporting-order-events',
  );
});
