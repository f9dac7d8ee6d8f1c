import { ConfigError } from '../errors.ts';

/** Called where a crash would matter; the names of the steps are listed in docs/guarantees.md. */
export type Probe = (step: string) => void | Promise<void>;

const CRASH_POINT = /^([a-z][a-z0-9.-]*)(?:#([1-9]\d*))?$/;

/** Reads `<step>` or `<step>#<n>` (n counts from 1, default 1); undefined when it is neither. */
export function parseCrashPoint(spec: string): { step: string; occurrence: number } | undefined {
  const match = CRASH_POINT.exec(spec);
  return match?.[1] ? { step: match[1], occurrence: Number(match[2] ?? 1) } : undefined;
}

/**
 * A probe that kills this process with SIGKILL the n-th time it reaches a step (`<step>` or `<step>#<n>`), as a power
 * failure would; without a spec it does nothing. Throws a ConfigError for a malformed spec and in production, where
 * nobody means it. `kill` is replaced by tests only.
 */
export function crashProbe(
  spec: string | undefined,
  options: { environment?: string; kill?: () => void | Promise<void> } = {},
): Probe {
  if (!spec) return () => {};
  const point = parseCrashPoint(spec);
  if (!point)
    throw new ConfigError(`ATLAS_CRASH_AT is "${spec}", expected <step> or <step>#<n>, like relay.claimed#2.`);
  if (options.environment === 'production') throw new ConfigError('ATLAS_CRASH_AT must not be set in production.');
  const kill = options.kill ?? killSelf;
  // atlas-local-ok: how often this process came by the point at which a test kills it
  let seen = 0;
  return (step) => {
    if (step !== point.step) return undefined;
    seen += 1;
    return seen === point.occurrence ? kill() : undefined;
  };
}

/** Passes a step once for each of `count` items; waits only for a probe that does, which costs a batch nothing otherwise. */
export async function probeEach(probe: Probe, step: string, count: number): Promise<void> {
  for (let passed = 0; passed < count; passed += 1) {
    const waiting = probe(step);
    if (waiting) await waiting;
  }
}

function killSelf(): Promise<void> {
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered a moment later; not one more line of the caller may run until then.
  return new Promise(() => {});
}
