import type { ZodOpenApiOverride } from 'zod-openapi';

/**
 * For `.meta(…)` of a query parameter that is read as digits: a reader sees a number with its limits, as it is meant, and
 * not a text with a pattern, as it travels.
 */
export function wholeNumber(minimum: number, maximum: number): { override: ZodOpenApiOverride } {
  return {
    override({ jsonSchema }) {
      delete jsonSchema.pattern;
      Object.assign(jsonSchema, { type: 'integer', minimum, maximum });
    },
  };
}
