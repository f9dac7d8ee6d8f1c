import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { audit, type Finding, readSources, type Sources } from '@atlas/state-audit';
import { linesIn } from './moved-lines.ts';

export interface FileFindings {
  readonly findings: readonly Finding[];
  readonly badSuppressions: readonly { readonly line: number; readonly reason: string | undefined }[];
}

/** Audits a file: alone, or as part of its package. */
export interface PackageAudits {
  alone(file: string, text: string): FileFindings;
  inPackage(file: string, text: string): FileFindings;
}

type Result = ReturnType<typeof audit>;

interface Known {
  readonly sources: Sources;
  readonly result: Result;
  /** What the package's other files are audited with: the texts that editors have open. */
  readonly edited: ReadonlyMap<string, string>;
  readonly tookMs: number;
  readonly endedAt: number;
}

const EVERYTHING = 0.05;
/** An audit that is over sooner is done at every keystroke. */
const SOON_MS = 150;
/** A longer one is done again when the editor has had this many times as long for itself. */
const SHARE = 10;

/**
 * A package is read once; while one of its files is edited, the whole of it is audited again only as often as its size allows,
 * and in between what was found moves with its lines. Where nothing is edited, as in CI, every answer is exact.
 */
export function createPackageAudits(clockMs: () => number = () => performance.now()): PackageAudits {
  const packages = new Map<string, Known>();

  function alone(file: string, text: string): FileFindings {
    const path = file.split(sep).join('/');
    return pick(audit([{ path, text }], undefined, { minConfidence: EVERYTHING }), path);
  }

  function inPackage(file: string, text: string): FileFindings {
    const root = packageOf(file);
    if (root === undefined) return alone(file, text);
    const path = relative(root, file).split(sep).join('/');
    const known = packages.get(root) ?? audited(root, readSources(root), new Map());
    const own = known.sources.files.find((one) => one.path === path);
    // Tests, fixtures and the like are no part of the server.
    if (own === undefined) return { findings: [], badSuppressions: [] };
    const before = known.edited.get(path) ?? own.text;
    if (before === text) return pick(known.result, path);
    const pause = clockMs() - known.endedAt;
    if (known.tookMs > SOON_MS && pause < SHARE * known.tookMs) return moved(pick(known.result, path), before, text);
    return pick(audited(root, known.sources, new Map(known.edited).set(path, text)).result, path);
  }

  function audited(root: string, sources: Sources, edited: ReadonlyMap<string, string>): Known {
    const from = clockMs();
    const files = sources.files.map((one) => ({ ...one, text: edited.get(one.path) ?? one.text }));
    const result = audit(files, sources.names, { minConfidence: EVERYTHING });
    const endedAt = clockMs();
    const made: Known = { sources, result, edited, tookMs: endedAt - from, endedAt };
    packages.set(root, made);
    return made;
  }

  return { alone, inPackage };
}

/** The same findings where their lines are now; those whose lines are gone are gone. */
function moved({ findings, badSuppressions }: FileFindings, before: string, now: string): FileFindings {
  const to = linesIn(before, now);
  return {
    findings: findings.flatMap((f) => at(f, to(f.line))),
    badSuppressions: badSuppressions.flatMap((s) => at(s, to(s.line))),
  };
}

const at = <T extends { readonly line: number }>(one: T, line: number | undefined): T[] =>
  line === undefined ? [] : [{ ...one, line }];

function pick(result: Result, path: string): FileFindings {
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
