import { Router } from 'express';
import { describeError } from '../observability/describe-error.ts';

export type HealthCheck = () => Promise<void>;

export interface Health {
  /** `GET /health/live` (200 while the process runs) and `GET /health/ready` (200, or 503 with the state of each check). */
  router: Router;
  /** Whether every check passed just now; false from `drain()` on. */
  ready(): Promise<boolean>;
  /** Says "not ready" from now on, so that nobody sends new work to a process that is stopping. */
  drain(): void;
}

type CheckResult = { status: 'ok' } | { status: 'failed'; code: string };

/**
 * Health of a service: ready means that each dependency in `checks` answers within `timeoutMs`. Checks that run at the
 * same time are shared, so that a crowd of callers asks each dependency once.
 */
export function createHealth(options: { checks: Record<string, HealthCheck>; timeoutMs?: number }): Health {
  const { checks, timeoutMs = 1_000 } = options;
  let draining = false;
  // atlas-local-ok: one round of checks at a time; every replica answers for itself
  let running: Promise<Record<string, CheckResult>> | undefined;
  const results = () => {
    running ??= runChecks(checks, timeoutMs).finally(() => {
      running = undefined;
    });
    return running;
  };
  const passed = (all: Record<string, CheckResult>) =>
    !draining && Object.values(all).every(({ status }) => status === 'ok');

  const router = Router();
  router.get('/health/live', (_req, res) => void res.json({ status: 'ok' }));
  router.get('/health/ready', async (_req, res) => {
    const all = await results();
    const ready = passed(all);
    const status = draining ? 'draining' : ready ? 'ok' : 'unavailable';
    res
      .status(ready ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({ status, checks: all });
  });
  return {
    router,
    ready: async () => !draining && passed(await results()),
    drain() {
      draining = true;
    },
  };
}

async function runChecks(checks: Record<string, HealthCheck>, timeoutMs: number): Promise<Record<string, CheckResult>> {
  const entries = Object.entries(checks).map(async ([name, check]): Promise<[string, CheckResult]> => [
    name,
    await runCheck(check, timeoutMs),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

async function runCheck(check: HealthCheck, timeoutMs: number): Promise<CheckResult> {
  const timeout = Promise.withResolvers<CheckResult>();
  const timer = setTimeout(() => timeout.resolve({ status: 'failed', code: 'TIMEOUT' }), timeoutMs);
  try {
    return await Promise.race([check().then((): CheckResult => ({ status: 'ok' })), timeout.promise]);
  } catch (error) {
    // Only the code: the endpoint is open, and messages hold addresses.
    const { code, type } = describeError(error);
    return { status: 'failed', code: code ?? type };
  } finally {
    clearTimeout(timer);
  }
}
