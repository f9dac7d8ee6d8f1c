/** Gathers single items into the batches that SQS bills and answers as one call. */
export interface Coalescer<T> {
  /** Sends the item with the next batch: when that is full, or `lingerMs` after its first item. */
  add(item: T): void;
  /** Sends what has been gathered and resolves when nothing is under way any more, items added meanwhile included. */
  flush(): Promise<void>;
  /** Takes out what has been gathered and not sent. */
  take(): T[];
}

export interface CoalescerOptions<T> {
  readonly maxItems: number;
  readonly lingerMs: number;
  /** Bytes that a batch may have; an item that is larger goes alone. */
  readonly maxBytes?: number;
  readonly bytesOf?: (item: T) => number;
  /** Deals with every item of the batch, also when the call fails; must not reject. */
  readonly send: (batch: T[]) => Promise<void>;
}

/** Makes a coalescer. Batches are sent as they fill, several at a time; one timer serves all items. */
export function createCoalescer<T>(options: CoalescerOptions<T>): Coalescer<T> {
  const { maxItems, lingerMs, maxBytes = Infinity, bytesOf = () => 0, send } = options;
  // atlas-local-ok: what is in hand for one call; the messages stay in SQS until they are done
  const sending = new Set<Promise<void>>();
  let gathered: T[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const take = () => {
    clearTimeout(timer);
    timer = undefined;
    const batch = gathered;
    gathered = [];
    bytes = 0;
    return batch;
  };
  const dispatch = () => {
    const batch = take();
    if (batch.length === 0) return;
    const sent = send(batch).finally(() => sending.delete(sent));
    sending.add(sent);
  };
  return {
    take,
    add(item) {
      const size = bytesOf(item);
      if (bytes + size > maxBytes) dispatch();
      gathered.push(item);
      bytes += size;
      if (gathered.length >= maxItems) dispatch();
      else timer ??= setTimeout(dispatch, lingerMs);
    },
    async flush() {
      while (gathered.length > 0 || sending.size > 0) {
        dispatch();
        await Promise.all(sending);
      }
    },
  };
}
