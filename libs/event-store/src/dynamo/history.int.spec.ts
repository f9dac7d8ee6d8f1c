import fc from 'fast-check';
import { captureLogs, leakCheck } from '@atlas/testing';
import { historyHolds, steps } from '../history.fixture.ts';
import { createDynamoWorld, type DynamoWorld } from './dynamo-world.fixture.ts';

let world: DynamoWorld;

beforeAll(async () => {
  world = await createDynamoWorld();
});

afterAll(() => world.close());

describe('the history of a stream in DynamoDB', () => {
  it('is complete: replaying it gives exactly the current state, whatever happened', async () => {
    const { logger } = captureLogs();
    const run = (history: Parameters<typeof historyHolds>[2]) =>
      historyHolds(world.createStore(), crypto.randomUUID(), history, logger);
    await fc.assert(fc.asyncProperty(steps, run), { numRuns: 30 });
  });
});

leakCheck();
