import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { audit, type Finding, readSources, type Sources } from '@atlas/state-audit';

export interface FileFindings {
  readonly findings: readonly Finding[];
  readonly badSuppressions: readonly { readonly line: number; readonly reason: string | undefined }[];
}

/** Audits a file: alone, or as part of its package, which is read once and again when one of its files was edited. */
export interface PackageAudits {
  alone(file: string, text: string): FileFindings;
  inPackage(file: string, text: string): FileFindings;
}

const EVERYTHING = 0.05;

/** Everything is kept in the object that is made here, one for each run of ESLint. */
export function createPackageAudits(): PackageAudits {
  const packages = new Map<string, { sources: Sources; result: ReturnType<typeof audit> }>();

  function alone(file: string, text: string): FileFindings {
    const path = file.split(sep).join('/');
    return pick(audit([{ path, text }], undefined, { minConfidence: EVERYTHING }), path);
  }

  function inPackage(file: string, text: string): FileFindings {
    const root = packageOf(file);
    if (root === undefined) return alone(file, text);
    const path = relative(root, file).split(sep).join('/');
    const known = packages.get(root) ?? read(root);
    const current = known.sources.files.find((one) => one.path === path);
    // Tests, fixtures and the like are no part of the server.
    if (current === undefined) return { findings: [], badSuppressions: [] };
    if (current.text !== text) {
      const files = known.sources.files.map((one) => (one === current ? { path, text } : one));
      const sources = { ...known.sources, files };
      packages.set(root, { sources, result: audit(files, sources.names, { minConfidence: EVERYTHING }) });
    }
    return pick(packages.get(root)!.result, path);
  }

  function read(root: string) {
    const sources = readSources(root);
    const made = { sources, result: audit(sources.files, sources.names, { minConfidence: EVERYTHING }) };
    packages.set(root, made);
    return made;
  }

  return { alone, inPackage };
}

function pick(result: ReturnType<typeof audit>, path: string): FileFindings {
  return {
    findings: result.findings.filter((f) => f.file === path),
    badSuppressions: result.badSuppressions.filter((s) => s.file === path && s.reason === undefined),
  };
}

function packageOf(file: string): string | undefined {
  for (let at = dirname(file); ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (dirname(at) === at) return undefined;
  }
}
