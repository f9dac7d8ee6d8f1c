import { waitFor } from '../process/wait-for.ts';

/** The last release that starts without an account (since 2026-03-23). */
export const localStackVersion = '4.14.0';

export interface LocalStack {
  readonly url: string;
  /** Where it came from, for the person who reads the run. */
  readonly how: string;
  stop(): Promise<void>;
}

export interface LocalStackPlace {
  /** The state folder; what is installed and logged goes below it. */
  readonly dir: string;
  readonly say: (line: string) => void;
}

/** One way to have a LocalStack; `reason` says why it cannot be had in this way. */
export type Attempt = LocalStack | { readonly reason: string };

/** The version of the LocalStack at this address, or undefined when none answers. */
export async function versionAt(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/_localstack/health`, { signal: AbortSignal.timeout(2_000) });
    return ((await answer.json()) as { version?: string }).version;
  } catch {
    return undefined;
  }
}

/** Resolves when LocalStack answers; rejects when it has not within two minutes, or at once when `hasEnded`. */
export async function untilItAnswers(url: string, hasEnded: () => boolean = () => false): Promise<void> {
  await waitFor(async () => hasEnded() || (await versionAt(url)) !== undefined, {
    ...{ timeoutMs: 120_000, everyMs: 250 },
    message: `LocalStack did not answer at ${url} within two minutes`,
  });
  if (hasEnded()) throw new Error('LocalStack ended before it answered');
}
