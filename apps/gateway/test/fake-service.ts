import { type FakeRequest, type HttpFake, startHttpFake } from '@atlas/testing';

/** What the service of a slice is asked, and what it says; `answer` may be replaced at any time. */
export interface FakeService extends HttpFake {
  answer: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** A service outside of the test: a real HTTP server with the answers of the test. An empty list until it is told otherwise. */
export async function startFakeService(): Promise<FakeService> {
  const answering: Pick<FakeService, 'answer'> = { answer: () => ({ body: { items: [], next_cursor: null } }) };
  const fake = await startHttpFake(async (request, response) => {
    const { status = 200, headers, body } = await answering.answer(request);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });
  return Object.assign(answering, fake);
}
