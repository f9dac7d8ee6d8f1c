/** What a person may set for the apps of a system started by hand; everything else comes from the stack. */
const inherited = ['LOG_LEVEL', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'ATLAS_CRASH_AT'] as const;

/** The variables of the caller's environment that the apps get as well. */
export function inheritedEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    inherited.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}
