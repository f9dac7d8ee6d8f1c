/** Who says and who hears what, in one version of the system; keys are those of the topology, `order.completed.v1`. */
export interface Conversation {
  readonly says: Readonly<Record<string, readonly string[]>>;
  readonly hears: Readonly<Record<string, readonly string[]>>;
}

export interface Deployment {
  /** The apps to deploy. */
  readonly apps: readonly string[];
  /** The version that is deployed. */
  readonly next: Conversation;
  /** The version that each app runs now; absent: it does not run yet, so nobody relies on it. */
  readonly running: Readonly<Record<string, Conversation | undefined>>;
}

/** Two groups: every app of the first is deployed before any of the second. Or why there is no right order. */
export type DeploymentOrder = { readonly first: string[]; readonly then: string[] } | { readonly refusals: string[] };

/**
 * Contracts first: who hears a new major is deployed before the producer says it, and who still hears an old one before the
 * producer stops saying it. Refused when such a consumer is not among the apps and does not run in that way already, when an
 * app would have to be both before and after another, or when a consumer changes to a major that is not said yet.
 */
export function deploymentOrder({ apps, next, running }: Deployment): DeploymentOrder {
  const before = new Map<string, Set<string>>();
  const refusals = changesTooEarly(next, running);
  const need = (consumer: string, producer: string, reason: string): void => {
    if (consumer === producer) return;
    if (!apps.includes(consumer)) refusals.push(`${consumer} has to be deployed before ${producer}: ${reason}`);
    else before.set(consumer, (before.get(consumer) ?? new Set()).add(producer));
  };
  for (const producer of apps) {
    const now = running[producer]?.says[producer] ?? [];
    const soon = next.says[producer] ?? [];
    if (running[producer] === undefined) continue;
    for (const key of soon.filter((each) => !now.includes(each) && isLaterMajor(each))) {
      for (const consumer of hearersOf(next, key)) {
        if (!hearsAlready(running[consumer], consumer, key)) need(consumer, producer, `it hears ${key}, which is new`);
      }
    }
    for (const key of now.filter((each) => !soon.includes(each))) {
      for (const consumer of Object.keys(running)) {
        if (!hearsAlready(running[consumer], consumer, key)) continue;
        if (next.hears[consumer]?.includes(key)) refusals.push(`${consumer} hears ${key}, which nobody says any more`);
        else need(consumer, producer, `the version of it that runs hears ${key}, which ends`);
      }
    }
  }
  const first = apps.filter((app) => before.has(app));
  for (const app of first) {
    const between = first.filter((other) => before.get(other)!.has(app));
    if (between.length > 0)
      refusals.push(`${app} would be before some and after ${between.join(', ')}: make it two changes`);
  }
  if (refusals.length > 0) return { refusals: [...new Set(refusals)] };
  return { first, then: apps.filter((app) => !first.includes(app)) };
}

/**
 * Filters change before any app: the old major of a consumer that changes from it to a new one would reach nobody until the
 * producer says the new one.
 */
function changesTooEarly(next: Conversation, running: Deployment['running']): string[] {
  return Object.keys(running).flatMap((consumer) => {
    const [now, soon] = [running[consumer]?.hears[consumer] ?? [], next.hears[consumer] ?? []];
    const left = now.filter((key) => !soon.includes(key) && soon.some((other) => eventOf(other) === eventOf(key)));
    return left.flatMap((key) =>
      Object.keys(running)
        .filter((producer) => {
          const says = running[producer]?.says[producer] ?? [];
          return says.includes(key) && !says.some((other) => eventOf(other) === eventOf(key) && soon.includes(other));
        })
        .map((producer) => `${consumer} stops hearing ${key} before ${producer} says what follows it: hear both first`),
    );
  });
}

/** `order.completed` of `order.completed.v1`. */
const eventOf = (key: string): string => key.slice(0, key.lastIndexOf('.'));

const isLaterMajor = (key: string): boolean => !key.endsWith('.v1');

const hearersOf = ({ hears }: Conversation, key: string): string[] =>
  Object.keys(hears).filter((app) => hears[app]!.includes(key));

const hearsAlready = (version: Conversation | undefined, app: string, key: string): boolean =>
  version?.hears[app]?.includes(key) ?? false;
