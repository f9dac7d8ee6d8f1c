import type { ZodType } from 'zod';

/** What a field of a configuration schema can carry in `.meta()`, besides what zod itself reads. */
export interface FieldNotes {
  example?: string;
  secret?: boolean;
}

const SECRET_NAME = /SECRET|PASSWORD|TOKEN|KEY|CREDENTIAL/;

/** The example that the field of `name` carries, or undefined. */
export function exampleOf(schema: ZodType, name: string): string | undefined {
  return notesOf(schema, name).example;
}

/** Whether the value of `name` must not be shown: marked `secret`, or its name says so. */
export function isSecret(schema: ZodType, name: string): boolean {
  return notesOf(schema, name).secret ?? SECRET_NAME.test(name);
}

function notesOf(schema: ZodType, name: string): FieldNotes {
  const shape = shapeOf(schema);
  const field = shape?.[name];
  return field ? innermostNotes(field) : {};
}

interface Definition {
  shape?: Record<string, ZodType>;
  innerType?: ZodType;
  in?: ZodType;
}

// zod keeps metadata on the schema it was given to, so `.optional()`, `.default()` and pipes around it are walked through.
function definitionOf(schema: ZodType): Definition {
  return (schema as unknown as { _zod: { def: Definition } })._zod.def;
}

function shapeOf(schema: ZodType): Record<string, ZodType> | undefined {
  const { shape, innerType, in: input } = definitionOf(schema);
  if (shape) return shape;
  const inner = innerType ?? input;
  return inner ? shapeOf(inner) : undefined;
}

function innermostNotes(field: ZodType): FieldNotes {
  const { innerType, in: input } = definitionOf(field);
  const inner = innerType ?? input;
  return { ...(inner ? innermostNotes(inner) : {}), ...(field.meta() as FieldNotes | undefined) };
}
