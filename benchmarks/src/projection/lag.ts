import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startSystem, type System } from '@atlas/dev-stack';
import { call } from '../gateway/shop.ts';
import { median, percentile } from '../statistics.ts';
import { between, type Bucket, bucketsOf, quantile } from './histogram.ts';
import type { Section, SectionResult } from './section.ts';
import { cell } from './throughput.ts';

/** How far the projection was behind, in milliseconds. */
interface Lag {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** 99 of 100 orders were completed at most this late, against their plan. */
  readonly lateP99: number;
}

const perSecond = 50;
/** Of a round in a whole run. */
const roundSeconds = 12;
const warmUpSeconds = 8;
const tenants = 10;
const projection = 'revenue-daily';
const atMost = { p50: 150, p99: 500 };

/**
 * Completes orders through the gateway, each at its time (open loop), and reads from reporting's own metric how long after
 * the timestamp of its event each of them could be read in `revenue-daily`. Starts a system of its own.
 */
export const lagSection: Section = {
  name: 'lag',
  async measure({ rounds, scale }, say) {
    const orders = Math.max(perSecond, Math.round(perSecond * roundSeconds * scale));
    const system = await startSystem({
      ...{ dir: mkdtempSync(join(tmpdir(), 'atlas-bench-')), mode: 'test', temporary: true, inMemory: true },
      apps: ['gateway', 'reporting'],
      env: { LOG_LEVEL: 'info', RATE_LIMIT_USER_PER_MINUTE: '10000000', RATE_LIMIT_ADDRESS_PER_MINUTE: '10000000' },
    });
    const lags: Lag[] = [];
    try {
      const drafts = await openDrafts(system.env, perSecond * warmUpSeconds + orders * rounds);
      await complete(system.env, drafts.splice(0, perSecond * warmUpSeconds));
      let counted = perSecond * warmUpSeconds;
      for (let round = 0; round < rounds; round += 1) {
        const before = await countedOf(system, counted);
        const late = await complete(system.env, drafts.splice(0, orders));
        counted += orders;
        const seen = between(before, await countedOf(system, counted));
        const at = (share: number): number => quantile(seen, share) * 1000;
        lags.push({ p50: at(0.5), p90: at(0.9), p99: at(0.99), lateP99: percentile(late, 0.99) });
        const { p50, p99 } = lags.at(-1)!;
        say(`lag         round ${round + 1}/${rounds}  p50 ${Math.round(p50)} ms, p99 ${Math.round(p99)} ms`);
      }
    } finally {
      await system.stop();
    }
    return reportOf(lags, orders);
  },
};

function reportOf(lags: readonly Lag[], orders: number): SectionResult {
  const all = (of: keyof Lag): number[] => lags.map((lag) => lag[of]);
  const columns = { 'p50 ms': 'p50', 'p90 ms': 'p90', 'p99 ms': 'p99', 'sent late, p99 ms': 'lateP99' } as const;
  const table = [
    `| ${Object.keys(columns).join(' | ')} |`,
    `| ${Object.keys(columns)
      .map(() => '---:')
      .join(' | ')} |`,
    `| ${Object.values(columns)
      .map((of) => cell(all(of), 0))
      .join(' | ')} |`,
  ].join('\n');
  const note =
    `${orders} orders a round, completed through the gateway, each at its time; outbox, SNS, SQS and reporting follow. From the timestamp of ` +
    "the event until a report has it (`as_of` says so one write later), out of reporting's `atlas_projection_lag_seconds`: estimated within its buckets, as Prometheus does.";
  return {
    markdown: `## Lag of ${projection} at ${perSecond} orders a second through gateway and reporting\n\n${table}\n\n${note}`,
    verdicts: (['p50', 'p99'] as const).map((of) => ({
      target: `lag at ${perSecond} orders/s: ${of} ≤ ${atMost[of]} ms`,
      measured: `${cell(all(of), 0)} ms`,
      met: median(all(of)) <= atMost[of],
    })),
  };
}

interface Draft {
  readonly orderId: string;
  readonly cookie: string;
}

async function openDrafts(env: Readonly<Record<string, string>>, count: number): Promise<Draft[]> {
  const cookies: string[] = [];
  for (let number = 0; number < tenants; number += 1) {
    const account = { tenant_name: `Shop ${number}`, user_name: 'Ada', email: `lag-${number}@bench.example` };
    const body = { ...account, password: 'correct horse battery staple' };
    cookies.push((await call(env, 'POST', '/tenants', { body })).cookie);
  }
  const drafts: Draft[] = [];
  for (let number = 0; number < count; number += 1) {
    const cookie = cookies[number % tenants]!;
    const lines = [0, 1, 2].map((line) => ({ sku: `sku-${(number + line) % 50}`, qty: 1 + line, unit_price: '4.95' }));
    const placed = await call(env, 'POST', '/orders', { cookie, body: { currency: 'EUR', lines } });
    drafts.push({ cookie, orderId: (placed.body as { order_id: string }).order_id });
  }
  return drafts;
}

/** Completes each draft at its time; returns how many milliseconds late each request was sent. */
async function complete(env: Readonly<Record<string, string>>, drafts: readonly Draft[]): Promise<number[]> {
  const late: number[] = [];
  const answers: Promise<unknown>[] = [];
  const startedAt = performance.now();
  for (const [index, { orderId, cookie }] of drafts.entries()) {
    const due = startedAt + (index * 1000) / perSecond;
    const sleep = due - performance.now();
    if (sleep > 0) await delay(sleep);
    late.push(performance.now() - due);
    const answer = call(env, 'POST', `/orders/${orderId}/complete`, { cookie });
    // A refusal is reported below; until then it is nobody's unhandled rejection.
    answer.catch(() => {});
    answers.push(answer);
  }
  await Promise.all(answers);
  return late;
}

/** The histogram of the projection once it has counted so many orders. */
async function countedOf(system: System, orders: number): Promise<Bucket[]> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const metrics = await (await fetch(`${system.url('reporting')}/metrics`)).text();
    const buckets = bucketsOf(metrics, 'atlas_projection_lag_seconds', { projection });
    const counted = buckets.at(-1)?.count ?? 0;
    if (counted >= orders) return buckets;
    if (performance.now() > deadline) throw new Error(`${projection} has counted ${counted} of ${orders} orders.`);
    await delay(50);
  }
}
