import { type Build, type Control, parseBuild } from '../control/control.domain.ts';

/** Why there is nothing left to walk for; undefined while the build is being built under this registration. */
export function fateOf(
  control: Control | undefined,
  { build, registration }: { readonly build: Build; readonly registration: number },
): 'switched' | 'cancelled' | undefined {
  const state = control?.projections[parseBuild(build)?.name ?? ''];
  if (state?.building === build && state.registration === registration) return undefined;
  return state?.live === build ? 'switched' : 'cancelled';
}
