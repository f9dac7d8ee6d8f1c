import { type Build, type Declared, parseBuild } from './control/control.domain.ts';
import type { Projection } from './projection.domain.ts';

/** Every projection of a service in every version that its code has. */
export interface Declarations {
  readonly all: readonly Projection[];
  /** The declaration that computes a build. Throws TypeError when the code has none: ask `unknownBuilds` first. */
  ofBuild(build: Build): Projection;
  /** The newest declaration of a name. Throws TypeError for a name that is not declared. */
  newest(name: string): Projection;
}

/**
 * Looks a list of declarations over. Throws TypeError for two with the same name and version, for versions of one name that do not have the
 * same table, dimensions and shards, because a process of old code reads the rows of a newer version, and for a table that two names share.
 */
export function declarationsOf(all: readonly Projection[]): Declarations {
  for (const [index, one] of all.entries()) for (const other of all.slice(0, index)) assertTogether(one, other);
  const find = (wanted: (one: Projection) => boolean, what: string) => {
    const found = all.filter(wanted).sort((a, b) => b.version - a.version)[0];
    if (!found) throw new TypeError(`This code has no declaration of ${what}.`);
    return found;
  };
  return {
    all,
    ofBuild(build) {
      const parts: Declared | undefined = parseBuild(build);
      return find(({ name, version }) => name === parts?.name && version === parts.version, build);
    },
    newest: (name) => find((one) => one.name === name, name),
  };
}

function assertTogether(one: Projection, other: Projection): void {
  const both = `${one.name} ${one.version} and ${other.name} ${other.version}`;
  if (one.name !== other.name) {
    if (one.table === other.table) throw new TypeError(`${both} have the same table.`);
    return;
  }
  if (one.version === other.version) throw new TypeError(`${one.name} ${one.version} is declared twice.`);
  const shapeOf = ({ table, dimensions, shards, everyone, packed }: Projection) =>
    JSON.stringify([table, dimensions, shards, everyone, packed]);
  if (shapeOf(one) !== shapeOf(other)) {
    throw new TypeError(
      `${both} differ in table, dimensions, shards, everyone or packed: give the new one a name of its own.`,
    );
  }
}
