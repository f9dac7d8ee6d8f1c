import type { BatchGetItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isUnreachable } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import { createMarks } from './marks.ts';

/** Answers so many keys of a call at most; those with an even number are there. */
function store(answered: number) {
  const calls: number[] = [];
  const send = ({ input }: { readonly input: BatchGetItemCommandInput }) => {
    const keys = input.RequestItems!['marks']!.Keys!;
    calls.push(keys.length);
    const there = keys.slice(0, answered).filter(({ pk }) => Number(pk!.S!.slice(-1)) % 2 === 0);
    const left = keys.slice(answered);
    return Promise.resolve({
      Responses: { marks: there },
      ...(left.length > 0 && { UnprocessedKeys: { marks: { Keys: left, ConsistentRead: true } } }),
    });
  };
  const dynamo = { send } as unknown as DynamoDBDocumentClient;
  return { marks: createMarks({ dynamo, tableName: 'marks', pause: () => Promise.resolve() }), calls };
}

const asked = Array.from({ length: 130 }, (_, n) => ({
  ...{ event: { tenant_id: 't', id: `event-${n}` }, marks: ['a@1.1#1/2', 'a@1.1#2/2'] },
}));

it.each([
  ['all of a call', 100, [100, 100, 60]],
  ['half of it, and what it has left out when it is asked again', 50, [100, 50, 100, 50, 60, 10]],
])('are asked for by the hundred, from a store that answers %s', async (_what, answered, expected) => {
  const { marks, calls } = store(answered);
  const found = await marks.found(asked);
  expect(calls).toEqual(expected);
  expect(found.map((each) => [...each])).toEqual(asked.map((one, n) => (n % 2 === 0 ? one.marks : [])));
});

it('are not asked for where there are none, and a store that answers nothing is away', async () => {
  const { marks, calls } = store(0);
  expect(await marks.found([{ event: { tenant_id: 't', id: 'e' }, marks: [] }])).toEqual([new Set()]);
  expect(calls).toEqual([]);
  const error: unknown = await marks.found(asked).catch((thrown: unknown) => thrown);
  expect(isUnreachable(error)).toBe(true);
});

leakCheck();
