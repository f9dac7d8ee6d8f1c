import { z } from 'zod';
import { operation } from './openapi/operation.ts';

const check = z.union([
  z.object({ status: z.literal('ok') }),
  z.object({ status: z.literal('failed'), code: z.string() }),
]);

const readiness = z.object({
  status: z.enum(['ok', 'draining', 'unavailable']),
  checks: z.record(z.string(), check),
});

const jwks = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      kid: z.string(),
      x: z.string(),
      alg: z.string(),
      use: z.string(),
    }),
  ),
});

const tag = 'Operations';
const access = 'anybody';

/** What load balancers, Prometheus and the services ask of the gateway. */
export const operationsOperations = [
  operation({
    id: 'getLiveness',
    method: 'get',
    path: '/health/live',
    tag,
    summary: 'Ask whether the process runs',
    access,
    responses: { 200: { description: 'It runs.', body: z.object({ status: z.literal('ok') }) } },
  }),
  operation({
    id: 'getReadiness',
    method: 'get',
    path: '/health/ready',
    tag,
    summary: 'Ask whether every dependency answers',
    access,
    responses: {
      200: { description: 'Ready.', body: readiness },
      503: { description: 'Not ready: send nothing here.', body: readiness },
    },
  }),
  operation({
    id: 'getMetrics',
    method: 'get',
    path: '/metrics',
    tag,
    summary: 'Read the metrics',
    access,
    responses: { 200: { description: 'Prometheus text.', contentType: 'text/plain', body: z.string() } },
  }),
  operation({
    id: 'getIdentityKeys',
    method: 'get',
    path: '/.well-known/jwks.json',
    tag,
    summary: 'Read the public keys of the identity tokens',
    access,
    responses: { 200: { description: 'A JSON Web Key Set.', body: jwks } },
  }),
];
