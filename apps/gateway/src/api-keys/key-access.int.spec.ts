import { type HttpFake, leakCheck, startHttpFake } from '@atlas/testing';
import { describedRequest } from '../../test/described-request.ts';
import { type GatewayKit, openGatewayKit, type RunningGateway, signUp } from '../../test/gateway-kit.ts';
import { operations } from '../api.ts';
import { type Scope, scopeSchema } from './scopes.domain.ts';

const allScopes = scopeSchema.options;
const without = (scope: Scope) => allScopes.filter((other) => other !== scope);

let kit: GatewayKit;
let gateway: RunningGateway;
let service: HttpFake;
/** By what they may do: each scope alone, all but each, and all. */
let keys: Map<string, string>;

beforeAll(async () => {
  service = await startHttpFake((_request, response) => void response.writeHead(204).end());
  kit = await openGatewayKit();
  const services = ['NOTIFICATION_URL', 'BILLING_URL', 'SUBSCRIPTION_URL', 'REPORTING_URL'];
  const urls = Object.fromEntries(services.map((name) => [name, service.url]));
  gateway = await kit.start({ config: urls });
  const { client } = await signUp(gateway);
  const sets = [allScopes, ...allScopes.map((scope) => [scope]), ...allScopes.map(without)];
  const made = sets.map(async (scopes) => {
    const { body } = await client.post('/api-keys', { body: { name: 'Shop', scopes } });
    return [scopes.join(), body.key as string] as const;
  });
  keys = new Map(await Promise.all(made));
});

afterAll(async () => {
  await gateway.stop();
  await service.close();
  await kit.close();
});

const closed = operations.filter(({ access }) => access !== 'anybody');

describe('an API key', () => {
  it.each(closed.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    'at %s: its scope lets it in, no other does',
    async (_name, { access, ...operation }) => {
      const { method, path, ...request } = describedRequest({ access, ...operation });
      const answerTo = async (scopes: readonly Scope[]) => {
        const headers = { authorization: `Bearer ${keys.get(scopes.join())}`, 'sec-fetch-site': undefined };
        return gateway.client({ described: false }).send(method, path, { ...request, headers });
      };
      const scope = access === 'anybody' ? undefined : access.scope;
      if (scope === undefined) {
        const refused = await answerTo(allScopes);
        expect(refused).toMatchObject({ status: 403, body: { code: 'SESSION_REQUIRED' } });
        return;
      }
      const refused = await answerTo(without(scope));
      expect(refused).toMatchObject({ status: 403, body: { code: 'SCOPE_REQUIRED', scopes: [scope] } });
      expect([401, 403]).not.toContain((await answerTo([scope])).status);
    },
  );

  it('opens something with every scope there is', () => {
    const used = closed.flatMap(({ access }) => (access === 'anybody' ? [] : [access.scope]));
    expect(allScopes.filter((scope) => !used.includes(scope))).toEqual([]);
  });
});

leakCheck();
