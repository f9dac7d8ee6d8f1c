import express, { Router } from 'express';
import { createIdentityIssuer } from '../identity/issuer.ts';
import { requireRole } from '../identity/require-role.ts';
import { createIdentityVerifier, localKeys } from '../identity/verifier.ts';
import { createLogger } from '../observability/logger.ts';
import { createMetrics } from '../observability/metrics.ts';
import { createHealth } from './health.ts';
import { createHttpApp } from './http-app.ts';
import { createHttpServer } from './http-server.ts';
import { generateKeyPairSync } from 'node:crypto';

const clock = () => new Date();
const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
const issuer = createIdentityIssuer({ keys: [{ ...jwk, kid: 'test' }], clock });

const signed = Router().post('/webhooks/provider', express.raw({ type: () => true, limit: '1kb' }), (req, res) => {
  res.json({ raw: (req.body as Buffer).toString() });
});
const inner = Router()
  .post('/things', (req, res) => void res.json({ parsed: req.body as unknown }))
  .get('/owned', requireRole('owner', 'Only owners.'), (_req, res) => void res.json({}));
const server = createHttpServer({
  port: 0,
  app: createHttpApp({
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics({ service: 'test', processMetrics: false }),
    health: createHealth({ checks: {} }),
    verifyIdentity: createIdentityVerifier({ keySource: localKeys(issuer.jwks()), audience: 'thing', clock }),
    newId: () => 'id',
    openRouters: [signed],
    routers: [inner],
  }),
});
let base: string;

beforeAll(async () => {
  base = (await server.start()).url;
});
afterAll(() => server.stop({ deadlineMs: 1_000 }));

async function ask(method: string, path: string, options: { role?: string; body?: string } = {}) {
  const { role, body } = options;
  const token = role && (await issuer.issue({ tenantId: 't', userId: 'u', roles: [role], audience: 'thing' }));
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const response = await fetch(`${base}${path}`, { method, headers, body });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, cache: response.headers.get('cache-control'), body: answer };
}

it('asks for an identity before it reads a body', async () => {
  expect((await ask('POST', '/things', { body: '{broken' })).status).toBe(401);
  expect((await ask('POST', '/things', { body: '{broken', role: 'member' })).status).toBe(400);
});

it('hands a parsed body to a router, and no cache keeps the answer', async () => {
  const answer = await ask('POST', '/things', { body: '{"a":1}', role: 'member' });
  expect(answer).toEqual({ status: 200, cache: 'no-store', body: { parsed: { a: 1 } } });
});

it('hands an open router the bytes as they came, without an identity', async () => {
  const answer = await ask('POST', '/webhooks/provider', { body: '{"a": 1 }' });
  expect(answer).toMatchObject({ status: 200, body: { raw: '{"a": 1 }' } });
});

it('answers an open router that refuses as everything else is answered', async () => {
  const answer = await ask('POST', '/webhooks/provider', { body: 'x'.repeat(2_000) });
  expect(answer).toMatchObject({ status: 413, body: { status: 413 } });
});

it('lets only the role through that a route requires', async () => {
  expect((await ask('GET', '/owned', { role: 'owner' })).status).toBe(200);
  expect(await ask('GET', '/owned', { role: 'member' })).toMatchObject({
    status: 403,
    body: { code: 'OWNER_REQUIRED', detail: 'Only owners.' },
  });
});

it('knows no other path', async () => {
  expect(await ask('GET', '/nothing', { role: 'owner' })).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
});
