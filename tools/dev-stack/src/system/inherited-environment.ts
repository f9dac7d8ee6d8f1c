/** What a person may set for the apps of a system started by hand; everything else comes from the stack. */
const inherited = ['LOG_LEVEL', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
/** A point at which an app kills itself: only once, or it would do nothing else. */
const inheritedOnce = ['ATLAS_CRASH_AT'];

/** The variables of the caller's environment that the apps get as well: in every run, and in their first run only. */
export function inheritedEnvironment(env: NodeJS.ProcessEnv): {
  env: Record<string, string>;
  firstRunEnv: Record<string, string>;
} {
  return { env: pick(env, inherited), firstRunEnv: pick(env, inheritedOnce) };
}

function pick(env: NodeJS.ProcessEnv, names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}
