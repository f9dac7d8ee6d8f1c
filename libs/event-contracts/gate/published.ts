import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { type EventDefinition, eventCatalogue, newestVersion, type Version } from '../src/index.ts';
import { type Violation, violationsBetween } from './compatibility.ts';

/** One published version as it is committed: its JSON Schema (draft-07, what AsyncAPI reads) and its example. */
interface Snapshot {
  readonly event: string;
  readonly version: Version;
  readonly file: string;
  readonly text: string;
}

export interface Finding extends Violation {
  readonly event: string;
  readonly version: string;
}

/** Zod's own expression for a format is left out: it may change with zod, the format is the promise. */
const schemaOf = (definition: EventDefinition, version: Version): Record<string, unknown> =>
  z.toJSONSchema(definition.versions[version]!.payload, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format) delete jsonSchema.pattern;
    },
  });

function snapshotsOf(definition: EventDefinition, folder: string): Snapshot[] {
  return versionsOf(definition).flatMap((version) => {
    const base = join(folder, definition.type, version);
    const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
    const common = { event: definition.type, version };
    return [
      { ...common, file: `${base}.schema.json`, text: json(schemaOf(definition, version)) },
      { ...common, file: `${base}.example.json`, text: json(definition.versions[version]!.example) },
    ];
  });
}

/** Writes the files of versions that were not published yet, never over an existing one. Returns the files written. */
export function publish(folder: string, catalogue: readonly EventDefinition[] = eventCatalogue): string[] {
  const missing = catalogue.flatMap((definition) => snapshotsOf(definition, folder)).filter((s) => !existsSync(s.file));
  for (const snapshot of missing) {
    mkdirSync(join(snapshot.file, '..'), { recursive: true });
    writeFileSync(snapshot.file, snapshot.text);
  }
  return missing.map((snapshot) => snapshot.file);
}

/**
 * Everything that breaks the promise of the published contracts: a published version that changed or disappeared, a
 * version that is not committed, a minor that is not purely additive against every earlier minor of its major, an example
 * that its own or a neighbouring minor does not accept, a `current` that is not the newest minor, an older major that is
 * published beside the newest and cannot be made from it.
 */
export function check(folder: string, catalogue: readonly EventDefinition[] = eventCatalogue): Finding[] {
  return [
    ...catalogue.flatMap((definition) => changedSnapshots(definition, folder)),
    ...withdrawn(folder, catalogue),
    ...catalogue.flatMap(minorsThatAreNotAdditive),
    ...catalogue.flatMap(examplesThatDoNotFit),
    ...catalogue.flatMap(staleCurrent),
    ...catalogue.flatMap(translationsThatDoNotHold),
  ];
}

/** Published files that a later commit changed or deleted. Undefined where there is no history to ask. */
export function rewrittenInHistory(folder: string): string[] | undefined {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const log = git('log', '--no-renames', '--diff-filter=MD', '--name-only', '--pretty=format:', '--', '.');
    return [...new Set(log.split('\n').filter((line) => line.trim() !== ''))];
  } catch {
    return undefined;
  }
}

function changedSnapshots(definition: EventDefinition, folder: string): Finding[] {
  return snapshotsOf(definition, folder).flatMap(({ event, version, file, text }) => {
    if (!existsSync(file)) {
      const reason = 'this version is not committed: run `npm run contracts:publish` and commit the new files';
      return [{ event, version, rule: 'VERSION_NOT_PUBLISHED', path: file, reason }];
    }
    if (same(readFileSync(file, 'utf8'), text)) return [];
    const committed = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const details = file.endsWith('.schema.json') ? violationsBetween(committed, JSON.parse(text)) : [];
    const reason = 'a published version never changes: put the change into a new minor or major';
    return [
      { event, version, rule: 'PUBLISHED_VERSION_CHANGED', path: file, reason },
      ...details.map((violation) => ({ event, version, ...violation })),
    ];
  });
}

function withdrawn(folder: string, catalogue: readonly EventDefinition[]): Finding[] {
  const expected = new Set(catalogue.flatMap((definition) => snapshotsOf(definition, folder)).map((s) => s.file));
  const found = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  return found
    .filter((name) => name.endsWith('.json') && !expected.has(join(folder, name)))
    .map((name) => ({
      event: name.split(/[\\/]/)[0] ?? name,
      version: (name.split(/[\\/]/)[1] ?? name).replace(/\.(schema|example)\.json$/, ''),
      rule: 'PUBLISHED_VERSION_WITHDRAWN',
      path: join(folder, name),
      reason: 'stored events still have this version: keep it in the definition',
    }));
}

function minorsThatAreNotAdditive(definition: EventDefinition): Finding[] {
  return pairsOfMinors(definition).flatMap(([older, newer]) =>
    violationsBetween(schemaOf(definition, older), schemaOf(definition, newer)).map((violation) => ({
      event: definition.type,
      version: `${older} -> ${newer}`,
      ...violation,
    })),
  );
}

function examplesThatDoNotFit(definition: EventDefinition): Finding[] {
  const own = versionsOf(definition).map((version): [Version, Version] => [version, version]);
  const neighbours = pairsOfMinors(definition).flatMap(([older, newer]): [Version, Version][] => [
    [older, newer],
    [newer, older],
  ]);
  return [...own, ...neighbours].flatMap(([example, schema]) => {
    const parsed = definition.versions[schema]!.payload.safeParse(definition.versions[example]!.example);
    if (parsed.success) return [];
    const reason = `the example of ${example} is refused by the schema of ${schema}: ${parsed.error.issues[0]?.message}`;
    const path = parsed.error.issues[0]?.path.join('.') ?? '$';
    return [{ event: definition.type, version: example, rule: 'EXAMPLE_REFUSED', path, reason }];
  });
}

function staleCurrent(definition: EventDefinition): Finding[] {
  return Object.entries(definition.current).flatMap(([major, version]) => {
    const newest = versionsOf(definition)
      .filter((candidate) => candidate.startsWith(`${major.slice(1)}.`))
      .at(-1);
    if (version === newest) return [];
    const reason = `current.${major} says ${version}, the newest minor is ${newest}`;
    return [
      { event: definition.type, version: newestVersion(definition), rule: 'CURRENT_IS_STALE', path: '$', reason },
    ];
  });
}

/** The examples of all published majors tell one fact: so the newest, translated, is the older one, word for word. */
function translationsThatDoNotHold(definition: EventDefinition): Finding[] {
  const newest = newestVersion(definition);
  const older = Object.entries(definition.current).filter(([, version]) => version !== newest);
  const translations = Object.entries(definition.translations ?? {});
  const common = { event: definition.type, path: '$' };
  const needless = translations
    .filter(([major]) => !older.some(([published]) => published === major))
    .map(([major]) => ({
      ...{ ...common, version: newest, rule: 'TRANSLATION_NEEDLESS' },
      reason: `nobody is told ${major} any more: remove its translation`,
    }));
  const wrong = older.flatMap(([major, version]) => {
    const translation = translations.find(([translated]) => translated === major)?.[1];
    if (!translation) {
      const reason = `${major} is published beside ${newest}: say in \`translations\` how it is made from that`;
      return [{ ...common, version, rule: 'TRANSLATION_MISSING', reason }];
    }
    const said = translation(definition.versions[newest]!.example as never);
    if (isDeepStrictEqual({ ...said }, { ...definition.versions[version]!.example })) return [];
    const reason = `the example of ${newest} is translated to ${JSON.stringify(said)}, not to the example of ${version}`;
    return [{ ...common, version, rule: 'TRANSLATION_DIFFERS', reason }];
  });
  return [...needless, ...wrong];
}

function versionsOf(definition: EventDefinition): Version[] {
  const order = (version: string): number => Number(version.split('.')[0]) * 1e6 + Number(version.split('.')[1]);
  return (Object.keys(definition.versions) as Version[]).sort((a, b) => order(a) - order(b));
}

/** Every earlier minor with every later minor of the same major: a reader may have skipped some. */
function pairsOfMinors(definition: EventDefinition): [Version, Version][] {
  const versions = versionsOf(definition);
  return versions.flatMap((older, index) =>
    versions
      .slice(index + 1)
      .filter((newer) => newer.split('.')[0] === older.split('.')[0])
      .map((newer): [Version, Version] => [older, newer]),
  );
}

const same = (a: string, b: string): boolean => JSON.stringify(JSON.parse(a)) === JSON.stringify(JSON.parse(b));
