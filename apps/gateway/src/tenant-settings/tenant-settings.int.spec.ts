import { leakCheck } from '@atlas/testing';
import type { ApiClient } from '../../test/api-client.ts';
import { draft, type GatewayKit, openGatewayKit, type RunningGateway, signUp } from '../../test/gateway-kit.ts';

let kit: GatewayKit;
let replicas: RunningGateway[];

beforeAll(async () => {
  kit = await openGatewayKit();
  replicas = await Promise.all([kit.start(), kit.start()]);
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await kit.close();
});

const settings = (maxLines: number, currencies: string[] = []) => ({ orders: { currencies, max_lines: maxLines } });
const put = (client: ApiClient, body: unknown, etag?: string) =>
  client.send('PUT', '/tenant/settings', { body, ...(etag !== undefined && { headers: { 'if-match': etag } }) });

/** The same owner at every replica. */
async function givenOwner() {
  const { client } = await signUp(replicas[0]!);
  const clients = replicas.map((replica) => {
    const visitor = replica.client();
    visitor.cookie = client.cookie;
    return visitor;
  });
  return { client, clients };
}

describe('the settings of a tenant', () => {
  it('are the defaults until the owner sets something, which counts at once in every replica', async () => {
    const { clients } = await givenOwner();
    const [here, there] = clients as [ApiClient, ApiClient];
    const before = await there.get('/tenant/settings');
    expect(before.body).toEqual({ version: 0, ...settings(1_000) });
    expect(before.headers.get('etag')).toBe('"0"');

    const changed = await put(here, settings(1, ['EUR', 'GBP']), '"0"');
    expect(changed).toMatchObject({ status: 200, body: { version: 1, ...settings(1, ['EUR', 'GBP']) } });
    expect(changed.headers.get('etag')).toBe('"1"');
    expect((await there.get('/tenant/settings')).body).toEqual(changed.body);
  });

  it('decide which orders may be placed', async () => {
    const { client } = await givenOwner();
    const place = (lines: number, currency: string) =>
      client.post('/orders', { body: { currency, lines: Array(lines).fill(draft.lines[0]) } });
    expect((await place(2, 'USD')).status).toBe(201);
    await put(client, settings(1, ['EUR', 'GBP']), '"0"');
    expect(await place(1, 'USD')).toMatchObject({
      status: 409,
      body: { code: 'CURRENCY_NOT_ALLOWED', allowed: 'EUR, GBP' },
    });
    expect(await place(2, 'GBP')).toMatchObject({ status: 409, body: { code: 'TOO_MANY_LINES', max_lines: '1' } });
    expect((await place(1, 'GBP')).status).toBe(201);
  });

  it('are changed by one of those who have read the same version', async () => {
    const { clients } = await givenOwner();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => put(clients[index % 2]!, settings(index + 1), '"0"')),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    for (const lost of answers.filter((answer) => answer !== won[0])) {
      expect(lost).toMatchObject({ status: 412, body: { code: 'PRECONDITION_FAILED', version: 1 } });
    }
    expect((await clients[0]!.get('/tenant/settings')).body).toEqual(won[0]!.body);
  });

  it('of 200 interleaved requests, each sees one version as it was written and none that is older than it has seen', async () => {
    const { clients } = await givenOwner();
    /** What was written as which version; each writer's number is in two places, which a mixture would not have. */
    const written = new Map([[0, settings(1_000)]]);
    const currencyOf = (lines: number) => [['EUR', 'GBP', 'USD', 'CHF'][lines % 4]!];
    const write = async (client: ApiClient, lines: number): Promise<void> => {
      for (;;) {
        const { body } = await client.get('/tenant/settings');
        const wish = settings(lines, currencyOf(lines));
        const answer = await put(client, wish, `"${body.version}"`);
        if (answer.status === 200) return void written.set(answer.body.version, wish);
        expect(answer.status).toBe(412);
      }
    };
    const read = async (client: ApiClient): Promise<void> => {
      let last = 0;
      for (let times = 0; times < 4; times += 1) {
        const newest = Math.max(...written.keys());
        const { version, ...value } = (await client.get('/tenant/settings')).body;
        seen.push({ version, value });
        expect(version).toBeGreaterThanOrEqual(Math.max(last, newest));
        last = version;
      }
    };
    const seen: { version: number; value: unknown }[] = [];
    await Promise.all([
      ...Array.from({ length: 10 }, (_, index) => write(clients[index % 2]!, index + 1)),
      ...Array.from({ length: 45 }, (_, index) => read(clients[index % 2]!)),
    ]);
    expect(seen).toHaveLength(180);
    for (const { version, value } of seen) expect(value).toEqual(written.get(version));
    expect(Math.max(...written.keys())).toBe(10);
  });

  it.each<[string, unknown, string | undefined, number, string]>([
    ['without what it is based on', settings(1), undefined, 428, 'PRECONDITION_REQUIRED'],
    ['based on anything', settings(1), '*', 428, 'PRECONDITION_REQUIRED'],
    ['based on nonsense', settings(1), '0', 400, 'MALFORMED_IF_MATCH'],
    ['based on a version to come', settings(1), '"7"', 412, 'PRECONDITION_FAILED'],
    ['to no number of lines', settings(0), '"0"', 400, 'INVALID_BODY'],
    ['to a currency that is none', settings(1, ['EURO']), '"0"', 400, 'INVALID_BODY'],
    ['to one currency twice', settings(1, ['EUR', 'EUR']), '"0"', 400, 'INVALID_BODY'],
    ['with a field of its own', { ...settings(1), colour: 'red' }, '"0"', 400, 'INVALID_BODY'],
    ['to nothing', {}, '"0"', 400, 'INVALID_BODY'],
  ])('a change %s is refused', async (_what, body, etag, status, code) => {
    const { client } = await givenOwner();
    expect(await put(client, body, etag)).toMatchObject({ status, body: { code } });
    expect((await client.get('/tenant/settings')).body.version).toBe(0);
  });
});

leakCheck();
