import { createRequire } from 'node:module';
import { relative } from 'node:path';

// Jest's own one, of the version that Jest uses.
const jest = createRequire(createRequire(import.meta.url).resolve('jest'));
const { default: TestSequencer } = createRequire(jest.resolve('@jest/core'))('@jest/test-sequencer');

/**
 * The spec files that take longest, longest first. Jest knows durations only from an earlier run in the same place, and in
 * a fresh checkout it would start some of these last, with nothing left to run beside them. A file that is missing here
 * costs time and nothing else; a test sees to it that each one exists.
 */
const longest = [
  'tools/dev-stack/e2e/crash-matrix.e2e.spec.ts',
  'tools/dev-stack/e2e/reporting.e2e.spec.ts',
  'tools/dev-stack/e2e/saga.e2e.spec.ts',
  'tools/dev-stack/e2e/demo.e2e.spec.ts',
  'tools/dev-stack/e2e/bad-configuration.e2e.spec.ts',
  'tools/dev-stack/e2e/reporting-history.e2e.spec.ts',
  'tools/dev-stack/e2e/bad-input.e2e.spec.ts',
  'tools/dev-stack/e2e/rolling-replacement.e2e.spec.ts',
  'tools/dev-stack/e2e/checkout-chaos.e2e.spec.ts',
  'tools/dev-stack/e2e/strangler.e2e.spec.ts',
  'tools/dev-stack/e2e/replicas.e2e.spec.ts',
  'tools/dev-stack/e2e/chaos.e2e.spec.ts',
  'tools/dev-stack/e2e/checkout.e2e.spec.ts',
  'tools/dev-stack/e2e/boot.e2e.spec.ts',
  'tools/dev-stack/e2e/reports-page.e2e.spec.ts',
  'tools/dev-stack/e2e/outage.e2e.spec.ts',
  'tools/dev-stack/e2e/described-answers.e2e.spec.ts',
  'libs/messaging/src/dead-letters/dead-letters.int.spec.ts',
  'tools/atlas/src/projections.command.int.spec.ts',
  'tools/atlas/src/cli.int.spec.ts',
  'libs/projections/src/rebuild/rebuild.int.spec.ts',
  'apps/reporting/src/charts/charts.int.spec.ts',
  'apps/reporting/src/no-postgres.int.spec.ts',
  'infra/src/system.unit.spec.ts',
  'apps/billing/src/crash.int.spec.ts',
  'apps/subscription/src/crash.int.spec.ts',
  'libs/messaging/src/consume/once.int.spec.ts',
  'apps/notification/src/order-completed/order-completed.int.spec.ts',
  'apps/billing/src/payment-provider/payment-provider.int.spec.ts',
  'tools/saga-model/src/saga.unit.spec.ts',
  'libs/messaging/src/consume/outage.int.spec.ts',
  'apps/billing/src/outage.int.spec.ts',
  'tools/atlas/src/outboxes.int.spec.ts',
  'libs/messaging/src/consume/leases.int.spec.ts',
  'libs/messaging/src/consume/consumer.int.spec.ts',
  'apps/gateway/src/edge/strangler/rollback.int.spec.ts',
];

/** Starts the longest spec files first, so that the short ones fill the workers at the end; the rest as Jest has them. */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = longest.indexOf(relative(import.meta.dirname, path).replaceAll('\\', '/'));
      return at === -1 ? longest.length : at;
    };
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
}
