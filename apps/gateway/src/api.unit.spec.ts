import { operations } from './api.ts';

const withBody = operations.flatMap(({ id, body }) => (body ? [[id, body] as const] : []));

describe('the description of an operation with a body', () => {
  it.each(withBody)('%s has an example, which the route would accept', (_id, body) => {
    const example = body.meta()?.['example'];
    expect(example).toBeDefined();
    expect(body.safeParse(example)).toMatchObject({ success: true });
  });
});
