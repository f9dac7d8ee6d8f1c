import { problem } from '@atlas/platform';
import type { Request } from 'express';

/**
 * The body of a request, part by part as it arrives. Throws a 413 problem as soon as it is known to be larger than
 * `maxBytes`: here when its length is declared, else while it is read.
 */
export function limitedBody(req: Request, maxBytes: number): AsyncIterable<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(req);
  return counted(req, maxBytes);
}

async function* counted(req: Request, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of req) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) throw tooLarge(req);
    yield chunk as Buffer;
  }
}

function tooLarge(req: Request) {
  // The rest of the body would have to be read before the connection could be used again.
  req.res?.set('connection', 'close');
  return problem(413, 'BODY_TOO_LARGE', 'The body is larger than this endpoint accepts.');
}
