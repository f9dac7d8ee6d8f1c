import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, problemHandler } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import express from 'express';
import { refuseCrossSite } from './csrf.ts';

let server: Server;
let url: string;

beforeAll(async () => {
  const app = express()
    .set('trust proxy', 1)
    .use(refuseCrossSite({ cookieName: 'atlas.sid' }))
    .use((_req, res) => void res.end())
    .use(problemHandler(createLogger({ service: 'test', level: 'silent' })));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const sent = async (method: string, headers: Record<string, string>) => {
  const response = await fetch(url, { method, headers });
  return response.status === 200 ? 200 : ((await response.json()) as { code: string }).code;
};

const refused = 'CROSS_SITE_REQUEST';
const cookie = 'theme=dark; atlas.sid=s%3Aabc.def';
const key = 'Bearer atlas_key_secret';

describe.each(['POST', 'PUT', 'PATCH', 'DELETE', 'REPORT'])('%s with the session cookie', (method) => {
  it.each<[string, Record<string, string>, 200 | string]>([
    ['from this site', { 'sec-fetch-site': 'same-origin' }, 200],
    ['of the user’s own making', { 'sec-fetch-site': 'none' }, 200],
    ['from another site', { 'sec-fetch-site': 'cross-site' }, refused],
    ['from another origin of this site', { 'sec-fetch-site': 'same-site' }, refused],
    ['from a browser of the future', { 'sec-fetch-site': 'elsewhere' }, refused],
    ['from nowhere', {}, refused],
    ['with a foreign Origin', { origin: 'https://evil.example' }, refused],
    ['with an opaque Origin', { origin: 'null' }, refused],
    ['with an Origin that is none', { origin: 'evil' }, refused],
    ['with a foreign Origin and a key', { origin: 'https://evil.example', authorization: key }, refused],
    ['with a key, from nowhere', { authorization: key }, refused],
    ['with a forwarded host that is the Origin', { origin: 'https://a.example', 'x-forwarded-host': 'a.example' }, 200],
    ['that calls itself foreign, with our Origin', { 'sec-fetch-site': 'cross-site', origin: 'OURS' }, refused],
    ['with our Origin', { origin: 'OURS' }, 200],
  ])('%s', async (_name, { origin, ...headers }, expected) => {
    const ours = origin === 'OURS' ? url : origin;
    expect(await sent(method, { cookie, ...headers, ...(ours && { origin: ours }) })).toBe(expected);
  });
});

it.each([['atlas.sid=x'], ['a=b;atlas.sid=x'], ['a=b;  atlas.sid =x'], ['atlas.sid'], ['other; atlas.sid=; x=y']])(
  '"%s" has the cookie',
  async (header) => {
    expect(await sent('POST', { cookie: header })).toBe(refused);
  },
);

describe('without the session cookie', () => {
  it.each<[string, Record<string, string>, 200 | string]>([
    ['a program', {}, 200],
    ['a program with a key', { authorization: key }, 200],
    ['a program with another cookie', { cookie: 'not-atlas.sid=1; x=atlas.sid' }, 200],
    ['a page elsewhere with a key of its own', { authorization: key, 'sec-fetch-site': 'cross-site' }, 200],
    ['a page elsewhere that signs its visitor in', { 'sec-fetch-site': 'cross-site' }, refused],
    ['an old browser on a page elsewhere', { origin: 'https://evil.example' }, refused],
    ['a page of ours', { 'sec-fetch-site': 'same-origin' }, 200],
  ])('%s', async (_name, headers, expected) => {
    expect(await sent('POST', headers)).toBe(expected);
  });
});

it.each(['GET', 'HEAD', 'OPTIONS'])('%s reads, which every page may try', async (method) => {
  expect(await sent(method, { cookie, 'sec-fetch-site': 'cross-site' })).toBe(200);
});

leakCheck();
