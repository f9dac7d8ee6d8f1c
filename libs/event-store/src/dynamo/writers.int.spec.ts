import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { captureLogs, leakCheck } from '@atlas/testing';
import { createCommandHandler } from '../command-handler.ts';
import { fold } from '../decider.ts';
import { wallet, walletSchema } from '../wallet.fixture.ts';
import { createDynamoWorld, type DynamoWorld, interceptSends, jitter } from './dynamo-world.fixture.ts';

let world: DynamoWorld;

beforeAll(async () => {
  world = await createDynamoWorld();
});

afterAll(() => world.close());

const { logger } = captureLogs();
const snapshots = { foldVersion: 1, state: walletSchema, every: 10 };

describe('twenty writers on one stream at once', () => {
  it('leave versions 1..n without a gap or a double, with every accepted command in it once', async () => {
    const store = world.createStore();
    const stream = crypto.randomUUID();
    const writers = Array.from({ length: 20 }, () =>
      createCommandHandler({ store, decider: wallet, snapshots, logger }),
    );
    const commands = 5;
    const answers = await Promise.all(
      writers.flatMap(async (handle, writer) => {
        const handled = [];
        for (let i = 0; i < commands; i += 1) {
          const commandId = `${writer}-${i}`;
          const command = { type: i % 2 === 0 ? 'add' : 'spend', cents: 1 } as const;
          // Some come twice at once, as a request that is repeated while the first is still under way.
          const [answer] = await Promise.all([
            handle(stream, command, { commandId }),
            writer % 5 === 0 ? handle(stream, command, { commandId }) : undefined,
          ]);
          handled.push(answer);
        }
        return handled;
      }),
    );
    const { events, version } = await store.load(stream);
    expect(version).toBe(20 * commands);
    expect(events.map((event) => event.version)).toEqual(Array.from({ length: version }, (_, i) => i + 1));
    const expected = Array.from({ length: 20 }, (_, w) =>
      Array.from({ length: commands }, (_, i) => `${w}-${i}`),
    ).flat();
    expect(events.map(({ commandId }) => commandId).sort()).toEqual(expected.sort());
    expect(
      answers
        .flat()
        .map(({ events: [event] }) => event!.id)
        .sort(),
    ).toEqual(events.map(({ id }) => id).sort());
    expect(fold(wallet, events)).toEqual({ cents: 20, moves: version });
  });

  it('also when answers are lost and calls are repeated', async () => {
    const dynamo = interceptSends(world.documents, async (command, answer) => {
      if (!(command instanceof TransactWriteCommand)) return answer();
      const first = await answer();
      await jitter(5);
      return Math.random() < 0.5 ? first : world.documents.send(new TransactWriteCommand(command.input));
    });
    const stream = crypto.randomUUID();
    const handle = createCommandHandler({ store: world.createStore({ dynamo }), decider: wallet, logger });
    // Without command ids: what an append says of itself has to be true.
    await Promise.all(Array.from({ length: 20 }, () => handle(stream, { type: 'add', cents: 1 })));
    const { events } = await world.createStore().load(stream);
    expect(events.map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });
});

leakCheck();
