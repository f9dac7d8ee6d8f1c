import { HttpProblem } from '../errors.ts';
import { isErrorLike } from '../observability/describe-error.ts';

/** What body-parser (through raw-body and http-errors) calls its errors, and what we answer. */
const BODY_ERRORS: Record<string, [status: number, code: string, detail: string]> = {
  'entity.parse.failed': [400, 'MALFORMED_BODY', 'The body is not valid JSON.'],
  'entity.verify.failed': [403, 'BODY_REFUSED', 'The body was refused.'],
  'entity.too.large': [413, 'BODY_TOO_LARGE', 'The body is larger than this endpoint accepts.'],
  'request.aborted': [400, 'REQUEST_ABORTED', 'The request ended before its body was complete.'],
  'request.size.invalid': [400, 'BODY_SIZE_MISMATCH', 'The body is not as long as Content-Length says.'],
  'stream.encoding.set': [500, 'INTERNAL_ERROR', 'The body could not be read.'],
  'stream.not.readable': [500, 'INTERNAL_ERROR', 'The body could not be read.'],
  'encoding.unsupported': [415, 'UNSUPPORTED_ENCODING', 'The Content-Encoding of the body is not supported.'],
  'charset.unsupported': [415, 'UNSUPPORTED_CHARSET', 'The charset of the body is not supported. Send UTF-8.'],
  'parameters.too.many': [413, 'TOO_MANY_PARAMETERS', 'The body has more parameters than this endpoint accepts.'],
};

/** The problem for an error that Express or its body parser made for a bad request, or undefined for any other error. */
export function asHttpProblem(error: unknown): HttpProblem | undefined {
  if (!isErrorLike(error)) return undefined;
  const { type, status, expose } = error as { type?: unknown; status?: unknown; expose?: unknown };
  const known = typeof type === 'string' ? BODY_ERRORS[type] : undefined;
  if (known) return new HttpProblem(...known, {}, {}, { cause: error });
  // The router gives a malformed %-escape in the path status 400 but leaves it a plain URIError.
  if (error.name === 'URIError') return badRequest('MALFORMED_URL', 'The path has a malformed %-escape.', error);
  if (isInflateError(error)) return badRequest('MALFORMED_BODY', 'The compressed body is damaged.', error);
  // Errors made by http-errors say themselves whether their message may be shown.
  if (expose === true && typeof status === 'number' && status >= 400 && status < 500) {
    return new HttpProblem(status, 'BAD_REQUEST', error.message, {}, {}, { cause: error });
  }
  return undefined;
}

function badRequest(code: string, detail: string, cause: unknown): HttpProblem {
  return new HttpProblem(400, code, detail, {}, {}, { cause });
}

// Damaged gzip, deflate or brotli reaches Express as the plain zlib error (Z_DATA_ERROR, ERR_BROTLI_..., with errno).
function isInflateError({ code }: { code?: unknown }): boolean {
  return typeof code === 'string' && /^(Z_(DATA|BUF|NEED_DICT)|ERR__?ERROR_FORMAT|ERR_BROTLI|ERR_PADDING)/.test(code);
}
