import { gzipSync } from 'node:zlib';

/** One operation of an OpenAPI document, as far as bad requests are made of it. */
export interface DescribedOperation {
  readonly operationId: string;
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly 'x-roles'?: readonly string[];
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: JsonSchema }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: JsonSchema } | undefined> };
}

interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly example?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

export interface BadRequest {
  readonly name: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The statuses with which it may be refused. */
  readonly refusedWith: readonly number[];
  /** What the errors of the answer must name. */
  readonly names?: string;
}

const json = { 'content-type': 'application/json' };
const id = '0198c5a1-0000-7000-8000-000000000000';

/** Every operation of the document. */
export function operationsOf(document: {
  paths: Record<string, Record<string, Omit<DescribedOperation, 'method' | 'path'>>>;
}): DescribedOperation[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

/** The path of an operation with `value`, or with an example of theirs or some id, in the place of its parameters. */
export function pathOf({ path, parameters = [] }: DescribedOperation, value?: string): string {
  const example = (name: string) => parameters.find((parameter) => parameter.name === name)?.schema.example;
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => value ?? String(example(name) ?? id));
}

/** Bodies that must be refused, for an operation that has one. */
export function badBodies(operation: DescribedOperation, schemas: Record<string, JsonSchema>): BadRequest[] {
  const described = operation.requestBody?.content['application/json']?.schema;
  if (described === undefined) return [];
  const path = pathOf(operation);
  const properties = Object.entries(resolved(described, schemas).properties ?? {});
  const deep = '['.repeat(40_000) + ']'.repeat(40_000);
  const huge = JSON.stringify({ pad: 'x'.repeat(10 * 1024 * 1024) });
  const body = (name: string, text: string | Uint8Array, refusedWith: number[], headers = {}): BadRequest => ({
    ...{ name, path, body: text, refusedWith },
    headers: { ...json, ...headers },
  });
  return [
    { ...body('an unknown field', '{"not_a_field":1}', [400]), names: 'not_a_field' },
    { ...body('a field of a prototype', '{"__proto__":{"admin":true},"constructor":1}', [400]) },
    ...properties.map(([field, schema]) => ({
      ...body(`${field} of a wrong type`, JSON.stringify({ [field]: wrongValue(resolved(schema, schemas)) }), [400]),
      names: field,
    })),
    body('deep nesting', `{"a":${deep}}`, [400, 413]),
    body('deep nesting without an object', deep, [400, 413]),
    body('10 MB', huge, [413]),
    body('10 MB that were 10 KB', gzipSync(huge), [413, 415], { 'content-encoding': 'gzip' }),
    body('damaged gzip', 'no gzip', [400, 415], { 'content-encoding': 'gzip' }),
    body('an unknown encoding', '{}', [415], { 'content-encoding': 'klingon' }),
    body('an unknown charset', '{}', [415], { 'content-type': 'application/json; charset=klingon' }),
    ...['{"a":', 'null', '1', '"text"', '[]', '{"a":1}{', '\0', ''].map((text) =>
      body(`the body ${JSON.stringify(text)}`, text, [400, 415]),
    ),
    ...[
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      '*',
    ].map((type) => body(`the type ${type}`, 'a=b', [400, 415], { 'content-type': type })),
  ];
}

/** Paths and queries that must be refused, for an operation that has parameters. */
export function badParameters(operation: DescribedOperation): BadRequest[] {
  const has = (place: string) => operation.parameters?.some((parameter) => parameter.in === place) ?? false;
  const bad = (name: string, path: string, headers = {}): BadRequest => ({
    name,
    path,
    headers,
    refusedWith: [400, 404],
  });
  const sent = operation.requestBody === undefined ? {} : { headers: json, body: '{}' };
  const all = [
    ...(has('path')
      ? [
          bad('an id with a NUL', pathOf(operation, 'a%00b')),
          bad('an id with a bad escape', pathOf(operation, '%E0%A4%A')),
          bad('a long id', pathOf(operation, 'x'.repeat(4_000))),
          bad('an id that climbs', pathOf(operation, '..%2f..%2fetc%2fpasswd')),
          bad('an id that is a query', pathOf(operation, encodeURIComponent("' OR 1=1 --"))),
        ]
      : []),
    ...(has('query')
      ? [
          bad('an unknown parameter', `${pathOf(operation)}?not_a_parameter=1`),
          bad('a nested parameter', `${pathOf(operation)}?limit[$gt]=1`),
          bad('a parameter twice', `${pathOf(operation)}?limit=1&limit=2`),
          bad('a limit below', `${pathOf(operation)}?limit=-1`),
          bad('a limit above', `${pathOf(operation)}?limit=999999999999`),
          bad('a cursor that is none', `${pathOf(operation)}?cursor=%00%ff`),
        ]
      : []),
    ...(has('header') && operation.method === 'POST'
      ? [bad('a key with a space', pathOf(operation), { 'idempotency-key': 'a b' })]
      : []),
  ];
  return all.map((request) => ({ ...sent, ...request, headers: { ...sent.headers, ...request.headers } }));
}

/** Credentials that nobody gave out: a route for signed-in users refuses them, and no route is upset by them. */
export function badCredentials(operation: DescribedOperation): BadRequest[] {
  const sent = operation.requestBody === undefined ? {} : { body: '{}' };
  const withJson = operation.requestBody === undefined ? {} : json;
  const unsigned = [
    { alg: 'none', typ: 'JWT' },
    { sub: id, tenant_id: id, roles: ['operator'], aud: 'notification' },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const cookies = ['s%3Aabc.def', 'abc', '%E0%A4%A', '', `s%3A${'x'.repeat(4_000)}`, '"', 's%3A%00.%00'];
  const tokens = ['', 'x', `${unsigned}.`, 'atlas_', `atlas_${id}_forged`, 'atlas_%00_%00', 'x'.repeat(4_000)];
  return [
    ...cookies.map((cookie) => ({
      name: `the cookie ${cookie.slice(0, 20)}`,
      headers: { cookie: `atlas.sid=${cookie}` },
    })),
    ...tokens.map((token) => ({
      name: `the token ${token.slice(0, 20)}`,
      headers: { authorization: `Bearer ${token}` },
    })),
    { name: 'credentials of another kind', headers: { authorization: 'Basic b3BlcmF0b3I6b3BlcmF0b3I=' } },
  ].map(({ name, headers }) => ({
    ...{ ...sent, name, path: pathOf(operation), headers: { ...withJson, ...headers } },
    refusedWith: operation['x-roles'] === undefined ? [] : [401],
  }));
}

function resolved(schema: JsonSchema, schemas: Record<string, JsonSchema>): JsonSchema {
  return schema.$ref === undefined ? schema : (schemas[schema.$ref.split('/').at(-1)!] ?? {});
}

/** Something that the schema does not take. */
function wrongValue({ type }: JsonSchema): unknown {
  const takes = [type].flat();
  return takes.includes('object') || type === undefined ? [['wrong']] : { $ne: null };
}
