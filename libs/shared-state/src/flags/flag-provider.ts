import {
  type EvaluationContext,
  FlagNotFoundError,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  type ResolutionDetails,
  TypeMismatchError,
} from '@openfeature/server-sdk';
import type { SharedTable } from '../table/shared-table.ts';
import { evaluate, type FlagDefinitions, type FlagState } from './flag.ts';

/**
 * An OpenFeature provider over the flags that this replica knows; an evaluation is a look into memory. The targeting key
 * is the tenant's id. While Redis has not been read, every flag has its fallback; while it is away, its last known value.
 */
export function createFlagProvider(table: SharedTable<FlagState>, definitions: FlagDefinitions): Provider {
  const events = new OpenFeatureEventEmitter();
  let unsubscribe = () => {};

  const resolve = <T extends JsonValue>(key: string, orElse: T, context: EvaluationContext): ResolutionDetails<T> => {
    const definition = Object.hasOwn(definitions, key) ? definitions[key] : undefined;
    if (!definition) throw new FlagNotFoundError(`there is no flag "${key}" in this version`);
    const { variant, reason } = evaluate(key, definition, table.get(key)?.value, context.targetingKey);
    const value = definition.variants[variant];
    if (typeof value !== typeof orElse) throw new TypeMismatchError(`the flag "${key}" is no ${typeof orElse}`);
    return { value: value as T, variant, reason };
  };

  return {
    metadata: { name: 'atlas-redis' },
    runsOn: 'server',
    events,
    async initialize() {
      unsubscribe = table.onChange((flagsChanged) => {
        if (flagsChanged.length > 0)
          events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged: [...flagsChanged] });
        else events.emit(table.state() === 'stale' ? ProviderEvents.Stale : ProviderEvents.Ready);
      });
      await table.start();
    },
    async onClose() {
      unsubscribe();
      await table.stop();
    },
    resolveBooleanEvaluation: async (key, orElse, context) => resolve(key, orElse, context),
    resolveStringEvaluation: async (key, orElse, context) => resolve(key, orElse, context),
    resolveNumberEvaluation: async (key, orElse, context) => resolve(key, orElse, context),
    resolveObjectEvaluation: async (key, orElse, context) => resolve(key, orElse, context),
  };
}
