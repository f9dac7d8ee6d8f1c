import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EventDefinition } from '@atlas/event-contracts';
import type { Conversation } from './order.domain.ts';

interface Contracts {
  readonly eventCatalogue: readonly EventDefinition[];
  readonly topology: { readonly consumers: Readonly<Record<string, readonly string[]>> };
}

/** Who says and hears what at a commit, asked of that commit's own contracts. Throws when it has none. */
export async function conversationAt(root: string, commit: string): Promise<Conversation> {
  // Inside the checkout, because the contracts import zod.
  mkdirSync(join(root, '.atlas'), { recursive: true });
  const folder = mkdtempSync(join(root, '.atlas', 'contracts-'));
  try {
    const archive = execFileSync('git', ['archive', commit, 'libs/event-contracts'], { cwd: root, maxBuffer: 2 ** 28 });
    execFileSync('tar', ['-x', '-C', folder], { input: archive });
    return conversationOf((await import(join(folder, 'libs/event-contracts/src/index.ts'))) as Contracts);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function conversationOf({ eventCatalogue, topology }: Contracts): Conversation {
  const says: Record<string, string[]> = {};
  const domains: Record<string, string> = {};
  for (const { producer, type, domain, current } of eventCatalogue) {
    const keys = Object.keys(current).map((major) => `${type}.${major}`);
    (says[producer] ??= []).push(...keys);
    for (const key of keys) domains[key] = domain;
  }
  return { says, hears: topology.consumers, domains };
}
