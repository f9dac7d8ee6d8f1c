import { findDefinition, type MajorKey, queueName, queuesOf, services, type Version } from '@atlas/event-contracts';
import { UsageError } from './errors.ts';

/**
 * Which majors of an event a replay to this queue sends: those that its service has handlers for, because it dead-letters the
 * others. Undefined, all, for a queue that the topology does not know. Throws UsageError for what nobody there can handle.
 */
export function majorsFor(
  prefix: string,
  asked: { readonly event: string; readonly to: string; readonly major?: number | undefined },
): MajorKey[] | undefined {
  const chosen = asked.major === undefined ? undefined : knownMajor(asked.event, asked.major);
  const heard = heardBy(prefix, asked.to, asked.event);
  if (heard === undefined) return chosen && [chosen];
  const majors = chosen === undefined ? heard : heard.filter((major) => major === chosen);
  if (majors.length > 0) return majors;
  const what = chosen === undefined ? asked.event : `${asked.event} ${chosen}`;
  throw new UsageError(
    `${asked.to} has no handler for ${what}: all of it would be dead-lettered. Add it to the topology and to the service first.`,
  );
}

function knownMajor(eventType: string, major: number): MajorKey {
  const versions = Object.keys(findDefinition(eventType)?.versions ?? {}) as Version[];
  const majors = [...new Set(versions.map((version) => version.split('.')[0]))];
  if (majors.includes(String(major))) return `v${major}`;
  throw new UsageError(`${eventType} has no major ${major}. Known: ${majors.join(', ')}.`);
}

function heardBy(prefix: string, to: string, eventType: string): MajorKey[] | undefined {
  for (const service of services) {
    const queue = queuesOf(service).find(({ domain }) => queueName(prefix, service, domain) === to);
    if (!queue) continue;
    return queue.eventKeys
      .filter((key) => key.slice(0, key.lastIndexOf('.')) === eventType)
      .map((key) => key.slice(key.lastIndexOf('.') + 1) as MajorKey);
  }
  return undefined;
}
