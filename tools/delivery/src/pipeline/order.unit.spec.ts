import { type Conversation, deploymentOrder } from './order.domain.ts';

const domains = { 'charge.v1': 'billing', 'charge.v2': 'billing', 'refund.v1': 'billing', 'order.v1': 'order' };
const old: Conversation = {
  domains,
  says: { billing: ['charge.v1'] },
  hears: { subscription: ['charge.v1'], reporting: ['charge.v1'] },
};
const both: Conversation = {
  domains,
  says: { billing: ['charge.v1', 'charge.v2'] },
  hears: { subscription: ['charge.v1', 'charge.v2'], reporting: ['charge.v1'] },
};
const moved: Conversation = {
  domains,
  says: both.says,
  hears: { subscription: ['charge.v2'], reporting: ['charge.v2'] },
};
const done: Conversation = { ...moved, says: { billing: ['charge.v2'] } };
const everywhere = (version: Conversation) => ({ billing: version, subscription: version, reporting: version });

test('without a change of contracts all go at once', () => {
  const order = deploymentOrder({ apps: ['billing', 'subscription'], next: old, running: everywhere(old) });
  expect(order).toEqual({ early: [], first: [], then: ['billing', 'subscription'] });
});

test('who hears a new major is deployed before the producer says it', () => {
  const order = deploymentOrder({
    apps: ['billing', 'subscription', 'reporting'],
    next: both,
    running: everywhere(old),
  });
  expect(order).toEqual({ early: [], first: ['subscription'], then: ['billing', 'reporting'] });
});

test('the producer of a new major alone is refused, unless its consumers run already', () => {
  expect(deploymentOrder({ apps: ['billing'], next: both, running: everywhere(old) })).toEqual({
    refusals: ['subscription has to be deployed before billing: it hears charge.v2, which is new'],
  });
  const running = { ...everywhere(old), subscription: both };
  expect(deploymentOrder({ apps: ['billing'], next: both, running })).toEqual({
    early: [],
    first: [],
    then: ['billing'],
  });
});

test('an old major ends only when nobody who runs hears it any more', () => {
  expect(
    deploymentOrder({ apps: ['billing'], next: done, running: { ...everywhere(moved), reporting: both } }),
  ).toEqual({
    refusals: ['reporting has to be deployed before billing: the version of it that runs hears charge.v1, which ends'],
  });
  expect(deploymentOrder({ apps: ['billing'], next: done, running: everywhere(moved) })).toMatchObject({
    then: ['billing'],
  });
  const both2 = { ...everywhere(moved), reporting: both };
  expect(deploymentOrder({ apps: ['billing', 'reporting'], next: done, running: both2 })).toEqual({
    ...{ early: [], first: ['reporting'], then: ['billing'] },
  });
});

test('a consumer that changes to a major that is not said yet is refused: what is said meanwhile would reach nobody', () => {
  const tooEarly: Conversation = { domains, says: both.says, hears: { ...both.hears, reporting: ['charge.v2'] } };
  const refusals = ['reporting stops hearing charge.v1 before billing says what follows it: hear both first'];
  const apps = ['billing', 'subscription', 'reporting'];
  expect(deploymentOrder({ apps, next: tooEarly, running: everywhere(old) })).toEqual({ refusals });
  // Its filter changes with the topology, whether or not it is deployed itself.
  expect(deploymentOrder({ apps: ['subscription'], next: tooEarly, running: everywhere(old) })).toEqual({ refusals });
  expect(deploymentOrder({ apps, next: tooEarly, running: everywhere(both) })).toMatchObject({ first: [] });
  const silent: Conversation = { ...both, hears: { ...both.hears, reporting: [] } };
  expect(deploymentOrder({ apps, next: silent, running: everywhere(old) })).toMatchObject({ first: ['subscription'] });
});

test('a system that still hears what nobody says is refused', () => {
  const wrong: Conversation = { domains, says: done.says, hears: both.hears };
  expect(deploymentOrder({ apps: ['billing', 'reporting'], next: wrong, running: everywhere(both) })).toMatchObject({
    refusals: expect.arrayContaining([expect.stringContaining('nobody says any more')]),
  });
});

test('two who would have to wait for each other are two changes', () => {
  const now: Conversation = { domains, says: { a: ['x.v1'], b: ['y.v1'] }, hears: { a: ['y.v1'], b: ['x.v1'] } };
  const next: Conversation = {
    domains,
    says: { a: ['x.v1', 'x.v2'], b: ['y.v1', 'y.v2'] },
    hears: { a: ['y.v2'], b: ['x.v2'] },
  };
  expect(deploymentOrder({ apps: ['a', 'b'], next, running: { a: now, b: now } })).toMatchObject({
    refusals: expect.arrayContaining([expect.stringContaining('two changes')]),
  });
});

test('in an account in which nothing runs yet there is nobody to wait for', () => {
  expect(deploymentOrder({ apps: ['billing', 'subscription'], next: both, running: {} })).toMatchObject({ first: [] });
});

describe('who newly hears something', () => {
  const refunds: Conversation = {
    ...both,
    says: { billing: [...both.says['billing']!, 'refund.v1'] },
    hears: { ...both.hears, reporting: ['charge.v1', 'refund.v1'] },
  };
  const running = everywhere(both);

  test('in a queue that it has is deployed before the filter lets it in: the version that runs would make it a dead letter', () => {
    const apps = ['billing', 'subscription', 'reporting'];
    expect(deploymentOrder({ apps, next: refunds, running, filters: both })).toEqual({
      ...{ early: ['reporting'], first: [], then: ['billing', 'subscription'] },
    });
    expect(deploymentOrder({ apps: ['billing'], next: refunds, running, filters: both })).toEqual({
      refusals: ['reporting has to be deployed as well: it newly hears refund.v1 in a queue that it has'],
    });
  });

  test('need not be early where the filter lets it in already, where it knows it already, and where there is no queue yet', () => {
    const apps = ['billing', 'reporting'];
    const atOnce = { early: [], first: [], then: apps };
    expect(deploymentOrder({ apps, next: refunds, running, filters: refunds })).toEqual(atOnce);
    expect(deploymentOrder({ apps, next: refunds, running: everywhere(refunds), filters: both })).toEqual(atOnce);
    expect(deploymentOrder({ apps, next: refunds, running })).toEqual(atOnce);
    const orders = { ...both, hears: { ...both.hears, reporting: ['charge.v1', 'order.v1'] } };
    expect(deploymentOrder({ apps, next: orders, running, filters: both })).toEqual(atOnce);
  });

  test('in a queue that it has and in a new one is two changes, as is who has to be after another', () => {
    const also = { ...refunds, hears: { ...refunds.hears, reporting: ['charge.v1', 'refund.v1', 'order.v1'] } };
    expect(deploymentOrder({ apps: ['reporting'], next: also, running, filters: both })).toEqual({
      refusals: [
        'reporting newly hears refund.v1 in a queue that it has, and hears order.v1 in a new one: make it two changes',
      ],
    });
    const instead = { ...refunds, hears: { ...refunds.hears, reporting: ['refund.v1'] } };
    expect(deploymentOrder({ apps: ['reporting'], next: instead, running, filters: both })).toEqual({
      refusals: [
        'reporting newly hears refund.v1 in a queue that it has, and hears charge.v1 no more, which its queue still brings then: make it two changes',
      ],
    });
    const says = { ...both.says, reporting: ['report.v2'] };
    const answering = { ...refunds, says, hears: { ...refunds.hears, billing: ['report.v2'] } };
    expect(deploymentOrder({ apps: ['billing', 'reporting'], next: answering, running, filters: both })).toEqual({
      refusals: ['reporting would be before some and after billing: make it two changes'],
    });
  });
});

test('who lets go of a queue is deployed before it is removed', () => {
  const apps = ['billing', 'reporting'];
  const without: Conversation = { ...both, hears: { subscription: both.hears['subscription']! } };
  const running = everywhere(both);
  expect(deploymentOrder({ apps, next: without, running, filters: both })).toEqual({
    ...{ early: ['reporting'], first: [], then: ['billing'] },
  });
  expect(deploymentOrder({ apps: ['billing'], next: without, running, filters: both })).toEqual({
    refusals: ['reporting has to be deployed as well: it lets go of its queue of billing events'],
  });
  const done = { ...running, reporting: without };
  expect(deploymentOrder({ apps: ['billing'], next: without, running: done, filters: both })).toMatchObject({
    early: [],
  });
  const fewer: Conversation = { ...both, hears: { ...both.hears, subscription: ['charge.v2'] } };
  expect(deploymentOrder({ apps: ['subscription'], next: fewer, running, filters: both })).toMatchObject({ early: [] });
});
