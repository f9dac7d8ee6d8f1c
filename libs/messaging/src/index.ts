export { topicArns } from './topology/arns.ts';
export type { ResourceScope } from './topology/arns.ts';
export { provisionTopology } from './topology/provision-topology.ts';
export type { ProvisionOptions } from './topology/provision-topology.ts';
export type { TopologyStep } from './topology/reconcile.ts';
export { resolveQueue } from './topology/resolve-queue.ts';
