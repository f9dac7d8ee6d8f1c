import type { DeadMessage } from './dead-message.ts';

/** Dead letters of one queue that died of the same cause. Times are of the last failure. */
export interface DeadLetterGroup {
  readonly fingerprint: string;
  readonly reason: string;
  readonly eventType: string;
  readonly count: number;
  readonly first: Date;
  readonly last: Date;
  /** What one of them says, and where it was thrown. */
  readonly message: string;
  readonly location: string | undefined;
  readonly handler: string;
}

/** Collects groups one message at a time, so that ten thousand dead letters need no more memory than their kinds. */
export function createGroups() {
  const groups = new Map<string, DeadLetterGroup>();
  return {
    add(message: DeadMessage): void {
      const { fingerprint, reason, eventType, failedAt, letter } = message;
      const key = [fingerprint, reason, eventType].join(' ');
      const group = groups.get(key);
      groups.set(key, {
        fingerprint,
        reason,
        eventType,
        count: (group?.count ?? 0) + 1,
        first: group && group.first < failedAt ? group.first : failedAt,
        last: group && group.last > failedAt ? group.last : failedAt,
        message:
          group?.message ?? letter?.message ?? 'received too often without success: its handler may kill the process',
        location: group?.location ?? letter?.location,
        handler: group?.handler ?? letter?.handler ?? '',
      });
    },
    /** The largest group first. */
    list: (): DeadLetterGroup[] => [...groups.values()].sort((a, b) => b.count - a.count),
  };
}
