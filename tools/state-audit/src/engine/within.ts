import type { Fn } from './model.ts';

/** Whether a function is another one, or written inside it. */
export function isWithin(fn: Fn, outer: Fn): boolean {
  for (let at: Fn | undefined = fn; at; at = at.parent) if (at === outer) return true;
  return false;
}
