import { bucketOf } from '@atlas/shared-state';
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

beforeAll(async () => {
  service = await startFakeService();
  kit = await openGatewayKit();
  const config = { NOTIFICATION_URL: service.url };
  replicas = await Promise.all([kit.start({ config }), kit.start({ config })]);
  operator = await signInOperator(replicas[0]!);
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await service.close();
  await kit.close();
});

interface Seen {
  readonly tenantId: string;
  readonly status: number;
  /** Which step of the move the request was sent in; undefined while a change was on its way. */
  readonly step: string | undefined;
  readonly by: string;
}

const steps = [
  { mode: 'monolith' },
  { mode: 'shadow' },
  { mode: 'canary', percent: 10 },
  { mode: 'canary', percent: 60 },
  { mode: 'service' },
  { mode: 'canary', percent: 10 },
  { mode: 'monolith' },
] as const;

describe('a slice that moves to the service and back under load', () => {
  it('fails no request, and no tenant flips within a step', async () => {
    const tenants = await Promise.all(Array.from({ length: 12 }, () => signUp(replicas[0]!)));
    const seen: Seen[] = [];
    let step: string | undefined;
    let stopped = false;
    const load = tenants.flatMap(({ client, tenantId }) =>
      replicas.map(async (replica) => {
        const visitor = Object.assign(replica.client(), { cookie: client.cookie });
        while (!stopped) {
          const before = step;
          const { status, headers } = await visitor.get('/feed');
          const by = /by=(\w+)/.exec(headers.get('atlas-slice')!)![1]!;
          seen.push({ tenantId, status, by, step: before === step ? step : undefined });
        }
      }),
    );
    for (const [index, body] of steps.entries()) {
      step = undefined;
      await operator.send('PUT', '/operator/slices/feed', { body: { ...body, reason: `step ${index}` } });
      await Promise.all(replicas.map((replica) => untilFollowed(replica, index)));
      step = String(index);
      const sinceStep = seen.length;
      await eventually(() => seen.length > sinceStep + 200, { timeoutMs: 30_000 });
    }
    stopped = true;
    await Promise.all(load);

    expect(seen.filter(({ status }) => status !== 200)).toEqual([]);
    for (const [index, body] of steps.entries()) {
      for (const { tenantId } of tenants) {
        const by = seen.filter((one) => one.step === String(index) && one.tenantId === tenantId).map((one) => one.by);
        const expected = isWithService(body, tenantId) ? 'service' : 'monolith';
        expect([index, ...new Set(by)]).toEqual([index, expected]);
      }
    }
  });

  function isWithService(body: { mode: string; percent?: number }, tenantId: string): boolean {
    if (body.mode === 'canary') return bucketOf('feed', tenantId) < (body.percent ?? 0) * 100;
    return body.mode === 'service';
  }

  async function untilFollowed(replica: RunningGateway, index: number): Promise<void> {
    const there = Object.assign(replica.client(), { cookie: operator.cookie });
    await eventually(async () => (await there.get('/operator/slices/feed')).body.reason === `step ${index}`);
  }
});

leakCheck();
