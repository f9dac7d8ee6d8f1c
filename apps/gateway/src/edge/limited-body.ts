import { problem } from '@atlas/platform';
import type { Request } from 'express';

/**
 * The body of a request, part by part as it arrives. Throws a 413 problem as soon as it is known to be larger than
 * `maxBytes`: here when its length is declared, else while it is read.
 */
export function limitedBody(req: Request, maxBytes: number): AsyncIterable<Buffer> {
  // Nothing has been read: Node reads the rest and throws it away, so that a client which writes first and reads then
  // gets its answer instead of a broken connection.
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  return counted(req, maxBytes);
}

async function* counted(req: Request, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of req) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) {
      // Nobody knows how much is still to come.
      req.res?.set('connection', 'close');
      throw tooLarge();
    }
    yield chunk as Buffer;
  }
}

function tooLarge() {
  return problem(413, 'BODY_TOO_LARGE', 'The body is larger than this endpoint accepts.');
}
