import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Projection } from '../projection.domain.ts';
import { addsIn, type StoredAdds } from '../rows/stored-row.ts';

type Item = Record<string, AttributeValue>;

/** The item that comes next in a shard. */
interface Head {
  readonly adds: StoredAdds;
  /** DynamoDB orders sort keys by their bytes, which is not how JavaScript orders text. */
  readonly bytes: Buffer;
}

/**
 * What the shards of the same rows hold, group by group in the order of their keys: all items of a group, from every shard. Each shard
 * gives its items in that order, and is asked for the next one while the others are.
 */
export async function* groupsOf(
  shards: readonly AsyncIterator<Item>[],
  projection: Pick<Projection, 'packed'>,
): AsyncGenerator<StoredAdds[]> {
  const next = async (shard: AsyncIterator<Item>): Promise<Head | undefined> => {
    const { done, value } = await shard.next();
    return done ? undefined : { adds: addsIn(value, projection), bytes: Buffer.from(value['sk']!.S!) };
  };
  const heads = await Promise.all(shards.map(next));
  for (let first = lowest(heads); first; first = lowest(heads)) {
    const { group } = first.adds;
    const found: StoredAdds[] = [];
    const take = async (index: number) => {
      for (let head = heads[index]; head?.adds.group === group; head = heads[index]) {
        found.push(head.adds);
        heads[index] = await next(shards[index]!);
      }
    };
    await Promise.all(Array.from(shards.keys(), take));
    yield found;
  }
}

function lowest(heads: readonly (Head | undefined)[]): Head | undefined {
  let first: Head | undefined;
  for (const head of heads) if (head && (!first || Buffer.compare(head.bytes, first.bytes) < 0)) first = head;
  return first;
}
