import { z } from 'zod';
import { credentialsOf } from './credentials.ts';
import type { Credentials, DemoTenantName } from './credentials.ts';
import { createPatientClient, expectBody, expectStatus } from './patient-client.ts';
import type { ApiAnswer, PatientClient, PatientClientOptions } from './patient-client.ts';

/** A tenant of the demo with its owner signed in and its webhooks pointed at the sink. */
export interface DemoTenant {
  tenantId: string;
  endpointId: string;
  /** The receiver in the sink that gets its webhooks. */
  hook: string;
  credentials: Credentials;
  /** Whether this run signed it up. */
  isNew: boolean;
  /** Signed in as the owner. */
  client: PatientClient;
}

/** What of `stack.env` the demo reads. */
export interface SystemUrls {
  gatewayUrl: string;
  sinkUrl: string;
}

export interface DemoTenantDeps extends Omit<PatientClientOptions, 'baseUrl' | 'name'> {
  urls: SystemUrls;
  /** A secret of the running system. */
  systemSecret: string;
  sink: PatientClient;
  newId: () => string;
}

/**
 * Signs in the owner of the tenant, or signs it up at the first run, and makes sure that its webhook endpoint points at a
 * receiver that can check signatures, also after the sink has moved or forgotten everything.
 */
export async function openDemoTenant(tenant: DemoTenantName, deps: DemoTenantDeps): Promise<DemoTenant> {
  const client = createPatientClient({ ...deps, baseUrl: deps.urls.gatewayUrl, name: 'The gateway' });
  const credentials = credentialsOf(tenant, deps.systemSecret);
  const { tenantId, isNew } = await enter(client, tenant, credentials, deps.newId);
  const endpointId = await connectWebhooks(client, tenant, deps);
  return { tenantId, endpointId, hook: tenant.slug, credentials, isNew, client };
}

const account = z.object({ tenant: z.object({ tenant_id: z.string() }) });

async function enter(
  client: PatientClient,
  { name }: DemoTenantName,
  credentials: Credentials,
  newId: () => string,
): Promise<{ tenantId: string; isNew: boolean }> {
  const tenantIdOf = (answer: ApiAnswer, what: string, status: number) =>
    expectBody(answer, what, account, status).tenant.tenant_id;
  const signIn = () => client.send({ method: 'POST', path: '/session', body: JSON.stringify(credentials) });
  const signedIn = await signIn();
  if (signedIn.status !== 401) return { tenantId: tenantIdOf(signedIn, 'POST /session', 200), isNew: false };
  const body = JSON.stringify({ tenant_name: name, user_name: `${name} owner`, ...credentials });
  const signedUp = await client.send({ method: 'POST', path: '/tenants', body, idempotencyKey: newId() });
  if (signedUp.status !== 409) return { tenantId: tenantIdOf(signedUp, 'POST /tenants', 201), isNew: true };
  // Another demo was faster by a moment.
  return { tenantId: tenantIdOf(await signIn(), 'POST /session', 200), isNew: false };
}

const endpoint = z.object({ endpoint_id: z.string(), url: z.string(), status: z.string() });
const endpointWithSecret = endpoint.extend({ secret: z.string() });
const endpointList = z.object({ items: z.array(endpoint) });

async function connectWebhooks(client: PatientClient, { slug, name }: DemoTenantName, deps: DemoTenantDeps) {
  const { sink, urls, newId } = deps;
  const collection = '/webhooks/endpoints';
  const url = new URL(`/hooks/${slug}`, urls.sinkUrl).href;
  const listed = await client.send({ method: 'GET', path: collection });
  const { items } = expectBody(listed, `GET ${collection}`, endpointList, 200);
  const existing = items.find((candidate) => new URL(candidate.url).pathname === `/hooks/${slug}`);
  const post = async (path: string, body: unknown, ...statuses: number[]) => {
    const answer = await client.send({ method: 'POST', path, body: JSON.stringify(body), idempotencyKey: newId() });
    return expectBody(answer, `POST ${path}`, endpointWithSecret, ...statuses);
  };
  if (!existing) {
    const created = await post(collection, { url, events: ['order.completed'], description: `Demo: ${name}` }, 201);
    await registerSecret(sink, slug, created.secret);
    return created.endpoint_id;
  }
  const path = `${collection}/${existing.endpoint_id}`;
  if (existing.url !== url || existing.status !== 'active') {
    const changed = await client.send({ method: 'PATCH', path, body: JSON.stringify({ url, status: 'active' }) });
    expectBody(changed, `PATCH ${path}`, endpoint, 200);
  }
  // A secret is shown once only: a receiver that has lost it needs a new one.
  if (!(await checksSignatures(sink, slug))) {
    await registerSecret(sink, slug, (await post(`${path}/rotate-secret`, {}, 200, 201)).secret);
  }
  return existing.endpoint_id;
}

async function registerSecret(sink: PatientClient, hook: string, secret: string): Promise<void> {
  const path = `/hooks/${hook}`;
  const answer = await sink.send({ method: 'PUT', path, body: JSON.stringify({ secret }) });
  expectStatus(answer, `PUT ${path}`, 204);
}

const receiver = z.object({ checks_signatures: z.boolean() });

async function checksSignatures(sink: PatientClient, hook: string): Promise<boolean> {
  const path = `/api/hooks/${hook}?limit=1`;
  return expectBody(await sink.send({ method: 'GET', path }), `GET ${path}`, receiver, 200).checks_signatures;
}
