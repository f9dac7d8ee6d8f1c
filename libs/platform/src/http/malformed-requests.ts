import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { HttpProblem } from '../errors.ts';
import { problemBody, problemType } from './problem.ts';

/**
 * Answers what Node itself refuses, because it never becomes a request, with problem details: 431 for headers beyond
 * 16 KiB (Node's limit), 408 for a request that does not arrive, 400 for anything else that is no HTTP. `running` are the
 * server's unfinished responses: a connection in the middle of one is closed without a word.
 */
export function refuseMalformed(server: Server, running: ReadonlySet<ServerResponse>): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const isAnswering = [...running].some((response) => response.socket === socket && response.headersSent);
    if (!socket.writable || error.code === 'ECONNRESET' || isAnswering) return void socket.destroy();
    socket.end(rawAnswer(problemOf(error)));
  });
}

function problemOf({ code }: NodeJS.ErrnoException): HttpProblem {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new HttpProblem(431, 'HEADERS_TOO_LARGE', 'The headers of a request, with its URL, have at most 16 KiB.');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new HttpProblem(408, 'REQUEST_TIMEOUT', 'The request did not arrive in time.');
  }
  return new HttpProblem(400, 'MALFORMED_REQUEST', 'This is not an HTTP request.');
}

function rawAnswer(problem: HttpProblem): string {
  const body = problemBody(problem);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'connection: close',
    `content-type: ${problemType}; charset=utf-8`,
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
