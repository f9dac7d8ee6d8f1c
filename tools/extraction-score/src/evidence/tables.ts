import {
  bare,
  type Fn,
  lineOf,
  member,
  type Program,
  textOf,
  type Unit,
  type Value,
  walk,
} from '@atlas/state-audit/engine';
import ts from 'typescript';

/** A place where a table or collection is read or written. */
export interface TableAccess {
  readonly table: string;
  readonly mode: 'read' | 'write';
  readonly fn: Fn;
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const READS =
  /^(find\w*|get|getOne|getMany\w*|select|first|firstOrFail|count\w*|aggregate|exists|query|where|fetch\w*|paginate|distinct|all|scan|lookup|createQueryBuilder|pluck|sum|max|min|one|many|list)$/;
const WRITES =
  /^(create\w*|insert\w*|update\w*|upsert\w*|save\w*|delete\w*|destroy\w*|remove\w*|replace\w*|bulk\w*|increment|decrement|del|put|set|add|edit|truncate|findOneAnd\w+|findByIdAnd\w+|findOrCreate|softDelete|restore|merge)$/;
const STORE =
  /(^|[._])(db|database|knex|em|entityManager|manager|orm|conn|connection|storage|store|datastore|dataSource|trx|tx|transaction|client|pool|qb|strapi\.db)$/i;
const NOT_TABLES =
  /^(select|set|values|where|only|lateral|unnest|dual|the|a|an|this|it|of|not|null|now|generate_series|information_schema.*|pg_\w+|sqlite_\w+|json_\w+|jsonb_\w+)$/i;

/** Which tables and collections functions read and write: SQL, knex, mongoose, sequelize, prisma, typeorm, bookshelf, MongoDB, DynamoDB. */
export function readTables(program: Program): TableAccess[] {
  const models = modelNames(program);
  return program.units.flatMap((unit) =>
    unit.functions.flatMap((fn) => [...byCalls(program, models, unit, fn), ...bySql(unit, fn)]),
  );
}

function byCalls(program: Program, models: ReadonlyMap<string, string>, unit: Unit, fn: Fn): TableAccess[] {
  return fn.calls.flatMap((call): TableAccess[] => {
    const found = ts.isCallExpression(call) ? accessOf(program, models, unit, call) : undefined;
    if (!found) return [];
    return [{ ...found, fn, file: unit.path, line: lineOf(call), text: textOf(call, 80) }];
  });
}

function accessOf(
  program: Program,
  models: ReadonlyMap<string, string>,
  unit: Unit,
  call: ts.CallExpression,
): Pick<TableAccess, 'table' | 'mode'> | undefined {
  const callee = bare(call.expression);
  const at = member(callee);
  const literal = stringOf(call.arguments[0]);
  if (!at) {
    // knex('orders').where(…)
    const name = ts.isIdentifier(callee) ? callee.text : '';
    return literal && /^(knex|db|trx|tx|qb)$/.test(name) && isName(literal)
      ? { table: literal, mode: chainMode(call) }
      : undefined;
  }
  const object = bare(at.object);
  const owner = object.getText().replace(/\s+/g, '');
  if (literal && isName(literal)) {
    if (/^(collection|getCollection)$/.test(at.name)) return { table: literal, mode: chainMode(call) };
    if (
      /^(from|into|table|join|leftJoin|innerJoin)$/.test(at.name) &&
      /knex|db|trx|tx|supabase|select|insert|update|delete|qb|query/i.test(owner)
    )
      return { table: literal, mode: chainMode(call) };
    if (STORE.test(owner) && (READS.test(at.name) || WRITES.test(at.name)))
      return { table: literal, mode: WRITES.test(at.name) ? 'write' : 'read' };
    if (
      /^(getRepository|repository|query|getModel|model)$/.test(at.name) &&
      STORE.test(owner) &&
      ts.isCallExpression(call.parent.parent)
    )
      return { table: tableName(literal.split('::').at(-1)!), mode: chainMode(call) };
  }
  if (at.name === 'getRepository' && call.arguments[0] && ts.isIdentifier(call.arguments[0]))
    return { table: tableName(call.arguments[0].text), mode: chainMode(call) };
  if (/^(send)$/.test(at.name)) return dynamo(call);
  const isWrite = WRITES.test(at.name);
  if (!isWrite && !READS.test(at.name)) return undefined;
  // prisma.order.findMany(…)
  const outer = member(object);
  if (outer && /(^|\.)(prisma|tx|prismaClient)$/i.test(outer.object.getText()) && outer.name !== '*')
    return { table: tableName(outer.name), mode: isWrite ? 'write' : 'read' };
  const table = modelOf(program, models, unit, object);
  return table === undefined ? undefined : { table, mode: isWrite ? 'write' : 'read' };
}

/** `Order.findOne`, `models.Order.findOne`, `this.orders.findOne` where orders is a model. */
function modelOf(
  program: Program,
  models: ReadonlyMap<string, string>,
  unit: Unit,
  object: ts.Expression,
): string | undefined {
  for (const value of program.values.of(unit, object)) {
    const defined = definedModel(value);
    if (defined !== undefined) return defined;
  }
  const name = ts.isIdentifier(object) ? object.text : member(object)?.name;
  return name !== undefined && /^[A-Z]/.test(name) ? models.get(name) : undefined;
}

function definedModel(value: Value): string | undefined {
  if (value.t === 'cls') return isModelClass(value) ? tableName(value.cls.name) : undefined;
  if (value.t !== 'ext' || !value.node || !ts.isCallExpression(value.node)) return undefined;
  const named = stringOf(value.node.arguments[0]);
  return named && /(^|\.)(model|define)$/.test(value.node.expression.getText()) ? tableName(named) : undefined;
}

function isModelClass(value: Extract<Value, { t: 'cls' }>): boolean {
  const { cls } = value;
  const parent = cls.parentExpr?.getText() ?? '';
  return (
    /(^|\.)(Model|BaseEntity|BaseModel|ActiveRecord|Document)$/.test(parent) ||
    cls.decorators.some((d) => /^(Entity|Table|Schema)\b/.test(d))
  );
}

/** Names of models of the whole program, for what is reached in ways that cannot be followed. */
function modelNames(program: Program): Map<string, string> {
  const found = new Map<string, string>();
  for (const unit of program.units) {
    for (const cls of unit.classes) {
      const value = { t: 'cls', cls } as const;
      const named = stringOf((cls.staticValues.get('tableName') ?? cls.fieldValues.get('tableName'))?.[0]);
      if (isModelClass(value) || (named !== undefined && cls.kind === 'class'))
        found.set(cls.name, named ?? tableName(cls.name));
      else if (named !== undefined) found.set(pascal(unit.path), named);
    }
    for (const fn of unit.functions) {
      for (const call of fn.calls) {
        const name = stringOf(call.arguments?.[0]);
        if (
          name &&
          /(^|\.)(model|define)$/.test(call.expression.getText()) &&
          /^[A-Za-z]\w*$/.test(name) &&
          (call.arguments?.length ?? 0) > 1
        )
          found.set(name, tableName(name));
      }
    }
  }
  return found;
}

/** `models/post.js` defines Post. */
function pascal(path: string): string {
  const base = path
    .split('/')
    .at(-1)!
    .replace(/\.\w+$/, '');
  return base.replace(/(^|[-_.])(\w)/g, (_all, _dash, letter: string) => letter.toUpperCase());
}

const SQL = /^\s*(select|insert|update|delete|with|merge|begin|create|alter|truncate)\b/i;

function bySql(unit: Unit, fn: Fn): TableAccess[] {
  const found: TableAccess[] = [];
  for (const call of fn.calls) {
    for (const argument of call.arguments ?? []) {
      for (const { text, node } of sqlTexts(argument))
        found.push(
          ...tablesIn(text).map((one) => ({
            ...one,
            fn,
            file: unit.path,
            line: lineOf(node),
            text: text.replace(/\s+/g, ' ').trim().slice(0, 80),
          })),
        );
    }
  }
  walkOwn(fn, (node) => {
    if (!ts.isTaggedTemplateExpression(node)) return;
    const text = templateText(node.template);
    if (SQL.test(text))
      found.push(
        ...tablesIn(text).map((one) => ({
          ...one,
          fn,
          file: unit.path,
          line: lineOf(node),
          text: text.replace(/\s+/g, ' ').trim().slice(0, 80),
        })),
      );
  });
  return found;
}

function walkOwn(fn: Fn, visit: (node: ts.Node) => void): void {
  if (!fn.unit.text.includes('`')) return;
  walk(fn.node, (node) => {
    if (node !== fn.node && fn.unit.scopes.get(node)?.fn !== undefined && fn.unit.scopes.get(node)!.fn !== fn)
      return false;
    visit(node);
    return true;
  });
}

function sqlTexts(argument: ts.Expression): { text: string; node: ts.Node }[] {
  const at = bare(argument);
  if (ts.isObjectLiteralExpression(at)) {
    return at.properties.flatMap((p) =>
      ts.isPropertyAssignment(p) && /^(text|sql|query)$/.test(p.name.getText()) ? sqlTexts(p.initializer) : [],
    );
  }
  if (ts.isBinaryExpression(at) && at.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const text = at
      .getText()
      .replace(/['"`]\s*\+\s*['"`]/g, ' ')
      .replace(/^['"`]/, '');
    return SQL.test(text) ? [{ text, node: at }] : [];
  }
  const text = ts.isStringLiteralLike(at) ? at.text : ts.isTemplateExpression(at) ? templateText(at) : '';
  return SQL.test(text) ? [{ text, node: at }] : [];
}

function templateText(template: ts.TemplateLiteral): string {
  if (!ts.isTemplateExpression(template)) return template.text;
  return template.head.text + template.templateSpans.map((s) => ` ? ${s.literal.text}`).join('');
}

/** The tables in one statement: what follows FROM and JOIN is read, INTO, UPDATE and DELETE FROM is written. */
export function tablesIn(sql: string): { table: string; mode: 'read' | 'write' }[] {
  const written = new Set<string>();
  const read = new Set<string>();
  for (const [, name] of sql.matchAll(
    /\b(?:insert\s+(?:or\s+\w+\s+)?into|update(?:\s+only)?|delete\s+from|merge\s+into|truncate(?:\s+table)?)\s+([`"[\]\w.]+)/gi,
  ))
    written.add(clean(name!));
  for (const [whole, name] of sql.matchAll(/(?:\bdelete\s+)?\b(?:from|join)\s+([`"[\]\w.]+)/gi))
    if (!/^delete/i.test(whole)) read.add(clean(name!));
  const tables = (names: Set<string>, mode: 'read' | 'write') =>
    [...names].filter((n) => n !== '' && !NOT_TABLES.test(n)).map((table) => ({ table, mode }));
  return [...tables(written, 'write'), ...tables(new Set([...read].filter((n) => !written.has(n))), 'read')];
}

const clean = (name: string) =>
  name
    .replace(/[`"[\]]/g, '')
    .replace(/^(public|dbo)\./, '')
    .toLowerCase();

function dynamo(call: ts.CallExpression): Pick<TableAccess, 'table' | 'mode'> | undefined {
  const command = call.arguments[0] && bare(call.arguments[0]);
  if (!command || !ts.isNewExpression(command)) return undefined;
  const table = /TableName:\s*(?:['"`]([\w.-]+)['"`]|([\w.]+))/.exec(command.getText());
  const name = table?.[1] ?? table?.[2];
  // A name that is only a variable's says nothing about which table it is.
  if (!name || /(^|\.)(table(_?name)?|name)$/i.test(name) || !/Command$/.test(command.expression.getText()))
    return undefined;
  return {
    table: name,
    mode: /^(Put|Update|Delete|BatchWrite|TransactWrite)/.test(command.expression.getText()) ? 'write' : 'read',
  };
}

/** Whether a chain that starts with this call ends in a change. */
function chainMode(call: ts.Node): 'read' | 'write' {
  const names: string[] = [];
  const before = ts.isCallExpression(call) ? member(bare(call.expression)) : undefined;
  if (before) names.push(...(before.object.getText().match(/\.(\w+)\(/g) ?? []).map((m) => m.slice(1, -1)));
  for (let at = call; at.parent; at = at.parent) {
    if (ts.isPropertyAccessExpression(at.parent) && at.parent.expression === at) names.push(at.parent.name.text);
    else if (!ts.isCallExpression(at.parent) || at.parent.expression !== at) break;
  }
  return names.some((n) => WRITES.test(n) && !/^(set|add|put|merge)$/.test(n)) ? 'write' : 'read';
}

function stringOf(node: ts.Expression | undefined): string | undefined {
  if (!node) return undefined;
  const at = bare(node);
  return ts.isStringLiteralLike(at) ? at.text : undefined;
}

const isName = (text: string) => /^[A-Za-z_][\w.:-]*$/.test(text) && text.length < 60;

/** `OrderLine` -> `order_line`. */
function tableName(name: string): string {
  return name
    .replace(/(Entity|Model)$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
