/** More would keep Redis busy for a millisecond, and everybody else waiting. */
const MOST_ITEMS = 200;

interface Waiting<Item, Answer> {
  readonly items: readonly Item[];
  readonly resolve: (answers: Answer[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets calls that are made in the same turn of the event loop share one: eight receives that arrive together, or eighty
 * handlers that begin an effect, cost one round trip and one system call instead of one each. `call` answers one answer
 * per item, in order; when it fails, all who share it fail.
 */
export function createGather<Item, Answer>(call: (items: readonly Item[]) => Promise<readonly Answer[]>) {
  // atlas-local-ok: callers of this turn of the event loop, who wait for one round trip to Redis together
  let waiting: Waiting<Item, Answer>[] = [];
  let count = 0;

  const dispatch = () => {
    const sharing = waiting;
    waiting = [];
    count = 0;
    if (sharing.length > 0) void share(call, sharing);
  };
  return (items: readonly Item[]): Promise<Answer[]> => {
    if (items.length === 0) return Promise.resolve([]);
    if (count + items.length > MOST_ITEMS) dispatch();
    if (waiting.length === 0) setImmediate(dispatch);
    count += items.length;
    return new Promise((resolve, reject) => waiting.push({ items, resolve, reject }));
  };
}

async function share<Item, Answer>(
  call: (items: readonly Item[]) => Promise<readonly Answer[]>,
  sharing: readonly Waiting<Item, Answer>[],
): Promise<void> {
  try {
    const answers = await call(sharing.flatMap(({ items }) => items));
    let from = 0;
    for (const { items, resolve } of sharing) resolve(answers.slice(from, (from += items.length)));
  } catch (error) {
    for (const { reject } of sharing) reject(error);
  }
}
