import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { HttpProblem } from '../errors.ts';
import { isUnreachable } from '../is-unreachable.ts';
import type { Logger } from '../observability/logger.ts';
import { asHttpProblem } from './express-errors.ts';

const RETRY_AFTER_SECONDS = 2;

/** An error that becomes the HTTP answer `status` with problem details; `code` is SCREAMING_SNAKE_CASE and stable. */
export function problem(
  status: number,
  code: string,
  detail: string,
  extra?: Record<string, unknown>,
  headers?: Record<string, string>,
): HttpProblem {
  return new HttpProblem(status, code, detail, extra, headers);
}

/**
 * The last middleware: turns whatever was thrown into RFC 9457 problem details. HttpProblem as it is, errors of body and
 * URL parsing as 4xx, an unreachable dependency as 503 with Retry-After, anything else as 500 that says nothing of the
 * inside. Only 5xx are logged as errors.
 */
export function problemHandler(logger: Logger): ErrorRequestHandler {
  return (error, req, res, next) => {
    const answer = toProblem(error);
    if (answer.status >= 500) {
      const level = answer.status === 503 ? 'warn' : 'error';
      logger[level]({ err: error, method: req.method, path: req.path, status: answer.status }, 'request failed');
    }
    // Half an answer cannot be turned into another one: Express then closes the connection, which the client notices.
    if (res.headersSent) return next(error);
    send(res, answer);
  };
}

/** Answers 404 for a path that no router took. */
export function notFoundHandler(): RequestHandler {
  return (req, _res, next) => {
    next(problem(404, 'NOT_FOUND', `There is nothing at ${req.method} ${req.path}.`));
  };
}

function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  const fromExpress = asHttpProblem(error);
  if (fromExpress) return fromExpress;
  if (isUnreachable(error)) {
    const detail = 'Something that this service depends on does not answer at the moment. Try again shortly.';
    return problem(503, 'DEPENDENCY_UNAVAILABLE', detail, {}, { 'retry-after': String(RETRY_AFTER_SECONDS) });
  }
  return problem(500, 'INTERNAL_ERROR', 'Something went wrong on our side. The request id names it in our logs.');
}

function send(res: Response, answer: HttpProblem): void {
  res.status(answer.status).set(answer.headers);
  res.type(problemType).send(problemBody(answer, res.getHeader('x-request-id')));
}

/** The media type of problem details. */
export const problemType = 'application/problem+json';

/** The JSON of a problem, as RFC 9457 has it. */
export function problemBody({ status, code, detail, extra }: HttpProblem, requestId?: unknown): string {
  return JSON.stringify({
    type: `/problems/${code.toLowerCase().replaceAll('_', '-')}`,
    title: titleOf(code),
    status,
    code,
    detail,
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...extra,
  });
}

function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
