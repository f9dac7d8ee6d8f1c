import { z } from 'zod';
import { createOpenApiDocument } from './document.ts';
import { operation, type Operation } from './operation.ts';

const base: Operation = operation({
  id: 'changeThing',
  method: 'put',
  path: '/things/:thing_id/parts/:part',
  tag: 'Things',
  summary: 'Change a thing',
  access: { roles: ['owner'], scope: 'orders:write' },
  params: z.strictObject({ thing_id: z.uuid(), part: z.string() }),
  body: z.strictObject({ size: z.string().transform(Number) }),
  idempotencyKey: true,
  responses: { 200: { description: 'It.', body: z.object({ size: z.int() }).meta({ id: 'Thing' }) } },
  problems: { 404: ['THING_NOT_FOUND'], 409: ['THING_BUSY'] },
});

// The document is JSON to its readers, and is looked into as such.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function documentOf(...operations: Operation[]): any {
  return JSON.parse(JSON.stringify(createOpenApiDocument(operations)));
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
const codes = (response: any): string[] =>
  response.content['application/problem+json'].schema.allOf[1].properties.code.enum;

describe('an operation in the document', () => {
  const put = documentOf(base).paths['/things/{thing_id}/parts/{part}'].put;

  it('has its path in braces, and each parameter of it', () => {
    const inPath = put.parameters.filter((parameter: { in: string }) => parameter.in === 'path');
    expect(inPath).toMatchObject([
      { name: 'thing_id', required: true, schema: { type: 'string', format: 'uuid' } },
      { name: 'part', required: true },
    ]);
  });

  it('says who may call', () => {
    expect(put.security).toEqual([{ session: [] }, { apiKey: ['orders:write'] }]);
    expect(put['x-roles']).toEqual(['owner']);
    const open = documentOf({ ...base, access: 'anybody' }).paths['/things/{thing_id}/parts/{part}'].put;
    expect(open.security).toEqual([]);
  });

  it('has a body as it is sent, closed; and answers as they are given, open', () => {
    const { schema } = put.requestBody.content['application/json'];
    expect(schema).toMatchObject({ properties: { size: { type: 'string' } }, additionalProperties: false });
    expect(documentOf(base).components.schemas.Thing).not.toHaveProperty('additionalProperties');
  });

  it('has its own problems and those of every route of its kind', () => {
    expect(codes(put.responses[404])).toEqual(['THING_NOT_FOUND']);
    expect(codes(put.responses[409])).toEqual(['IDEMPOTENCY_KEY_IN_PROGRESS', 'THING_BUSY']);
    expect(codes(put.responses[403])).toEqual(['CROSS_SITE_REQUEST', 'ROLE_REQUIRED', 'SCOPE_REQUIRED']);
    expect(put.responses).not.toHaveProperty('500');
    expect(put.responses[429].headers).toHaveProperty('Retry-After');
  });

  it('that only reads is refused for nothing that a change is refused for', () => {
    const { idempotencyKey: _key, body: _body, ...rest } = base;
    const { responses } = documentOf({ ...rest, method: 'get' }).paths['/things/{thing_id}/parts/{part}'].get;
    expect(responses).not.toHaveProperty('413');
    expect(codes(responses[403])).not.toContain('CROSS_SITE_REQUEST');
  });

  it('may answer a status in two ways', () => {
    const ready = { description: 'Not ready.', body: z.object({ status: z.string() }) };
    const { responses } = documentOf({ ...base, responses: { 503: ready } }).paths['/things/{thing_id}/parts/{part}']
      .put;
    expect(Object.keys(responses[503].content)).toEqual(['application/json', 'application/problem+json']);
  });
});

describe('operations that cannot be told apart', () => {
  it.each<[string, Operation]>([
    ['by their id', { ...base, path: '/other' }],
    ['by method and path', { ...base, id: 'other' }],
  ])('%s are a defect', (_name, other) => {
    expect(() => createOpenApiDocument([base, other])).toThrow(/ twice/);
  });
});
