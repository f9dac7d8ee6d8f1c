import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverrideContext,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { type Problems, problemsOf } from './usual-problems.ts';
import type { Access, Operation, Reply } from './operation.ts';

/** An OpenAPI 3.1 document. */
export type OpenApiDocument = ReturnType<typeof createDocument>;

const problem = z
  .looseObject({
    type: z.string().meta({ description: 'A reference that names the kind of problem.' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable; what a program decides by.' }),
    detail: z.string().meta({ description: 'What went wrong and what to do, for a person.' }),
    request_id: z.string().optional().meta({ description: 'Names this request in our logs.' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'What is wrong with the input, field by field; at most 50.' }),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457).' });

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .optional()
  // Without an example: the reader page would send that one key with every request.
  .meta({
    description:
      'For example a UUID. The same request again, within 24 hours, gets the stored answer and does nothing.',
  });

const introduction = `JSON in snake_case. Errors are problem details (RFC 9457) with a stable \`code\`. Unknown fields of a
request are refused; clients ignore unknown fields of an answer. Lists take \`limit\` and \`cursor\` and answer \`items\` and
\`next_cursor\`. \`RateLimit\` and \`RateLimit-Policy\` (draft-ietf-httpapi-ratelimit-headers) say how many requests are left
to whoever sends them.`;

/** The OpenAPI 3.1 document of these operations. Throws for two with the same id, or with the same method and path. */
export function createOpenApiDocument(operations: readonly Operation[]): OpenApiDocument {
  assertDistinct(operations.map(({ id }) => id));
  assertDistinct(operations.map(({ method, path }) => `${method} ${path}`));
  const description: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: { title: 'Atlas', version: '1', description: introduction.replaceAll('\n', ' ') },
    servers: [{ url: '/' }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths: pathsOf(operations),
    components: {
      schemas: { Problem: problem },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'atlas.sid',
          description: 'Set by signing up and signing in; `__Host-atlas.sid` in production.',
        },
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, `atlas_<id>_<secret>`.' },
      },
    },
  };
  return createDocument(description, { override: openAnswers });
}

// Fields are added to answers over time: clients ignore what they do not know, so an answer is not closed by its schema.
function openAnswers({ io, zodSchema, jsonSchema }: ZodOpenApiOverrideContext): void {
  const { def } = zodSchema._zod;
  if (io === 'output' && def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
}

function assertDistinct(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`The API description has "${twice}" twice.`);
}

function pathsOf(operations: readonly Operation[]): ZodOpenApiPathsObject {
  const byPath = Map.groupBy(operations, ({ path }) => templateOf(path));
  return Object.fromEntries(
    [...byPath].map(([path, those]) => [
      path,
      Object.fromEntries(those.map((operation) => [operation.method, describe(operation)])),
    ]),
  );
}

/** Express writes `/orders/:order_id`, OpenAPI `/orders/{order_id}`. */
function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

function describe(operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, description, access, params, query, headers, body, bodyOptional } = operation;
  const header = operation.idempotencyKey
    ? (headers ?? z.object({})).extend({ 'Idempotency-Key': idempotencyKey })
    : headers;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description && { description }),
    security: securityOf(access),
    ...(access !== 'anybody' && { 'x-roles': access.roles }),
    requestParams: { ...(params && { path: params }), ...(query && { query }), ...(header && { header }) },
    ...(body && { requestBody: { required: !bodyOptional, content: { 'application/json': { schema: body } } } }),
    responses: responsesOf(operation.responses, problemsOf(operation)),
  };
}

function securityOf(access: Access): Record<string, string[]>[] {
  if (access === 'anybody') return [];
  return [{ session: [] }, ...(access.scope ? [{ apiKey: [access.scope] }] : [])];
}

function responsesOf(replies: Readonly<Record<number, Reply>>, problems: Problems) {
  const statuses = [
    ...new Set([...Object.keys(replies), ...Object.keys(problems)]),
  ] as `${1 | 2 | 3 | 4 | 5}${string}`[];
  return Object.fromEntries(
    statuses.map((status) => [status, response(Number(status), replies[Number(status)], problems[Number(status)])]),
  );
}

function response(
  status: number,
  reply: Reply | undefined,
  codes: readonly string[] | undefined,
): ZodOpenApiResponseObject {
  const named = codes?.map((code) => `\`${code}\``).join(', ');
  const headers = {
    ...reply?.headers,
    ...(codes && (status === 429 || status === 503) && retryAfter),
    ...(codes && status === 429 && rateLimit),
  };
  const content = {
    ...(reply?.body && { [reply.contentType ?? 'application/json']: { schema: reply.body } }),
    ...Object.fromEntries(Object.entries(reply?.alsoAs ?? {}).map(([type, schema]) => [type, { schema }])),
    ...(codes && { 'application/problem+json': { schema: problemWith(codes) } }),
  };
  return {
    description: [reply?.description, named].filter(Boolean).join(' Or: '),
    ...(Object.keys(headers).length > 0 && { headers: headersOf(headers) }),
    ...(Object.keys(content).length > 0 && { content }),
  };
}

const retryAfter = { 'Retry-After': 'Seconds to wait before the next try.' };
const rateLimit = {
  RateLimit: 'The limit that was exceeded, and in how many seconds its window ends: `"user";r=0;t=42`.',
  'RateLimit-Policy': 'How many requests in how many seconds it is: `"user";q=1200;w=60`.',
};

function headersOf(described: Readonly<Record<string, string>>) {
  const entries = Object.entries(described);
  return Object.fromEntries(
    entries.map(([name, description]) => [name, { description, schema: { type: 'string' as const } }]),
  );
}

function problemWith(codes: readonly string[]) {
  return {
    allOf: [
      { $ref: '#/components/schemas/Problem' },
      { type: 'object' as const, properties: { code: { enum: [...codes] } } },
    ],
  };
}
