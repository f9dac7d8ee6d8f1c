import { AmountTooLargeError } from './amount-too-large.domain.ts';

/** A sum as a JSON number. Throws AmountTooLargeError for one that a JSON number does not hold exactly. */
export function exact(sum: bigint): number {
  const number = Number(sum);
  if (Number.isSafeInteger(number)) return number;
  throw new AmountTooLargeError();
}

/** `sum / parts` in whole units; half a unit is rounded up. `parts` is positive. */
export function rounded(sum: bigint, parts: bigint): bigint {
  const [above, below] = [2n * sum + parts, 2n * parts];
  const cut = above / below;
  return above % below < 0n ? cut - 1n : cut;
}
