/**
 * Compares two JSON Schemas of one event and names what is not purely additive.
 *
 * Readers tolerate what they do not know, producers evolve, and stored events are read again for years. So within a
 * major only two things are allowed: a new optional property, and documentation. The rule names are those of Confluent's
 * Schema Registry where it has one.
 */
export interface Violation {
  readonly rule: string;
  readonly path: string;
  readonly reason: string;
}

type Schema = Readonly<Record<string, unknown>>;

const documentation = new Set(['title', 'description', 'examples', '$comment', '$id', '$schema', 'deprecated']);
const structural = new Set(['properties', 'required', 'items', 'type', 'enum', 'anyOf', 'oneOf', 'allOf']);

/** Every way in which `newer` is not `older` plus optional properties. Empty when the change is purely additive. */
export function violationsBetween(older: Schema, newer: Schema, path = '$'): Violation[] {
  return [
    ...typeViolations(older, newer, path),
    ...enumViolations(older, newer, path),
    ...sumViolations(older, newer, path),
    ...propertyViolations(older, newer, path),
    ...itemViolations(older, newer, path),
    ...keywordViolations(older, newer, path),
  ];
}

function typeViolations(older: Schema, newer: Schema, path: string): Violation[] {
  const [before, after] = [listOf(older['type']), listOf(newer['type'])];
  if (same([...before].sort(), [...after].sort())) return [];
  const widened = before.every((type) => after.includes(type) || (type === 'integer' && after.includes('number')));
  const rule = widened ? 'TYPE_EXTENDED' : 'TYPE_CHANGED';
  return [{ rule, path, reason: `type was ${show(older['type'])}, now ${show(newer['type'])}` }];
}

function enumViolations(older: Schema, newer: Schema, path: string): Violation[] {
  if (!('enum' in older) && !('enum' in newer)) return [];
  const [before, after] = [listOf(older['enum']), listOf(newer['enum'])];
  if (!('enum' in newer)) return [{ rule: 'ENUM_REMOVED', path, reason: 'any value is allowed now' }];
  if (!('enum' in older)) return [{ rule: 'ENUM_ADDED', path, reason: 'stored events may have other values' }];
  const added = after.filter((value) => !before.includes(value));
  const removed = before.filter((value) => !after.includes(value));
  return [
    ...(added.length ? [{ rule: 'ENUM_ARRAY_EXTENDED', path, reason: `readers do not know ${show(added)}` }] : []),
    ...(removed.length
      ? [{ rule: 'ENUM_ARRAY_NARROWED', path, reason: `stored events may say ${show(removed)}` }]
      : []),
  ];
}

/** Alternatives (`nullable` among them) are compared in order and as a whole: any other set of shapes is a new promise. */
function sumViolations(older: Schema, newer: Schema, path: string): Violation[] {
  return ['anyOf', 'oneOf', 'allOf'].flatMap((keyword) => {
    const [before, after] = [listOf(older[keyword]) as Schema[], listOf(newer[keyword]) as Schema[]];
    if (before.length < after.length) {
      return [
        { rule: 'SUM_TYPE_EXTENDED', path, reason: `${keyword} has ${after.length - before.length} more shape(s)` },
      ];
    }
    if (before.length > after.length) {
      return [
        { rule: 'SUM_TYPE_NARROWED', path, reason: `${keyword} has ${before.length - after.length} shape(s) less` },
      ];
    }
    return before.flatMap((schema, index) => violationsBetween(schema, after[index]!, `${path}.${keyword}[${index}]`));
  });
}

function propertyViolations(older: Schema, newer: Schema, path: string): Violation[] {
  const [before, after] = [mapOf(older['properties']), mapOf(newer['properties'])];
  const [requiredBefore, requiredAfter] = [listOf(older['required']), listOf(newer['required'])];
  const known = Object.keys(before).flatMap((name) => {
    const at = `${path}.${name}`;
    const next = after[name];
    if (!next) {
      return [{ rule: 'PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL', path: at, reason: 'readers rely on it' }];
    }
    const found = violationsBetween(before[name]!, next, at);
    if (requiredBefore.includes(name) && !requiredAfter.includes(name)) {
      found.push({ rule: 'REQUIRED_ATTRIBUTE_REMOVED', path: at, reason: 'was required, is optional now' });
    }
    if (!requiredBefore.includes(name) && requiredAfter.includes(name)) {
      found.push({ rule: 'REQUIRED_ATTRIBUTE_ADDED', path: at, reason: 'stored events may lack it' });
    }
    return found;
  });
  const added = Object.keys(after).filter((name) => !(name in before) && requiredAfter.includes(name));
  return [
    ...known,
    ...added.map((name) => ({
      rule: 'REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL',
      path: `${path}.${name}`,
      reason: 'events of earlier minors do not have it: make it optional, or start a new major',
    })),
  ];
}

function itemViolations(older: Schema, newer: Schema, path: string): Violation[] {
  const [before, after] = [older['items'], newer['items']];
  if (before === undefined && after === undefined) return [];
  if (before === undefined || after === undefined) {
    return [{ rule: 'ITEM_SCHEMA_CHANGED', path: `${path}[]`, reason: 'items were or are described, but not in both' }];
  }
  return violationsBetween(before as Schema, after as Schema, `${path}[]`);
}

/** Formats, patterns, bounds, constants: loosening surprises readers, tightening breaks stored events. */
function keywordViolations(older: Schema, newer: Schema, path: string): Violation[] {
  const keywords = new Set([...Object.keys(older), ...Object.keys(newer)]);
  return [...keywords]
    .filter((keyword) => !documentation.has(keyword) && !structural.has(keyword))
    .filter((keyword) => !same(older[keyword], newer[keyword]))
    .map((keyword) => ({
      rule: `${keyword.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}_CHANGED`,
      path,
      reason: `${keyword} was ${show(older[keyword])}, now ${show(newer[keyword])}`,
    }));
}

const listOf = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const mapOf = (value: unknown): Record<string, Schema> => (value ?? {}) as Record<string, Schema>;
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const show = (value: unknown): string => (value === undefined ? 'not given' : JSON.stringify(value));
