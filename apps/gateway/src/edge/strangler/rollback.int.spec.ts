import { eventually, leakCheck } from '@atlas/testing';
import type { ApiClient } from '../../../test/api-client.ts';
import { type FakeService, startFakeService } from '../../../test/fake-service.ts';
import {
  type GatewayKit,
  openGatewayKit,
  type RunningGateway,
  signInOperator,
  signUp,
} from '../../../test/gateway-kit.ts';

let kit: GatewayKit;
let service: FakeService;
let replicas: RunningGateway[];
let operator: ApiClient;
let client: ApiClient;

beforeAll(async () => {
  service = await startFakeService();
  kit = await openGatewayKit();
  const config = { NOTIFICATION_URL: service.url, STRANGLER_WINDOW_SECONDS: 1 };
  const shadow = { lookAgainAfterMs: 10, mostAtOnce: 100, mostPerSecond: 1_000 };
  replicas = await Promise.all([kit.start({ config, shadow }), kit.start({ config, shadow })]);
  operator = await signInOperator(replicas[0]!);
  ({ client } = await signUp(replicas[0]!));
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await service.close();
  await kit.close();
});

const setMode = async (body: object) => {
  const response = await operator.send('PUT', '/operator/slices/feed', { body: { reason: 'a test', ...body } });
  expect(response.status).toBe(200);
};
const slice = async () => (await operator.get('/operator/slices/feed')).body;

/** Asks all replicas without a pause until `done`; the statuses of all answers. */
async function askUntil(done: () => Promise<boolean>): Promise<Set<number>> {
  const statuses = new Set<number>();
  let stopped = false;
  const visitors = replicas.flatMap((replica) => Array.from({ length: 2 }, () => replica.client()));
  const asking = visitors.map(async (visitor) => {
    visitor.cookie = client.cookie;
    while (!stopped) statuses.add((await visitor.get('/feed', { described: false })).status);
  });
  try {
    await eventually(done, { timeoutMs: 30_000, everyMs: 100 });
  } finally {
    stopped = true;
    await Promise.all(asking);
  }
  return statuses;
}

describe('a slice is set back to the monolith by itself', () => {
  it('when the service fails in canary, and no user notices', async () => {
    await setMode({ mode: 'canary', percent: 100 });
    service.answer = () => ({ status: 500 });
    const statuses = await askUntil(async () => (await slice()).mode === 'monolith');
    expect([...statuses]).toEqual([200]);
    const { history, changed_by } = await slice();
    expect(changed_by).toBe('automatic');
    expect(history[0].reason).toMatch(/^Set back from "canary" \(100 %\): errors of the service were 100\.0 %/);
    // Once, although every replica has judged.
    expect(history[1]).toMatchObject({ mode: 'canary', percent: 100 });
  });

  it('when the answers differ in shadow', async () => {
    await setMode({ mode: 'shadow' });
    service.answer = () => ({ body: { items: [], next_cursor: null } });
    const statuses = await askUntil(async () => (await slice()).mode === 'monolith');
    expect([...statuses]).toEqual([200]);
    expect((await slice()).reason).toMatch(/^Set back from "shadow": mismatches were 100\.0 %/);
  });

  it('not when an operator has said so', async () => {
    await setMode({ mode: 'canary', percent: 100, automatic_rollback: false });
    service.answer = () => ({ status: 500 });
    await askUntil(async () => (await slice()).last_windows.filter(isBad).length >= 5);
    expect((await slice()).mode).toBe('canary');
  });

  const isBad = ({ service: side }: { service: { errors: number } }) => side.errors >= 20;
});

leakCheck();
