import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import { encodeRow } from '../rows/row-key.ts';
import { groupsOf } from './groups.ts';

type Stored = readonly [sk: string, attribute: string, amount: number];

const bytes = (a: readonly [string, ...unknown[]], b: readonly [string, ...unknown[]]) =>
  Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0]));

/** A shard as DynamoDB gives it: by the bytes of its keys, each once. */
async function* shardOf(stored: readonly Stored[]) {
  for (const [sk, attribute, amount] of [...new Map(stored.map((one) => [one[0], one])).values()].sort(bytes)) {
    await Promise.resolve();
    yield { pk: { S: 'p' }, sk: { S: sk }, [attribute]: { N: String(amount) } };
  }
}

async function all<T>(made: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of made) found.push(one);
  return found;
}

/** Text whose order in bytes is another one than in UTF-16, and what comes before and after `#`. */
const part = fc.constantFrom('a', 'a!', 'a#', 'a$', 'ab', '', '\u{10000}', '\uffff');

it('gives each row once, with what every shard has of it, in the order of keys', async () => {
  const stored = fc.array(
    fc.tuple(fc.tuple(part, part).map(encodeRow), fc.constant('gross'), fc.nat(99)).map((one): Stored => one),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(stored, { maxLength: 4 }), async (shards) => {
      const groups = await all(groupsOf(shards.map(shardOf), {}));
      const found = groups.map((group) => {
        expect(new Set(group.map((one) => one.group)).size).toBe(1);
        return [group[0]!.group, group.flatMap(({ adds }) => adds.map(({ amount }) => Number(amount))).sort()] as const;
      });
      const expected = new Map<string, number[]>();
      for (const shard of shards) {
        for (const [sk, , amount] of new Map(shard.map((one) => [one[0], one])).values()) {
          expected.set(sk, [...(expected.get(sk) ?? []), amount].sort());
        }
      }
      expect(found).toEqual([...expected].sort(bytes));
    }),
  );
});

it('gives the buckets of packed rows as one group, each group once', async () => {
  const stored = fc.array(
    fc
      .tuple(part, fc.nat(12), fc.nat(99))
      .map(([first, bucket, amount]): Stored => [`${encodeRow([first])}#${bucket}`, `gross#${bucket}`, amount]),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(stored, { maxLength: 4 }), async (shards) => {
      const groups = await all(groupsOf(shards.map(shardOf), { packed: 13 }));
      const names = groups.map((group) => group[0]!.group);
      expect(new Set(names).size).toBe(names.length);
      for (const group of groups) expect(new Set(group.map((one) => one.group)).size).toBe(1);
      const distinct = shards.flatMap((shard) => [...new Set(shard.map(([sk]) => sk))]);
      expect(groups.flat()).toHaveLength(distinct.length);
    }),
  );
});

it('fails when a shard does', async () => {
  const broken = async function* () {
    await Promise.resolve();
    throw new Error('away');
  };
  await expect(all(groupsOf([shardOf([]), broken()], {}))).rejects.toThrow('away');
});

leakCheck();
