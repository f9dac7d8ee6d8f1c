import { problem } from '@atlas/platform';
import type { Request } from 'express';

/** The strong entity tag of a version (RFC 9110, 8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * The version that `If-Match` names; undefined without the header, and for `*`, which matches any version. Throws a 400
 * problem for anything that is not one entity tag of ours.
 */
export function expectedVersion(req: Request): number | undefined {
  const header = req.get('if-match')?.trim();
  if (header === undefined || header === '*') return undefined;
  const version = /^"(\d{1,15})"$/.exec(header)?.[1];
  if (version !== undefined) return Number(version);
  throw problem(
    400,
    'MALFORMED_IF_MATCH',
    'If-Match must be one ETag that this resource had, such as "7" (with its quotes).',
  );
}

/** The same where a change must say what it is based on: 428 without the header (RFC 6585), and `*` is not enough. */
export function requiredVersion(req: Request): number {
  const version = expectedVersion(req);
  if (version !== undefined) return version;
  const detail =
    'Send If-Match with the ETag of what you have read, so that nobody overwrites what they have not seen.';
  throw problem(428, 'PRECONDITION_REQUIRED', detail);
}

/** The 412 problem for a version that is not the current one. */
export function preconditionFailed(expected: number, current: number) {
  const detail = `This has version ${current} now, not ${expected}: somebody else has changed it. Read it again, then repeat.`;
  return problem(412, 'PRECONDITION_FAILED', detail, { version: current }, { etag: etagOf(current) });
}
