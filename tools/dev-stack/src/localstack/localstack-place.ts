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
  /** Ends what is under way. */
  readonly signal: AbortSignal;
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
