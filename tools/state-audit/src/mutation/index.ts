import type { Mutation } from './edits.ts';
import { compiled, compiledFor2015, requireToImport } from './modules.ts';
import { commented, declarationsShuffled, importsShuffled, membersShuffled } from './order.ts';
import { renamedMisleadingly } from './rename.ts';
import { renamedEverywhere } from './rename-shared.ts';
import {
  arrowsToFunctions,
  bracketed,
  functionsToArrows,
  letToVar,
  mapsToObjects,
  variablesToFields,
} from './styles.ts';
import { typed } from './types.ts';

/** Changes that must not change what is found, nor of which kind it is. */
export const SAME: Readonly<Record<string, Mutation>> = {
  commented,
  'declarations shuffled': declarationsShuffled,
  'imports shuffled': importsShuffled,
  'members shuffled': membersShuffled,
  'files reversed': (files) => [...files].reverse(),
  typed,
  'let and const as var': letToVar,
  'x[name] for x.name': bracketed,
  'functions as arrows': functionsToArrows,
  'arrows as functions': arrowsToFunctions,
};

/** New names for everything that has one; they must not change what is found either. */
export const RENAMED: Readonly<Record<string, Mutation>> = {
  'renamed misleadingly': renamedMisleadingly,
  'exports and members renamed': renamedEverywhere,
};

/** The same program in another style, so that other rules may see it. */
export const RESTYLED: Readonly<Record<string, Mutation>> = {
  'objects for maps': mapsToObjects,
  'fields for variables': variablesToFields,
  ...{ 'import for require': requireToImport, 'compiled to CommonJS': compiled, 'compiled for 2015': compiledFor2015 },
};

export type { Files, Mutation } from './edits.ts';
