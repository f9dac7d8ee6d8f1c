const missing: ReadonlySet<string> = new Set([
  'QueueDoesNotExist',
  'AWS.SimpleQueueService.NonExistentQueue',
  'NotFound',
  'NotFoundException',
]);

/** Whether SNS or SQS says that the queue, topic or subscription does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && missing.has(error.name);
}
