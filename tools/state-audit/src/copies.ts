import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LICENCE = /^(licen[cs]e|copying)([.-](md|txt|mit|bsd))?$/i;
/** What licences say that let everybody copy; one of a part that is sold does not. */
const PERMISSIVE =
  /Permission is hereby granted, free of charge|Permission to use, copy, modify|Redistribution and use in source and binary forms|Apache License/;
/** So many copies side by side, and their folder is one for copies. */
const MANY = 3;

/**
 * Whether a folder of the project is a published package that somebody copied into it (no package.json and a licence of its
 * own), or one that holds mostly such copies.
 */
export function copiesIn(folder: string, rootLicence: string | undefined): 'one' | 'many' | undefined {
  const entries = list(folder);
  if (isCopy(folder, entries, rootLicence)) return 'one';
  const folders = entries.filter((e) => e.isDirectory()).map((e) => join(folder, e.name));
  if (folders.length < MANY || entries.some((e) => e.name === 'package.json')) return undefined;
  const copies = folders.filter((path) => isCopy(path, list(path), rootLicence)).length;
  return copies >= MANY && copies * 2 > folders.length ? 'many' : undefined;
}

function isCopy(folder: string, entries: ReturnType<typeof list>, rootLicence: string | undefined): boolean {
  if (entries.some((e) => e.name === 'package.json')) return false;
  const own = entries.some((e) => LICENCE.test(e.name)) ? licenceIn(folder) : undefined;
  return own !== undefined && own !== rootLicence && PERMISSIVE.test(own);
}

/** The text of a folder's licence; undefined where it has none. */
export function licenceIn(folder: string): string | undefined {
  const found = list(folder).find((e) => e.isFile() && LICENCE.test(e.name));
  if (found === undefined) return undefined;
  try {
    return readFileSync(join(folder, found.name), 'utf8').trim();
  } catch {
    return undefined;
  }
}

function list(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
