import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { UndescribedAnswerError } from './errors.ts';

/** What an API answered to one request. */
export interface Answer {
  readonly method: string;
  /** The path of the request, with or without its query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
  /** Parsed, where it is JSON. */
  readonly body: unknown;
}

interface Described {
  readonly paths?: Readonly<Record<string, object>>;
}

interface DescribedOperation {
  readonly responses?: Record<string, { readonly content?: Record<string, unknown> }>;
}

const documentId = 'openapi';

/**
 * Makes a check that an answer is one that the OpenAPI 3.1 document describes: its status, its content type, its problem
 * code, and every field of its body. A field that the description does not name fails, although clients would ignore it. A
 * request that matches no operation must have been refused with a problem. Throws UndescribedAnswerError.
 */
export function createAnswerCheck(document: Described): (answer: Answer) => void {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, validateSchema: false });
  ajv.addSchema(closed(structuredClone(document)) as object, documentId);
  const templates = Object.keys(document.paths ?? {}).sort((one, other) => parametersIn(one) - parametersIn(other));

  return (answer) => {
    // They have no body to speak of, and belong to a GET or to nobody.
    if (['HEAD', 'OPTIONS'].includes(answer.method)) return;
    const found = findOperation(document, templates, answer);
    if (found === undefined) return assertRefused(ajv, answer);
    const { operation, pointer } = found;
    const response = operation.responses?.[answer.status];
    if (response === undefined) throw unlike(answer, `the status is not one of ${statusesOf(operation)}`);
    const type = mediaTypeOf(answer);
    if (response.content === undefined) {
      if (answer.body !== '') throw unlike(answer, 'the description has no body');
      return;
    }
    if (!(type in response.content)) throw unlike(answer, `its type "${type}" is not described`);
    const schema = pointerTo(...pointer, 'responses', String(answer.status), 'content', type, 'schema');
    assertFits(ajv, schema, answer);
  };
}

function findOperation(document: Described, templates: readonly string[], { method, path }: Answer) {
  const asked = path.split('?')[0]!;
  const name = method.toLowerCase();
  for (const template of templates.filter((known) => matches(known, asked))) {
    const operation = (document.paths?.[template] as Record<string, DescribedOperation> | undefined)?.[name];
    if (operation !== undefined) return { operation, pointer: ['paths', template, name] };
  }
  return undefined;
}

/** Without an operation there is nothing to do but to refuse. */
function assertRefused(ajv: Ajv2020, answer: Answer): void {
  const refused = (answer.status >= 400 && answer.status < 500) || answer.status === 503;
  if (!refused) throw unlike(answer, 'no operation of the description matches');
  assertFits(ajv, pointerTo('components', 'schemas', 'Problem'), answer);
}

function assertFits(ajv: Ajv2020, pointer: string, answer: Answer): void {
  const fits = (ajv.getSchema(pointer) ?? ajv.compile({ $ref: pointer })) as ValidateFunction;
  if (fits(answer.body)) return;
  const text = ajv.errorsText(fits.errors, { dataVar: 'body', separator: '\n  ' });
  const extra = fits.errors?.map(({ params }) => JSON.stringify(params)).join(' ');
  throw unlike(answer, `\n  ${text}\n  ${extra}\n  ${JSON.stringify(answer.body).slice(0, 2_000)}`);
}

function unlike({ method, path, status }: Answer, reason: string): UndescribedAnswerError {
  return new UndescribedAnswerError(`${method} ${path} answered ${status}, which is not as described: ${reason}`);
}

/** The same document, in which objects of answers have the fields that are named and no others. */
function closed(value: unknown, partOfAll = false): unknown {
  if (Array.isArray(value)) return value.map((item) => closed(item, partOfAll));
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, closed(inner, key === 'allOf')]));
  const isObjectSchema = copy['type'] === 'object' && copy['properties'] !== undefined;
  // The parts of an allOf each see the fields of the others.
  return isObjectSchema && !partOfAll ? { additionalProperties: false, ...copy } : copy;
}

function matches(template: string, path: string): boolean {
  const pattern = template.replaceAll(/[.*+?^$()[\]\\|]/g, '\\$&').replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${pattern}/?$`, 'i').test(path);
}

const parametersIn = (template: string): number => template.split('{').length - 1;

const mediaTypeOf = ({ contentType }: Answer): string => (contentType ?? '').split(';')[0]!.trim();

const statusesOf = (operation: DescribedOperation): string => Object.keys(operation.responses ?? {}).join(', ');

/** A JSON pointer into the document, as a URI fragment (RFC 6901). */
function pointerTo(...parts: string[]): string {
  const escaped = parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
  return `${documentId}#/${escaped.join('/')}`;
}
