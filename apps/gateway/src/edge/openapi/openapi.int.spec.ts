import { type HttpFake, leakCheck, routesOf, startHttpFake } from '@atlas/testing';
import { Validator } from '@seriousme/openapi-schema-validator';
import { request } from 'undici';
import { describedRequest } from '../../../test/described-request.ts';
import {
  type GatewayKit,
  openGatewayKit,
  type RunningGateway,
  signInOperator,
  signUp,
} from '../../../test/gateway-kit.ts';
import { operations } from '../../api.ts';
import { undescribedPaths } from './openapi.api.ts';

let kit: GatewayKit;
let gateway: RunningGateway;
let service: HttpFake;

beforeAll(async () => {
  service = await startHttpFake((_request, response) => void response.writeHead(418).end());
  kit = await openGatewayKit();
  const names = ['NOTIFICATION', 'BILLING', 'SUBSCRIPTION', 'REPORTING'];
  gateway = await kit.start({ config: Object.fromEntries(names.map((name) => [`${name}_URL`, service.url])) });
});

afterAll(async () => {
  await gateway.stop();
  await service.close();
  await kit.close();
});

const named = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;

describe('the description', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const { status, body } = await gateway.client().get('/openapi.json');
    expect(status).toBe(200);
    expect(await new Validator().validate(body)).toEqual({ valid: true });
  });

  it('is not sent again to who has it', async () => {
    // Not by fetch, which asks for a fresh one of its own accord.
    const url = `${gateway.url}/openapi.json`;
    const first = await request(url);
    await first.body.dump();
    const again = await request(url, { headers: { 'if-none-match': first.headers.etag } });
    expect([again.statusCode, await again.body.text()]).toEqual([304, '']);
  });

  it('has every route of the app', () => {
    const described = new Set(operations.map(named));
    const routes = routesOf(gateway.express).filter(({ path }) => !undescribedPaths.includes(path));
    expect(routes.length).toBeGreaterThan(10);
    expect(routes.map(named).filter((route) => !described.has(route))).toEqual([]);
  });

  it('has no operation that nobody answers', async () => {
    const routes = new Set(routesOf(gateway.express).map(named));
    const { client: owner } = await signUp(gateway);
    const operator = await signInOperator(gateway);
    const proxied = operations.filter((operation) => !routes.has(named(operation)));
    for (const operation of proxied) {
      const { method, path, ...request } = describedRequest(operation);
      const { access } = operation;
      const client = access === 'anybody' || access.roles.includes('owner') ? owner : operator;
      const before = service.requests.length;
      const { status } = await client.send(method, path, { ...request, described: false });
      // A slice that the monolith still answers reaches no service.
      const asked = service.requests.slice(before);
      if (asked.length > 0) expect(asked).toMatchObject([{ method, path }]);
      else expect([path, status]).toEqual([path, 200]);
    }
  });
});

describe('who may call', () => {
  const closed = operations.filter(({ access }) => access !== 'anybody');

  it.each(closed.map((operation) => [named(operation), operation] as const))(
    '%s: nobody without a session',
    async (_name, operation) => {
      const { method, path, ...request } = describedRequest(operation);
      expect((await gateway.client().send(method, path, request)).status).toBe(401);
    },
  );

  it.each(closed.map((operation) => [named(operation), operation] as const))(
    '%s: only the roles that it names',
    async (_name, operation) => {
      const { method, path, ...request } = describedRequest(operation);
      const owner = (await signUp(gateway)).client;
      const operator = await signInOperator(gateway);
      for (const [role, client] of [
        ['owner', owner],
        ['operator', operator],
      ] as const) {
        const { status, body } = await client.send(method, path, { ...request, described: false });
        const refused = status === 403 && body.code === 'ROLE_REQUIRED';
        expect([role, refused]).toEqual([
          role,
          operation.access !== 'anybody' && !operation.access.roles.includes(role),
        ]);
      }
    },
  );
});

describe('the reader', () => {
  it('loads nothing from elsewhere and runs no script inside a page', async () => {
    const page = await gateway.client().get('/docs');
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none';script-src 'self';style-src 'self';/,
    );
    const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url as string);
    expect(loaded).toContain('/docs/swagger-ui-bundle.js');
    for (const url of loaded) {
      expect(url).toMatch(/^\/[^/]/);
      expect((await gateway.client().get(url, { described: false })).status).toBe(200);
    }
    expect(page.body).not.toMatch(/<script>|style=|onclick=/);
  });

  it('leaves the policy of everything else alone', async () => {
    const answer = await gateway.client().get('/session');
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(answer.headers.get('content-security-policy')).not.toMatch(/script-src 'self'/);
  });
});

leakCheck();
