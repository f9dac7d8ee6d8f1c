import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAnswerCheck } from '@atlas/testing';
import { startSystem, type System } from '../src/index.ts';
import { limitsForBusyUsers } from './busy-users.ts';
import {
  badBodies,
  badCredentials,
  badParameters,
  type BadRequest,
  type DescribedOperation,
  operationsOf,
  pathOf,
} from './bad-requests.ts';

const password = 'correct horse battery staple';
const owner = { email: 'owner@bad-input.example', password };

/** Words that are in no answer to a user: they are ours, or a stack trace's. */
const inside = /node_modules|\.ts:\d|\n\s+at |ECONN|Redis|PostgreSQL|DynamoDB|syntax error|SELECT |INSERT /;

describe('bad input, made of the API description, to every route', () => {
  let system: System;
  let url: string;
  let document: Parameters<typeof operationsOf>[0] & { components: { schemas: Parameters<typeof badBodies>[1] } };
  let operations: DescribedOperation[];
  let asDescribed: ReturnType<typeof createAnswerCheck>;

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'atlas-bad-input-'));
    system = await startSystem({ dir, mode: 'test', temporary: true, env: limitsForBusyUsers });
    url = system.env['GATEWAY_URL']!;
    document = (await (await fetch(`${url}/openapi.json`)).json()) as typeof document;
    operations = operationsOf(document);
    asDescribed = createAnswerCheck(document);
    await post('/tenants', { tenant_name: 'Bad input', user_name: 'Ada', ...owner });
  }, 120_000);
  afterAll(() => system.stop(), 60_000);

  test('bodies: unknown fields, wrong types, deep nesting, 10 MB, wrong content types', async () => {
    expect(await complaints((operation) => badBodies(operation, document.components.schemas))).toEqual([]);
  }, 300_000);

  test('paths, queries and idempotency keys', async () => {
    expect(await complaints(badParameters)).toEqual([]);
  }, 300_000);

  test('bad cookies and forged tokens', async () => {
    expect(await complaints(badCredentials, { signedIn: false })).toEqual([]);
  }, 300_000);

  test('overlong headers, and methods that a path does not have', async () => {
    const wrong: string[] = [];
    for (const operation of operations) {
      const long = await fetch(url + pathOf(operation), {
        method: operation.method,
        headers: { 'x-long': 'x'.repeat(20_000) },
      });
      wrong.push(...(await problemsWith(long, `${operation.method} ${operation.path}`, [431])));
      const other = await fetch(url + pathOf(operation), { method: 'PROPFIND', headers: { 'sec-fetch-site': 'none' } });
      wrong.push(...(await problemsWith(other, `PROPFIND ${operation.path}`, [400, 401, 403, 404, 405])));
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  test('nothing of it was an error to any app, and they still work', async () => {
    expect((await post('/session', owner)).status).toBe(200);
    for (const app of system.apps) {
      expect([app, (await fetch(`${system.url(app)}/health/ready`)).status]).toEqual([app, 200]);
      const log = readFileSync(join(system.dir, 'logs', `${app}.log`), 'utf8');
      expect(log.split('\n').filter((line) => /"level":"?(50|60|error|fatal)"?/.test(line))).toEqual([]);
    }
  });

  /** What is wrong with the answers to all these requests; each operation's are sent with a session of its own. */
  async function complaints(
    requestsFor: (operation: DescribedOperation) => BadRequest[],
    { signedIn = true } = {},
  ): Promise<string[]> {
    const wrong: string[] = [];
    let sent = 0;
    for (const operation of operations) {
      const requests = requestsFor(operation);
      sent += requests.length;
      const cookie = signedIn && requests.length > 0 ? await sessionFor(operation) : undefined;
      for (const request of requests) wrong.push(...(await answerTo(operation, request, cookie)));
    }
    console.info(`${sent} bad requests to ${operations.length} operations`);
    expect(sent).toBeGreaterThan(operations.length);
    return wrong;
  }

  async function answerTo(operation: DescribedOperation, request: BadRequest, cookie?: string): Promise<string[]> {
    const { method } = operation;
    const answer = await fetch(url + request.path, {
      method,
      redirect: 'manual',
      headers: { 'sec-fetch-site': 'same-origin', ...(cookie && { cookie }), ...request.headers },
      ...(request.body !== undefined && { body: request.body as NonNullable<RequestInit['body']> }),
    });
    const what = `${method} ${operation.path}, ${request.name}`;
    const copy = answer.clone();
    const text = await copy.text();
    const wrong = await problemsWith(answer, what, request.refusedWith, request.names);
    const contentType = copy.headers.get('content-type');
    const body: unknown = /json/.test(contentType ?? '') ? JSON.parse(text) : text;
    try {
      asDescribed({ method, path: request.path, status: copy.status, contentType, body });
    } catch (error) {
      wrong.push(`${what}: ${(error as Error).message}`);
    }
    return wrong;
  }

  async function problemsWith(
    answer: Response,
    what: string,
    refusedWith: readonly number[],
    names = '',
  ): Promise<string[]> {
    const text = await answer.text();
    const say = (reason: string) => [`${what}: ${reason}. ${answer.status} ${text.slice(0, 300)}`];
    if (answer.status >= 500) return say('a failure of ours');
    if (inside.test(text) && answer.status >= 400) return say('tells about the inside');
    if (refusedWith.length > 0 && !refusedWith.includes(answer.status)) return say('not refused as it should be');
    if (answer.status >= 400 && !/^application\/problem\+json/.test(answer.headers.get('content-type') ?? '')) {
      return say('no problem details');
    }
    return text.includes(names) ? [] : say(`does not name ${names}`);
  }

  async function sessionFor(operation: DescribedOperation): Promise<string> {
    const byOperator = !operation['x-roles']?.includes('owner') && operation['x-roles'] !== undefined;
    const operator = { email: system.env['OPERATOR_EMAIL']!, password: system.env['OPERATOR_PASSWORD']! };
    const answer = await post('/session', byOperator ? operator : owner);
    expect(answer.status).toBe(200);
    return answer.headers.getSetCookie()[0]!.split(';')[0]!;
  }

  function post(path: string, body: object): Promise<Response> {
    const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
    return fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  }
});
