import { StackError } from '../errors.ts';
import { type Ports, portOf } from '../stack/stack-environment.ts';

/** One process of an app: the app itself, or one of its replicas. */
export interface AppInstance {
  readonly app: string;
  /** `gateway`, or `gateway-2` where there are several. */
  readonly name: string;
  readonly port: number;
}

/** How many processes an app has; 1 unless said. */
export type Replicas = Readonly<Record<string, number>>;

/**
 * How long a replica goes on after it has said "not ready", so that the balancer has noticed before it closes its door: on a machine where
 * an answer takes a second as well.
 */
const drainSeconds = '3';

/** The names of the replicas that need a port of their own: all of them, because the app's own one is the balancer's. */
export function replicaNames(replicas: Replicas): string[] {
  return Object.entries(replicas).flatMap(([app, count]) => (count > 1 ? namesOf(app, count) : []));
}

/** The processes to start, in the order of the apps. */
export function appInstances(apps: readonly string[], replicas: Replicas, ports: Ports): AppInstance[] {
  const unknown = Object.keys(replicas).find((app) => !apps.includes(app));
  if (unknown !== undefined) throw new StackError('UNKNOWN_PART', `Replicas of ${unknown}, which is not started.`);
  return apps.flatMap((app) => {
    const names = (replicas[app] ?? 1) > 1 ? namesOf(app, replicas[app]!) : [app];
    return names.map((name) => ({ app, name, port: portOf(ports, name) }));
  });
}

/** What an instance has in its environment and the others have not. */
export function instanceEnvironment({ app, name, port }: AppInstance): Record<string, string> {
  const own = { [`${app.toUpperCase()}_PORT`]: String(port) };
  return name === app ? own : { ...own, DRAIN_SECONDS: drainSeconds };
}

function namesOf(app: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${app}-${index + 1}`);
}
