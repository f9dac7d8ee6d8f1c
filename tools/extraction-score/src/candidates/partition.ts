import type { Correction } from '../corrections.ts';
import type { Candidate, Found, Partition, Remainder } from '../model.ts';
import { communities } from './communities.ts';
import { normal, onlyHolds, roleOf } from './names.ts';

export interface FileFacts {
  readonly path: string;
  readonly lines: number;
}

interface Group {
  key: string;
  /** As people call it: the folder's own name. */
  title: string;
  how: Found;
  files: string[];
  /** True when a folder has this name: a decision somebody made. */
  isFolder: boolean;
}

const TOO_LARGE = 0.3;
const SMALLEST_SPLIT = 3;

/**
 * Finds what could be a service: packages, folders, files that carry one name in every layer (`order.controller`,
 * `order.service`), and, where names say nothing, files that import each other.
 */
export function partition(
  files: readonly FileFacts[],
  edges: readonly (readonly [string, string])[],
  packages: ReadonlyMap<string, string>,
  corrections: readonly Correction[],
): Partition {
  const { groups, shared, entries } = named(files, new Set(packages.values()));
  joinPrefixes(groups);
  joinSingles(groups, edges, shared);
  applyFiles(groups, shared, entries, files, corrections);
  const kept = [...groups.values()].filter((g) => g.files.length > 0);
  const candidates: Candidate[] = kept
    .map((g) => ({ name: g.title, how: g.how, files: [...g.files].sort() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const rest: Remainder[] = [...shared]
    .map(([name, own]) => ({ name, why: 'shared by name', files: [...own].sort() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (entries.length > 0) rest.push({ name: 'start', why: 'starts and wires the program', files: [...entries].sort() });
  return asPartition(candidates, rest);
}

/** The look-ups over candidates and remainders. */
export function asPartition(candidates: readonly Candidate[], shared: readonly Remainder[]): Partition {
  const of = new Map(candidates.flatMap((c) => c.files.map((file) => [file, c.name] as const)));
  const everybodys = new Set(shared.flatMap((s) => s.files));
  return { candidates, shared, moduleOf: (file) => of.get(file), isShared: (file) => everybodys.has(file) };
}

function named(files: readonly FileFacts[], packageFolders: ReadonlySet<string>) {
  const opened = new Set<string>();
  const total = files.reduce((sum, f) => sum + f.lines, 0);
  for (let round = 0; ; round++) {
    const groups = new Map<string, Group & { folders: Set<string>; lines: number }>();
    const shared = new Map<string, string[]>();
    const entries: string[] = [];
    for (const { path, lines } of files) {
      const role = roleOf(path, opened);
      if (role.kind === 'entry') entries.push(path);
      else if (role.kind === 'shared') shared.set(role.key, [...(shared.get(role.key) ?? []), path]);
      else {
        const folder = path.split('/').slice(0, role.depth).join('/');
        const group = groups.get(role.key) ?? {
          ...{ key: role.key, title: role.key, how: 'names', files: [], isFolder: false, folders: new Set(), lines: 0 },
        };
        groups.set(role.key, group);
        group.files.push(path);
        group.lines += lines;
        if (role.depth > 0) {
          if (!group.isFolder) group.title = folder.split('/').at(-1)!;
          group.isFolder = true;
          group.how = packageFolders.has(folder) ? 'package' : 'folder';
          group.folders.add(folder);
        }
      }
    }
    const large = [...groups.values()].filter((g) => g.lines > TOO_LARGE * total && g.isFolder);
    const toOpen = large.flatMap((g) => [...g.folders]).filter((folder) => canSplit(folder, files));
    if (toOpen.length === 0 || round === 4) return { groups: groups as Map<string, Group>, shared, entries };
    for (const folder of toOpen) opened.add(folder);
  }
}

function canSplit(folder: string, files: readonly FileFacts[]): boolean {
  const parts = files
    .filter((f) => f.path.startsWith(`${folder}/`))
    .map((f) =>
      f.path
        .slice(folder.length + 1)
        .split('/')
        .slice(0, -1),
    );
  return new Set(parts.flatMap((p) => p.find((name) => !onlyHolds(name)) ?? [])).size >= SMALLEST_SPLIT;
}

/** `order-item` is about orders where there is a folder, or several files, of that name. */
function joinPrefixes(groups: Map<string, Group>): void {
  for (const group of [...groups.values()]) {
    if (group.isFolder || !group.key.includes('-')) continue;
    const parts = group.key.split('-');
    for (let n = parts.length - 1; n > 0; n--) {
      const into = groups.get(normal(parts.slice(0, n).join('-')));
      if (!into || into === group || (!into.isFolder && into.files.length < 2)) continue;
      into.files.push(...group.files);
      groups.delete(group.key);
      break;
    }
  }
}

/** A file alone is no module: it goes where its imports go, or with others like it. */
function joinSingles(
  groups: Map<string, Group>,
  edges: readonly (readonly [string, string])[],
  shared: ReadonlyMap<string, readonly string[]>,
): void {
  const everybodys = new Set([...shared.values()].flat());
  const single = [...groups.values()].filter((g) => !g.isFolder && g.files.length === 1);
  const owner = new Map([...groups.values()].flatMap((g) => g.files.map((f) => [f, g] as const)));
  const files = [...owner.keys()];
  const own = edges.filter(([a, b]) => !everybodys.has(a) && !everybodys.has(b));
  const community = communities(files, own);
  const byCommunity = new Map<number, Group[]>();
  for (const group of single) {
    const [file] = group.files;
    const neighbours = own.flatMap(([a, b]) => (a === file ? [b] : b === file ? [a] : []));
    const tally = new Map<Group, number>();
    for (const n of neighbours) {
      const other = owner.get(n);
      if (other && other !== group && !single.includes(other)) tally.set(other, (tally.get(other) ?? 0) + 1);
    }
    const [best] = [...tally].sort((a, b) => b[1] - a[1]);
    // Used by one module only: its part.
    if (best && best[1] > neighbours.length * 0.6) {
      best[0].files.push(file!);
      groups.delete(group.key);
      continue;
    }
    const id = community.get(file!) ?? -1;
    byCommunity.set(id, [...(byCommunity.get(id) ?? []), group]);
  }
  for (const members of byCommunity.values()) {
    if (members.length < 2) continue;
    const degree = (g: Group) => own.filter(([a, b]) => a === g.files[0] || b === g.files[0]).length;
    const [centre, ...others] = [...members].sort((a, b) => degree(b) - degree(a) || (a.key < b.key ? -1 : 1));
    for (const other of others) {
      centre!.files.push(...other.files);
      groups.delete(other.key);
    }
    centre!.how = 'imports';
  }
}

/** What a person says about files goes before everything. */
function applyFiles(
  groups: Map<string, Group>,
  shared: Map<string, string[]>,
  entries: string[],
  files: readonly FileFacts[],
  corrections: readonly Correction[],
): void {
  for (const correction of corrections) {
    if (!correction.matches) continue;
    const taken = new Set(files.filter((f) => correction.matches!(f.path)).map((f) => f.path));
    for (const group of groups.values()) group.files = group.files.filter((f) => !taken.has(f));
    for (const [name, own] of shared)
      shared.set(
        name,
        own.filter((f) => !taken.has(f)),
      );
    entries.splice(0, entries.length, ...entries.filter((f) => !taken.has(f)));
    const known = [...groups.values()].find((g) => g.title === correction.module) ?? {
      key: correction.module,
      title: correction.module,
      how: 'correction' as const,
      files: [],
      isFolder: true,
    };
    groups.set(known.key, known);
    known.how = 'correction';
    known.files.push(...taken);
  }
  for (const [name, own] of shared) if (own.length === 0) shared.delete(name);
}
