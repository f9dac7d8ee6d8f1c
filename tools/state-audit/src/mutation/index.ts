import type { Mutation } from './edits.ts';
import { compiled, compiledFor2015, requireToImport } from './modules.ts';
import { commented, declarationsShuffled, importsShuffled, membersShuffled } from './order.ts';
import { renamedMisleadingly, renamedNeutrally } from './rename.ts';
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

/** Changes that must not change where something is found; the kind may lose what names told. */
export const RENAMED: Readonly<Record<string, Mutation>> = {
  'renamed neutrally': renamedNeutrally,
  'renamed misleadingly': renamedMisleadingly,
};

/** The same program in another style, so that other rules may see it. */
export const RESTYLED: Readonly<Record<string, Mutation>> = {
  'objects for maps': mapsToObjects,
  'fields for variables': variablesToFields,
  'import for require': requireToImport,
  'compiled to CommonJS': compiled,
  'compiled for 2015': compiledFor2015,
};

export type { Files, Mutation } from './edits.ts';
