import { type Conversation, deploymentOrder } from './order.domain.ts';

const old: Conversation = {
  says: { billing: ['charge.v1'] },
  hears: { subscription: ['charge.v1'], reporting: ['charge.v1'] },
};
const both: Conversation = {
  says: { billing: ['charge.v1', 'charge.v2'] },
  hears: { subscription: ['charge.v1', 'charge.v2'], reporting: ['charge.v1'] },
};
const moved: Conversation = { says: both.says, hears: { subscription: ['charge.v2'], reporting: ['charge.v2'] } };
const done: Conversation = { ...moved, says: { billing: ['charge.v2'] } };
const everywhere = (version: Conversation) => ({ billing: version, subscription: version, reporting: version });

test('without a change of contracts all go at once', () => {
  const order = deploymentOrder({ apps: ['billing', 'subscription'], next: old, running: everywhere(old) });
  expect(order).toEqual({ first: [], then: ['billing', 'subscription'] });
});

test('who hears a new major is deployed before the producer says it', () => {
  const order = deploymentOrder({
    apps: ['billing', 'subscription', 'reporting'],
    next: both,
    running: everywhere(old),
  });
  expect(order).toEqual({ first: ['subscription'], then: ['billing', 'reporting'] });
});

test('the producer of a new major alone is refused, unless its consumers run already', () => {
  expect(deploymentOrder({ apps: ['billing'], next: both, running: everywhere(old) })).toEqual({
    refusals: ['subscription has to be deployed before billing: it hears charge.v2, which is new'],
  });
  const running = { ...everywhere(old), subscription: both };
  expect(deploymentOrder({ apps: ['billing'], next: both, running })).toEqual({ first: [], then: ['billing'] });
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
    ...{ first: ['reporting'], then: ['billing'] },
  });
});

test('a consumer that changes to a major that is not said yet is refused: what is said meanwhile would reach nobody', () => {
  const early: Conversation = { says: both.says, hears: { ...both.hears, reporting: ['charge.v2'] } };
  const refusals = ['reporting stops hearing charge.v1 before billing says what follows it: hear both first'];
  const apps = ['billing', 'subscription', 'reporting'];
  expect(deploymentOrder({ apps, next: early, running: everywhere(old) })).toEqual({ refusals });
  // Its filter changes with the topology, whether or not it is deployed itself.
  expect(deploymentOrder({ apps: ['subscription'], next: early, running: everywhere(old) })).toEqual({ refusals });
  expect(deploymentOrder({ apps, next: early, running: everywhere(both) })).toMatchObject({ first: [] });
  const silent: Conversation = { ...both, hears: { ...both.hears, reporting: [] } };
  expect(deploymentOrder({ apps, next: silent, running: everywhere(old) })).toMatchObject({ first: ['subscription'] });
});

test('a system that still hears what nobody says is refused', () => {
  const wrong: Conversation = { says: done.says, hears: both.hears };
  expect(deploymentOrder({ apps: ['billing', 'reporting'], next: wrong, running: everywhere(both) })).toMatchObject({
    refusals: expect.arrayContaining([expect.stringContaining('nobody says any more')]),
  });
});

test('two who would have to wait for each other are two changes', () => {
  const now: Conversation = { says: { a: ['x.v1'], b: ['y.v1'] }, hears: { a: ['y.v1'], b: ['x.v1'] } };
  const next: Conversation = {
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
