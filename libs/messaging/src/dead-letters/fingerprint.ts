import { createHash } from 'node:crypto';

/** Frames that make the difference between two failures; deeper ones only repeat how handlers are called. */
const FRAMES = 8;

const FRAME = /^\s+at (?:(?:async )?(.+?) \()?(.*?)(?::\d+)?(?::\d+)?\)?$/;

/**
 * The frames of a stack in the form that two processes, two releases and two machines agree on: function and file
 * without line, column, folder of installation and Node's own frames. `node_modules` paths start at the package.
 */
export function normalisedFrames(stack: string | undefined): string[] {
  const frames: string[] = [];
  for (const line of (stack ?? '').split('\n')) {
    const match = FRAME.exec(line);
    if (!match || !line.trimStart().startsWith('at ')) continue;
    const [, name = '(anonymous)', location = ''] = match;
    if (location.startsWith('node:') || location === 'native') continue;
    frames.push(`${name} ${fileOf(location)}`);
    if (frames.length === FRAMES) break;
  }
  return frames;
}

/** 16 hex digits that are equal for equal frames. */
export function stackDigest(stack: string | undefined): string {
  return digest(normalisedFrames(stack));
}

/** 12 hex digits that are equal for failures of one kind: same error class and code, thrown at the same place. */
export function fingerprintOf(error: {
  errorClass: string;
  code?: string | undefined;
  stack?: string | undefined;
}): string {
  return digest([error.errorClass, error.code ?? '', ...normalisedFrames(error.stack)]).slice(0, 12);
}

function fileOf(location: string): string {
  const path = location
    .replace(/^file:\/\//, '')
    .replaceAll('\\', '/')
    .replace(/[?#].*$/, '');
  const inPackage = path.lastIndexOf('node_modules/');
  if (inPackage >= 0) return path.slice(inPackage + 'node_modules/'.length);
  // Where the repository lies differs per machine; the part from its top-level folder on does not.
  const inRepository = /(?:^|\/)((?:apps|libs|tools|dist)\/.*)$/.exec(path);
  return inRepository?.[1] ?? path.slice(path.lastIndexOf('/') + 1);
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}
