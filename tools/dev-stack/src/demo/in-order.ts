/** Brings results back into the order of their numbers. */
export interface InOrder<T> {
  /** Numbers must be started in ascending order. */
  start(number: number): void;
  /** Finishes a started number; emits it, and all that waited for it, once nothing before it is open. */
  finish(number: number, result: T): void;
}

/** Keeps only results that wait for an earlier one, so what it holds is bounded by how many are open at once. */
export function createInOrder<T>(emit: (result: T) => void): InOrder<T> {
  const queue: { number: number; result?: { value: T } }[] = [];
  return {
    start: (number) => void queue.push({ number }),
    finish: (number, value) => {
      const entry = queue.find((candidate) => candidate.number === number);
      if (entry) entry.result = { value };
      while (queue[0]?.result) emit(queue.shift()!.result!.value);
    },
  };
}
