import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK, type JWTVerifyGetKey } from 'jose';
import { ConfigError } from '../errors.ts';
import { createHttpServer, type HttpServer } from '../http/http-server.ts';
import { problemHandler } from '../http/problem.ts';
import { runWithContext } from '../observability/context.ts';
import { createLogger } from '../observability/logger.ts';
import { createIdentityIssuer } from './issuer.ts';
import { remoteKeys } from './remote-keys.ts';
import { identityOf, requireIdentity } from './require-identity.ts';
import { createIdentityVerifier, localKeys } from './verifier.ts';

const lines: Record<string, unknown>[] = [];
const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
const logger = createLogger({ service: 'test', destination });
const start = new Date('2026-11-22T08:00:00.000Z');
const subject = { tenantId: 't-1', userId: 'u-1', roles: ['owner'], audience: 'notification' };

let first: JWK;
let second: JWK;
let closers: (() => Promise<unknown>)[] = [];

async function newKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { ...(await exportJWK(privateKey)), kid };
}

beforeAll(async () => {
  first = await newKey('key-1');
  second = await newKey('key-2');
});
afterEach(async () => {
  await Promise.all(closers.map((close) => close()));
  closers = [];
});

const issuerAt = (date: Date, ...keys: JWK[]) => createIdentityIssuer({ keys, clock: () => date });
const after = (seconds: number) => new Date(start.getTime() + seconds * 1000);

/** A service that lets requests through as of `now` and answers who they are for. */
async function service(options: { keys?: JWTVerifyGetKey; now?: Date } = {}) {
  const { keys = localKeys(issuerAt(start, first).jwks()), now = start } = options;
  const verify = createIdentityVerifier({ keySource: keys, audience: 'notification', clock: () => now });
  const app = express()
    .use((_req, _res, next) => runWithContext({ correlationId: 'c', causationId: 'r', traceparent: '' }, next))
    .get('/open', (req, res) => void res.json(identityOf(req)))
    .use(requireIdentity(verify))
    .get('/feed', (req, res) => {
      logger.info('asked');
      res.json(identityOf(req));
    })
    .use(problemHandler(logger));
  const server: HttpServer = createHttpServer({ app, port: 0 });
  closers.push(() => server.stop({ deadlineMs: 1_000 }));
  const { url } = await server.start();
  return async (headers: Record<string, string>, path = '/feed') => {
    const response = await fetch(`${url}${path}`, { headers });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('identity tokens', () => {
  it('say who the request is for, to the handler and in the log', async () => {
    const ask = await service();
    const { status, body } = await ask(bearer(await issuerAt(start, first).issue(subject)));
    expect(status).toBe(200);
    expect(body).toEqual({ tenantId: 't-1', userId: 'u-1', roles: ['owner'] });
    expect(lines.find(({ msg }) => msg === 'asked')).toMatchObject({ tenant_id: 't-1' });
  });

  it('say where the user gets mail, when the issuer knows', async () => {
    const ask = await service();
    const { body } = await ask(bearer(await issuerAt(start, first).issue({ ...subject, email: 'ada@example.com' })));
    expect(body).toEqual({ tenantId: 't-1', userId: 'u-1', roles: ['owner'], email: 'ada@example.com' });
  });

  it.each<[string, Record<string, string>]>([
    ['no token', {}],
    ['an empty one', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic dTpw' }],
    ['plain headers', { 'x-tenant-id': 't-1', 'x-user-id': 'u-1' }],
  ])('are required: %s is 401', async (_name, headers) => {
    const ask = await service();
    const { status, headers: answered, body } = await ask(headers);
    expect([status, body.code]).toEqual([401, 'IDENTITY_REQUIRED']);
    expect(answered.get('www-authenticate')).toBe('Bearer');
  });

  it('live for 60 seconds, and 5 more for clocks that differ', async () => {
    const token = await issuerAt(start, first).issue(subject);
    expect((await (await service({ now: after(64) }))(bearer(token))).status).toBe(200);
    expect((await (await service({ now: after(66) }))(bearer(token))).status).toBe(401);
    expect((await (await service({ now: after(-4) }))(bearer(token))).status).toBe(200);
  });

  const forgeries: [string, () => Promise<string>][] = [
    ['for another service', () => issuerAt(start, first).issue({ ...subject, audience: 'billing' })],
    ['signed by a key that nobody published', async () => issuerAt(start, await newKey('key-1')).issue(subject)],
    ['with an unknown key id', async () => issuerAt(start, await newKey('key-9')).issue(subject)],
    [
      'of another issuer',
      () => createIdentityIssuer({ keys: [first], issuer: 'evil', clock: () => start }).issue(subject),
    ],
    ['with another payload', async () => altered(await issuerAt(start, first).issue(subject), { tenant_id: 't-2' })],
    ['without signature (alg none)', async () => unsigned(await issuerAt(start, first).issue(subject))],
    ['signed with the public key as HMAC secret', hmacWithPublicKey],
    ['without a tenant', () => signed({ roles: [] })],
    ['with an address that is no text', () => signed({ tenant_id: 't-1', roles: [], email: 7 })],
    ['with roles that are no list', () => signed({ tenant_id: 't-1', roles: 'operator' })],
    ['that is no token', async () => 'abc.def.ghi'],
  ];

  it.each(forgeries)('are refused with 401: %s', async (_name, forge) => {
    const ask = await service();
    const { status, body } = await ask(bearer(await forge()));
    expect([status, body.code]).toEqual([401, 'IDENTITY_INVALID']);
    expect(JSON.stringify(body)).not.toContain('signature');
  });

  it('are refused with another algorithm, whatever key the key source has for it', async () => {
    const ask = await service({ keys: async () => Buffer.from(String(first.x), 'base64url') });
    expect((await ask(bearer(await hmacWithPublicKey()))).status).toBe(401);
  });

  it('can only be asked for behind requireIdentity', async () => {
    const ask = await service();
    expect((await ask(bearer(await issuerAt(start, first).issue(subject)), '/open')).status).toBe(500);
  });
});

describe('a token that was made or checked already', () => {
  it('is used again for half of its life, by whoever it says the same of', async () => {
    let now = start;
    const issuer = createIdentityIssuer({ keys: [first], clock: () => now });
    const token = await issuer.issue(subject);
    now = after(29);
    expect(await issuer.issue({ ...subject })).toBe(token);
    for (const other of [
      { ...subject, roles: ['member'] },
      { ...subject, tenantId: 't-2' },
      { ...subject, userId: 'u-2' },
      { ...subject, audience: 'billing' },
      { ...subject, email: 'ada@example.com' },
    ])
      expect(await issuer.issue(other)).not.toBe(token);
    now = after(30);
    expect(await issuer.issue(subject)).not.toBe(token);
  });

  it('is not checked twice, and not believed after its end', async () => {
    let now = start;
    let asked = 0;
    const keys = localKeys(issuerAt(start, first).jwks());
    const keySource: JWTVerifyGetKey = (...args) => {
      asked += 1;
      return keys(...args);
    };
    const verify = createIdentityVerifier({ keySource, audience: 'notification', clock: () => now });
    const token = await issuerAt(start, first).issue(subject);
    await verify(token);
    now = after(59);
    expect(await verify(token)).toEqual({ tenantId: 't-1', userId: 'u-1', roles: ['owner'] });
    expect(asked).toBe(1);
    now = after(64);
    await verify(token);
    expect(asked).toBe(2);
    now = after(66);
    await expect(verify(token)).rejects.toThrow('not valid');
    await expect(verify(altered(token, { tenant_id: 't-2' }))).rejects.toThrow('not valid');
  });
});

describe('the key set', () => {
  it('holds public halves only', () => {
    const { keys } = issuerAt(start, first, second).jwks();
    expect(keys.map(({ kid }) => kid)).toEqual(['key-1', 'key-2']);
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });

  it('lets keys rotate: the new one is published before it signs', async () => {
    const published = localKeys(issuerAt(start, first, second).jwks());
    const ask = await service({ keys: published });
    expect((await ask(bearer(await issuerAt(start, second, first).issue(subject)))).status).toBe(200);
  });

  it('is fetched from the gateway, once for many requests', async () => {
    const gateway = await jwksServer();
    const ask = await service({ keys: remoteKeys(gateway.url) });
    const token = await issuerAt(start, first).issue(subject);
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(bearer(token))));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(gateway.asked()).toBe(1);
  });

  it.each([
    ['does not answer', 'http://127.0.0.1:1/jwks', undefined],
    ['answers an error', undefined, 503],
  ])('that %s means 503, because nothing is known about the token', async (_name, url, status) => {
    const ask = await service({ keys: remoteKeys(url ?? (await jwksServer(status)).url) });
    const answer = await ask(bearer(await issuerAt(start, first).issue(subject)));
    expect([answer.status, answer.body.code]).toEqual([503, 'DEPENDENCY_UNAVAILABLE']);
  });

  it('answers again when the gateway is back', async () => {
    const gateway = await jwksServer(503);
    const ask = await service({ keys: remoteKeys(gateway.url) });
    const token = await issuerAt(start, first).issue(subject);
    expect((await ask(bearer(token))).status).toBe(503);
    gateway.answerWith(200);
    expect((await ask(bearer(token))).status).toBe(200);
  });
});

describe('createIdentityIssuer', () => {
  it('refuses keys that cannot sign identity tokens', () => {
    const withoutKid: JWK = { ...first };
    delete withoutKid.kid;
    const publicOnly: JWK = { ...first };
    delete publicOnly.d;
    for (const key of [withoutKid, publicOnly, { kty: 'oct', k: 'c2VjcmV0', kid: 'x' }, { ...first, d: 'short' }]) {
      expect(() => issuerAt(start, key)).toThrow(ConfigError);
    }
    expect(() => issuerAt(start)).toThrow(ConfigError);
  });
});

async function jwksServer(initialStatus = 200) {
  let status = initialStatus;
  let asked = 0;
  const server = createServer((_req, res) => {
    asked += 1;
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(JSON.stringify(issuerAt(start, first).jwks()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    asked: () => asked,
    answerWith: (next: number) => void (status = next),
  };
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function altered(token: string, claims: object): string {
  const [header, payload = '', signature] = token.split('.');
  const changed = { ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), ...claims };
  return [header, encode(changed), signature].join('.');
}

function unsigned(token: string): string {
  return [encode({ alg: 'none', kid: 'key-1' }), token.split('.')[1], ''].join('.');
}

function claims(token: SignJWT): SignJWT {
  const now = start.getTime() / 1000;
  return token
    .setIssuer('atlas-gateway')
    .setAudience('notification')
    .setSubject('u-1')
    .setIssuedAt(now)
    .setExpirationTime(now + 60);
}

function hmacWithPublicKey(): Promise<string> {
  const token = claims(new SignJWT({ tenant_id: 't-1', roles: [] }));
  return token.setProtectedHeader({ alg: 'HS256', kid: 'key-1' }).sign(Buffer.from(String(first.x), 'base64url'));
}

async function signed(payload: Record<string, unknown>): Promise<string> {
  const token = claims(new SignJWT(payload)).setProtectedHeader({ alg: 'EdDSA', kid: 'key-1' });
  return token.sign(await importJWK(first, 'EdDSA'));
}
