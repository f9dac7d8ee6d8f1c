import type { Entry, FlagDefinition, FlagState } from '@atlas/shared-state';

/** A flag as an operator sees it: what it can be, and what was decided last. */
export function flagView(key: string, definition: FlagDefinition, entry: Entry<FlagState> | undefined) {
  return {
    key,
    description: definition.description,
    variants: definition.variants,
    fallback: definition.fallback,
    version: entry?.version ?? 0,
    decision: entry ? decisionView(entry) : null,
  };
}

/** One decision about a flag, with who made it when and why. */
export function decisionView({ version, value, at, by, reason }: Entry<FlagState>) {
  return { version, ...value, changed_at: at, changed_by: by, reason };
}
