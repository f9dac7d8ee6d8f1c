import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

/** The machine and its state, in one sentence. */
export function describeMachine(): string {
  const [cpu] = cpus();
  const memoryGb = Math.round(totalmem() / 1e9);
  return `${availableParallelism()} cores (${cpu?.model.trim() ?? 'unknown'}), ${memoryGb} GB, ${process.platform}, Node ${process.versions.node}`;
}

/** The load of the machine over the last minute: much more than one busy core before a run means bad numbers. */
export function loadNow(): number {
  return loadavg()[0] ?? 0;
}

/** The installed versions of packages, as the benchmark finds them: in its own node_modules, else in the repository's. */
export function versionsOf(packages: readonly string[]): string {
  return packages.map((name) => `${name} ${versionOf(name)}`).join(', ');
}

function versionOf(name: string): string {
  for (const root of ['..', '../..']) {
    const manifest = join(import.meta.dirname, root, 'node_modules', name, 'package.json');
    if (existsSync(manifest)) return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
  }
  throw new Error(`${name} is not installed`);
}
