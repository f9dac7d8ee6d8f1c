import { createAnswerComparison } from './compare-answers.ts';
import { redacted, redactedPath } from './redact.ts';

const ok = (body: unknown) => ({ status: 200, body });
const compare = (rules: Partial<Parameters<typeof createAnswerComparison>[0]> = {}) =>
  createAnswerComparison({ ignore: [], show: [], ...rules });

describe('two answers', () => {
  it('that are equal have no differences, whatever the order of their members', () => {
    expect(compare().differences(ok({ a: 1, b: [1, { c: null }] }), ok({ b: [1, { c: null }], a: 1 }))).toEqual([]);
  });

  it('that differ do so at paths of RFC 9535, with both values', () => {
    const found = compare().differences(
      ok({ items: [{ total: 1, "it's": 2 }], gone: true }),
      ok({ items: [{ total: 2, "it's": 3 }, 'more'] }),
    );
    expect(found).toEqual(
      expect.arrayContaining([
        { path: "$['gone']", control: true, candidate: undefined },
        { path: "$['items'][0]['total']", control: 1, candidate: 2 },
        { path: "$['items'][0]['it\\'s']", control: 2, candidate: 3 },
        { path: "$['items'][1]", control: undefined, candidate: 'more' },
      ]),
    );
    expect(found).toHaveLength(4);
  });

  it.each([
    ['a number and its text', { a: 1 }, { a: '1' }],
    ['null and nothing', { a: null }, {}],
    ['a list and an object', { a: [] }, { a: {} }],
    ['whole answers', [1], { a: 1 }],
    ['an answer and none', { a: 1 }, null],
  ])('are different when they are %s', (_name, control, candidate) => {
    expect(compare().differences(ok(control), ok(candidate))).not.toEqual([]);
  });

  it('are compared as they are sent: a date is text, an undefined member is none', () => {
    const control = ok({ at: new Date(0), gone: undefined });
    expect(compare().differences(control, ok({ at: '1970-01-01T00:00:00.000Z' }))).toEqual([]);
  });

  it('differ when their status does, and then in nothing else', () => {
    const found = compare().differences({ status: 200, body: { a: 1 } }, { status: 404, body: { code: 'X' } });
    expect(found).toEqual([{ path: 'status', control: 200, candidate: 404 }]);
  });

  it('that refuse alike are equal: problems carry ids of their requests', () => {
    const refusal = (request_id: string) => ({ status: 400, body: { request_id } });
    expect(compare().differences(refusal('a'), refusal('b'))).toEqual([]);
  });
});

describe('what is ignored', () => {
  const items = (...ids: string[]) => ok({ items: ids.map((id) => ({ id, type: 'order' })) });

  it('is taken out of both', () => {
    expect(compare({ ignore: ['$.items[*].id'] }).differences(items('a', 'b'), items('c', 'd'))).toEqual([]);
  });

  it('may depend on another member', () => {
    const body = (user: string, order: string) =>
      ok([
        { type: 'user', id: user },
        { type: 'order', id: order },
      ]);
    const rules = compare({ ignore: ["$[?@.type == 'user'].id"] });
    expect(rules.differences(body('1', '2'), body('9', '2'))).toEqual([]);
    expect(rules.differences(body('1', '2'), body('1', '9'))).toEqual([
      { path: "$[1]['id']", control: '2', candidate: '9' },
    ]);
  });

  it('leaves the places of a list as they are', () => {
    const rules = compare({ ignore: ['$[0]'] });
    expect(rules.differences(ok([1, 2, 3]), ok([9, 2, 4]))).toEqual([{ path: '$[2]', control: 3, candidate: 4 }]);
  });

  it('is not ignored where the list has another length', () => {
    expect(compare({ ignore: ['$.items[*].id'] }).differences(items('a', 'b'), items('a'))).not.toEqual([]);
  });

  it('may be the order of a list', () => {
    expect(compare({ unordered: { '$.items': 'id' } }).differences(items('a', 'b'), items('b', 'a'))).toEqual([]);
    expect(compare().differences(items('a', 'b'), items('b', 'a'))).not.toEqual([]);
  });

  it('is checked when the table of slices is read', () => {
    expect(() => compare({ ignore: ['$.items['] })).toThrow();
  });
});

describe('as of', () => {
  const rules = compare({ asOf: '$.as_of' });

  it('is an instant of the candidate', () => {
    expect(rules.asOf(ok({ as_of: '2026-11-22T08:00:00.000Z' }))).toEqual(new Date('2026-11-22T08:00:00.000Z'));
  });

  it.each([[{}], [{ as_of: 'yesterday-ish' }], [{ as_of: 5 }], [null], [[]]])('is unknown in %j', (body) => {
    expect(rules.asOf(ok(body))).toBeUndefined();
  });
});

describe('examples', () => {
  it('show only what the table says', () => {
    const rules = compare({ show: ['$.items[*].currency'] });
    const answer = ok({ items: [{ currency: 'EUR', customer: 'Ada' }] });
    expect(rules.mayShow("$['items'][0]['currency']", answer)).toBe(true);
    expect(rules.mayShow("$['items'][0]['customer']", answer)).toBe(false);
    expect(rules.mayShow('status', answer)).toBe(true);
  });

  it.each([
    ['Ada Lovelace', 'text of 12'],
    [12.5, 'number'],
    [true, 'boolean'],
    [null, 'null'],
    [undefined, 'nothing'],
    [[1, 2], 'list of 2'],
    [{ a: 1 }, 'object of 1'],
  ])('have %j as "%s"', (value, shown) => {
    expect(redacted(value)).toBe(shown);
  });

  it('have a path without the values of its query', () => {
    expect(redactedPath('/feed?limit=5&cursor=abc&limit=6')).toBe('/feed?limit=…&cursor=…');
    expect(redactedPath('/feed')).toBe('/feed');
  });
});
