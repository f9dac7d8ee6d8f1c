import {
  planSchema,
  planTables,
  planTopology,
  type ProvisioningPlan,
  type ProvisioningScope,
} from '@atlas/dev-stack/provision';
import { SetupError } from '@atlas/platform';

/** With `planOnly`, when there is something to change: scripts tell it from "nothing" (0) and "cannot" (78). */
const exitDiffers = 2;

/**
 * Looks at topics, queues, subscriptions, tables and schema, prints what is going to be changed, and changes it, unless `planOnly`.
 * Resolves with the exit code: 0, or 2 when a plan that was only printed changes something. Throws SetupError, before anything is
 * changed, when something cannot be put right.
 */
export async function provision(
  scope: ProvisioningScope,
  { planOnly, print }: { planOnly: boolean; print: (text: string) => void },
): Promise<number> {
  const plans = await Promise.all([planTopology(scope), planTables(scope), planSchema(scope)]);
  print(`${plans.map(describePlan).join('\n')}\n`);
  const refusals = plans.flatMap((plan) => plan.refusals);
  if (refusals.length > 0) throw new SetupError(refusals.join('\n'));
  if (planOnly) return plans.some(({ changes }) => changes.length > 0) ? exitDiffers : 0;
  for (const { apply } of plans) await apply();
  print('All is as it should be.\n');
  return 0;
}

function describePlan({ of, extent, changes, refusals }: ProvisioningPlan): string {
  const lines = [
    ...changes.map(({ does, what }) => `  ${does} ${what}`),
    ...refusals.map((refusal) => `  cannot: ${refusal}`),
  ];
  return [`${of} (${extent})`, ...(lines.length > 0 ? lines : ['  nothing to change'])].join('\n');
}
