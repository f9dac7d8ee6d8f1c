import { readFile, rename, writeFile } from 'node:fs/promises';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';

const secretsSchema = z.record(z.string(), z.string());

/** The secrets that receivers check signatures with. */
export interface HookSecrets {
  /** Throws when it is not a `whsec_` secret with base64 contents. */
  register(hook: string, secret: string): Promise<void>;
  has(hook: string): boolean;
  /** `unchecked` when no secret is registered for the receiver. */
  check(hook: string, body: Buffer, headers: Record<string, string>): 'valid' | 'invalid' | 'unchecked';
}

/** Keeps the secrets in one small file that is replaced as a whole (absent: in memory). */
export async function openHookSecrets(path: string | undefined): Promise<HookSecrets> {
  // atlas-local-ok: the mail catcher is one process, and its secrets are in a file
  const verifiers = new Map<string, Webhook>();
  const secrets = new Map(Object.entries(path === undefined ? {} : await stored(path)));
  for (const [hook, secret] of secrets) verifiers.set(hook, new Webhook(secret));
  // atlas-local-ok: orders the writes of the one mail catcher
  let saved = Promise.resolve();

  async function save(): Promise<void> {
    if (path !== undefined) await replace(path, JSON.stringify(Object.fromEntries(secrets), null, 2));
  }

  return {
    register: (hook, secret) => {
      verifiers.set(hook, new Webhook(secret));
      secrets.set(hook, secret);
      // One at a time: two writers of the same new file would rename each other's away.
      saved = saved.then(save, save);
      return saved;
    },
    has: (hook) => secrets.has(hook),
    check: (hook, body, headers) => {
      const verifier = verifiers.get(hook);
      if (verifier === undefined) return 'unchecked';
      try {
        verifier.verify(body, headers, { jsonParse: false });
        return 'valid';
      } catch {
        return 'invalid';
      }
    },
  };
}

async function stored(path: string): Promise<Record<string, string>> {
  try {
    return secretsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${path} cannot be read; delete it to start without webhook secrets.`, { cause: error });
  }
}

async function replace(path: string, content: string): Promise<void> {
  // atlas-local-ok: the mail catcher keeps its data under .atlas on a developer’s machine
  await writeFile(`${path}.new`, content, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
