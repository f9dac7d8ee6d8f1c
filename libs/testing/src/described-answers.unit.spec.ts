import { type Answer, createAnswerCheck } from './described-answers.ts';
import { UndescribedAnswerError } from './errors.ts';

const problem = (codes: string[]) => ({
  content: {
    'application/problem+json': {
      schema: {
        allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: { code: { enum: codes } } }],
      },
    },
  },
});

const order = {
  type: 'object',
  required: ['id', 'lines'],
  properties: {
    id: { type: 'string' },
    note: { type: ['string', 'null'] },
    lines: { type: 'array', items: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' } } } },
  },
};

const check = createAnswerCheck({
  paths: {
    '/orders/{id}': {
      get: {
        responses: {
          200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } } },
          404: problem(['ORDER_NOT_FOUND']),
        },
      },
      delete: { responses: { 204: {} } },
    },
    '/orders/recent': { get: { responses: { 204: {} } } },
  },
  components: {
    schemas: {
      Order: order,
      Problem: {
        type: 'object',
        required: ['code'],
        properties: { code: { type: 'string' } },
        additionalProperties: {},
      },
    },
  },
} as Parameters<typeof createAnswerCheck>[0]);

const json = 'application/json; charset=utf-8';
const problemJson = 'application/problem+json; charset=utf-8';
const found: Answer = {
  method: 'GET',
  path: '/orders/1?a=b',
  status: 200,
  contentType: json,
  body: { id: '1', lines: [{ sku: 'A' }] },
};
const empty = { status: 204, contentType: null, body: '' };

describe('an answer is as described', () => {
  it.each<[string, Partial<Answer>]>([
    ['with every field', { body: { id: '1', note: null, lines: [] } }],
    ['without an optional field', {}],
    [
      'when it is a problem with a code of its own',
      { status: 404, contentType: problemJson, body: { code: 'ORDER_NOT_FOUND', x: 1 } },
    ],
    ['when it has no body and should have none', { method: 'DELETE', ...empty }],
    ['of the operation with the fewest parameters', { path: '/orders/recent', ...empty }],
    [
      'when nobody described the path and it was refused',
      { path: '/x', status: 404, contentType: problemJson, body: { code: 'NOT_FOUND' } },
    ],
    ['when it belongs to a HEAD', { method: 'HEAD', status: 500, body: '' }],
  ])('%s', (_name, answer) => {
    check({ ...found, ...answer });
  });
});

describe('an answer is not as described', () => {
  it.each<[string, Partial<Answer>, RegExp]>([
    ['without a field', { body: { lines: [] } }, /must have required property 'id'/],
    ['with a field of another type', { body: { id: 1, lines: [] } }, /body\/id must be string/],
    ['with a field that nobody described', { body: { id: '1', lines: [], extra: 1 } }, /"additionalProperty":"extra"/],
    ['with one deeper down', { body: { id: '1', lines: [{ sku: 'A', extra: 1 }] } }, /"additionalProperty":"extra"/],
    ['with another status', { status: 201 }, /the status is not one of 200, 404/],
    [
      'with a failure of ours',
      { status: 500, contentType: problemJson, body: { code: 'INTERNAL_ERROR' } },
      /the status is not one of/,
    ],
    [
      'with a problem code of another operation',
      { status: 404, contentType: problemJson, body: { code: 'OTHER' } },
      /ORDER_NOT_FOUND/,
    ],
    ['with another type', { contentType: 'text/html', body: '<p>' }, /its type "text\/html" is not described/],
    ['with a body where there is none', { method: 'DELETE', status: 204, body: 'x' }, /has no body/],
    ['without an operation, but not refused', { path: '/x' }, /no operation of the description matches/],
    [
      'without an operation, refused without a problem',
      { path: '/x', status: 404, contentType: 'text/html', body: 'no' },
      /must be object/,
    ],
  ])('%s', (_name, answer, reason) => {
    const checked = () => check({ ...found, ...answer });
    expect(checked).toThrow(UndescribedAnswerError);
    expect(checked).toThrow(reason);
  });
});
