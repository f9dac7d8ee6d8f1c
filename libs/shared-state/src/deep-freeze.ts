/** What `deepFreeze` makes of `T`: nothing in it can be assigned to. */
export type DeepReadonly<T> = T extends string | number | boolean
  ? T
  : T extends (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
      : T;

/**
 * Freezes a JSON value and everything in it, and returns it. What several requests look at must not be a place where one
 * of them leaves something for the others: an assignment throws a TypeError instead.
 */
export function deepFreeze<T>(value: T): DeepReadonly<T> {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value as DeepReadonly<T>;
}
