import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface HttpFake {
  url: string;
  port: number;
  /** Every request so far, in the order in which their bodies were complete. */
  requests: readonly FakeRequest[];
  close(): Promise<void>;
}

/**
 * A real HTTP server on a free port of 127.0.0.1 that stands for something outside of Atlas. `handler` gets the whole request and
 * answers (default: 200 and an empty body); what it throws becomes a 500.
 */
export async function startHttpFake(
  handler: (request: FakeRequest, response: ServerResponse) => void | Promise<void> = (_request, response) => {
    response.end();
  },
): Promise<HttpFake> {
  const requests: FakeRequest[] = [];
  const server = createServer(async (incoming, response) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const { method = '', url = '', headers } = incoming;
      const request = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
      requests.push(request);
      await handler(request, response);
    } catch (error) {
      // A client that went away leaves nobody to answer.
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
