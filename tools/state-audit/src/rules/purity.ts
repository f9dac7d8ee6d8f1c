import ts from 'typescript';
import type { Holder } from '../engine/holders.ts';
import type { Cls, Fn, Write } from '../engine/model.ts';
import { functionAt, lookup } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, isFunctionNode, isSame, member, requiredModule, walk } from '../engine/syntax.ts';

const PURE_GLOBALS =
  /^(require|String|Number|Boolean|Math|JSON|RegExp|Array|Object|Intl|Symbol|BigInt|parseInt|parseFloat|isNaN|isFinite|encodeURIComponent|decodeURIComponent|encodeURI|URL|URLSearchParams|Buffer|TextEncoder|TextDecoder|Map|Set|Function|Error|TypeError|RangeError|Uint8Array|structuredClone|Reflect|escape|unescape)\b/;
const IMPURE_GLOBALS = /^(Math\.random|Date|performance|crypto|fetch|process|setTimeout|setInterval)/;
/** Packages whose functions give the same result for the same arguments. */
const PURE_MODULES =
  /^(path|url|util|querystring|crypto|lodash(\.\w+|\/.*)?|ramda|semver|ms|bytes|picomatch|micromatch|minimatch|path-to-regexp|ajv|handlebars|ejs|pug|mustache|nunjucks|dot|eta|marked|markdown-it|slugify|he|escape-html|validator|zod|joi|yup|graphql|color|chroma-js|date-fns(\/.*)?|intl-messageformat|messageformat|js-yaml|yaml|qs|acorn|safe-regex|escape-string-regexp|hashids(\/.*)?|sqids|cron-parser|vm|fs|fs-extra|mime|mime-types|content-type|type-is|negotiator|iconv-lite|change-case|pluralize|liquidjs)$/;
const IMPURE_OF_PURE = /^(randomBytes|randomUUID|randomInt|random|sample|shuffle|uniqueId|now)$/;

/** Whether everything stored depends on its key alone: the same in every process, whoever asks first. */
export function isPureMemo(program: Program, holder: Holder, writes: readonly Write[]): boolean {
  const finished = new Set(writes.filter((w) => isFinishing(program, w, writes)));
  const memoised = writes.filter((w) => isStore(w) && !finished.has(w));
  if (memoised.length === 0) return false;
  if (writes.some((w) => !isStore(w) && !finished.has(w) && !/^(delete|clear)$/.test(w.how))) return false;
  // A counter in a table, or a list that is appended to, is no memo.
  if (memoised.some((w) => w.op === 'assign' && w.how !== '=' && !/^(\?\?=|\|\|=)$/.test(w.how))) return false;
  return memoised.every((w) => {
    if (isPreparedByText(w)) return true;
    if (!looksUp(w)) return false;
    const value = w.values.at(-1);
    // `seen[id] = true` remembers that somebody asked, and computes nothing.
    if (value && isLiteral(bare(value))) return false;
    // `sockets[id] = socket`: what somebody handed over was not computed from the key.
    const given =
      value && ts.isIdentifier(bare(value)) ? lookup(w.fn.unit, value, (bare(value) as ts.Identifier).text) : undefined;
    if (given?.kind === 'param') return false;
    const parts = [...finished].filter((one) => one.fn === w.fn).flatMap((one) => one.values);
    return (
      value !== undefined &&
      isPure(program, w.fn, value, 0) &&
      [value, ...parts].every((part) => isKeyed(program, holder, w, part))
    );
  });
}

function isLiteral(node: ts.Expression): boolean {
  const at = bare(node);
  if (ts.isArrayLiteralExpression(at)) return at.elements.every(isLiteral);
  if (ts.isObjectLiteralExpression(at))
    return at.properties.every((p) => ts.isPropertyAssignment(p) && isLiteral(p.initializer));
  if (ts.isNewExpression(at)) return /^(Map|Set)$/.test(at.expression.getText()) && !at.arguments?.length;
  return ts.isLiteralExpression(at) || /^(true|false|null|undefined)$/.test(at.getText());
}

/** `words = split(text); kept.set(text, words); words[0] = …`: what was put there is not ready yet. */
function isFinishing(program: Program, write: Write, writes: readonly Write[]): boolean {
  const root = rootOf(write.target);
  const isInner = write.op === 'assign' && member(write.target) !== undefined && ts.isIdentifier(root);
  const sym = isInner ? lookup(write.fn.unit, root, root.text) : undefined;
  if (sym?.kind !== 'var' || sym.owner !== write.fn || sym.owner === sym.unit.module) return false;
  const isPut = writes.some((other) => {
    const value = other.fn === write.fn && isStore(other) ? other.values.at(-1) : undefined;
    const at = value && bare(value);
    return at !== undefined && ts.isIdentifier(at) && lookup(other.fn.unit, at, at.text) === sym;
  });
  return isPut && write.values.every((value) => isPure(program, write.fn, value, 0));
}

/** `client.script('load', text).then((sha) => { kept[name] = sha; })`: what a store calls a text is the same for everybody. */
function isPreparedByText(write: Write): boolean {
  const value = write.values.at(-1);
  const at = value && bare(value);
  const sym = at && ts.isIdentifier(at) ? lookup(write.fn.unit, at, at.text) : undefined;
  const up = sym?.param?.index === 0 ? sym.param.fn.node.parent : undefined;
  const then = up && ts.isCallExpression(up) ? member(bare(up.expression)) : undefined;
  const made = then?.name === 'then' ? bare(then.object) : sym?.values.length === 1 ? bare(sym.values[0]!.expr) : at;
  const call = made && ts.isAwaitExpression(made) ? bare(made.expression) : made;
  if (!call || !ts.isCallExpression(call)) return false;
  const name = member(bare(call.expression))?.name ?? '';
  const [first] = call.arguments;
  return (
    /^scriptLoad(Async)?$/.test(name) ||
    (/^script(Async)?$/.test(name) &&
      first !== undefined &&
      ts.isStringLiteralLike(first) &&
      /^load$/i.test(first.text))
  );
}

function isStore(write: Write): boolean {
  if (write.op === 'call') return write.how === 'set' && write.values.length === 2;
  return write.op === 'assign' && ts.isElementAccessExpression(write.target);
}

/** A memo is read by the function that fills it: `table.get(key)`, `table[key]`, `key in table`, `table.hasOwnProperty(key)`. */
function looksUp(write: Write): boolean {
  const table = write.op === 'call' ? write.target : member(write.target)?.object;
  let found = false;
  walk(write.fn.node, (node) => {
    if (found || node === write.node || !table) return false;
    if (ts.isExpression(node) && isSame(node, table)) found = isAsked(node);
    return !found;
  });
  return found;
}

function isAsked(table: ts.Expression): boolean {
  const up = table.parent;
  if (ts.isPropertyAccessExpression(up) && up.expression === table)
    return /^(get|has|hasOwn(Property)?)$/.test(up.name.text) && ts.isCallExpression(up.parent);
  if (ts.isElementAccessExpression(up) && up.expression === table) return !ts.isDeleteExpression(up.parent);
  if (ts.isBinaryExpression(up)) return up.operatorToken.kind === ts.SyntaxKind.InKeyword && up.right === table;
  return (
    ts.isCallExpression(up) &&
    up.arguments[0] === table &&
    /\bhasOwn(Property)?(\.call)?$/.test(up.expression.getText())
  );
}

/** Whether a value is computed from arguments and constants only, without I/O, time or chance. */
function isPure(program: Program, fn: Fn, value: ts.Node, depth: number): boolean {
  if (depth > 5) return false;
  let pure = true;
  const bad = () => {
    pure = false;
    return false as const;
  };
  walk(value, (node) => {
    if (!pure) return false;
    // Code of the program is the same whenever it is imported.
    const isWaiting = ts.isAwaitExpression(node) && !isImport(bare(node.expression));
    if (isWaiting || ts.isYieldExpression(node) || node.kind === ts.SyntaxKind.ThisKeyword) return bad();
    if (isFunctionNode(node) && node !== value) return true;
    if (ts.isTypeNode(node)) return false;
    if (ts.isIdentifier(node) && !isNameOnly(node)) {
      const sym = lookup(fn.unit, node, node.text);
      if (sym?.kind === 'var' && sym.owner === sym.unit.module && !sym.constant && sym.values.length > 1) return bad();
      if (sym?.kind === 'var' && sym.owner === fn && !isInside(node, sym.decl.parent)) {
        for (const stored of sym.values) {
          if (stored.expr === value || isInside(node, stored.expr)) continue;
          if (!isPure(program, fn, stored.expr, depth + 1)) return bad();
        }
      }
    }
    if (isTemplate(program, fn, node)) {
      const [text] = node.arguments;
      if (text && !isPure(program, fn, text, depth + 1)) bad();
      return false;
    }
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && !pureCall(program, fn, node, depth)) return bad();
    return true;
  });
  return pure;
}

const isImport = (node: ts.Expression) =>
  ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;

const TEMPLATES = /^(handlebars|ejs|pug|mustache|nunjucks|dot|eta|lodash\.template)$/;

/** `pug.compile(text, settings)`: what it makes depends on the text; its settings are those of the server. */
const isTemplate = (program: Program, fn: Fn, node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) &&
  /^(compile|template)$/.test(member(bare(node.expression))?.name ?? '') &&
  program.values.of(fn.unit, bare(node.expression)).some((v) => v.t === 'ext' && TEMPLATES.test(v.module));

/** Whether what a value is made of is in its key, and not in what the table held before. */
function isKeyed(program: Program, holder: Holder, write: Write, value: ts.Expression): boolean {
  const key = write.key ?? (ts.isElementAccessExpression(write.target) ? write.target.argumentExpression : undefined);
  if (key === undefined) return true;
  const given = new Set<string>();
  const needed = new Set<string>();
  argumentsIn(program, write.fn, key, given, 0);
  if (!argumentsIn(program, write.fn, value, needed, 0, holder)) return false;
  return [...needed].every((path) => given.has(path) || [...given].some((one) => path.startsWith(`${one}.`)));
}

/** What a value takes from the arguments of functions around it; false when it builds on what the holder held. */
function argumentsIn(
  program: Program,
  fn: Fn,
  node: ts.Node,
  found: Set<string>,
  depth: number,
  holder?: Holder,
): boolean {
  let isNew = true;
  walk(node, (at) => {
    if (!ts.isIdentifier(at) || isNameOnly(at)) return;
    const sym = lookup(fn.unit, at, at.text);
    if (!sym) return;
    if (holder && sym === holder.sym && isBuiltOn(at, node)) isNew = false;
    if (sym.kind === 'param' && !isInside(sym.decl, node)) {
      // Of a request one part says nothing of another.
      const isRequest =
        program.phases.pathTo(sym.owner)?.entry.fn === sym.owner &&
        program.phases.pathTo(sym.owner)?.entry.kind === 'request';
      found.add(`${at.text}${isRequest ? pathFrom(at) : ''}`);
    } else if (sym.kind === 'var' && sym.owner !== sym.unit.module && depth < 4) {
      // `const all = {}; all[name] = given.x;` is made of what is put into it as well.
      const parts = fn.writes.filter((w) => !ts.isIdentifier(w.target) && rootOf(w.target).getText() === at.text);
      for (const expr of [...sym.values.map((v) => v.expr), ...parts.flatMap((w) => w.values)]) {
        if (!isInside(at, expr) && !argumentsIn(program, fn, expr, found, depth + 1, holder)) isNew = false;
      }
    }
  });
  return isNew;
}

function rootOf(expr: ts.Expression): ts.Expression {
  let at = bare(expr);
  for (let next = member(at); next; next = member(at)) at = bare(next.object);
  return at;
}

/** `.body.token` of `asked.body.token`; what is called is no part. */
function pathFrom(root: ts.Node): string {
  let path = '';
  for (let at = root; ts.isPropertyAccessExpression(at.parent) && at.parent.expression === at; at = at.parent) {
    if (ts.isCallExpression(at.parent.parent) && at.parent.parent.expression === at.parent) break;
    path += `.${at.parent.name.text}`;
  }
  return path;
}

/** `(counts.get(ip) || 0) + 1`, and not `found.get(key) ?? make(key)`. */
function isBuiltOn(read: ts.Node, value: ts.Node): boolean {
  for (let at = read; at !== value && at.parent; at = at.parent) {
    const up = at.parent;
    if (ts.isBinaryExpression(up) && /^([-+*/%&|^]|\*\*|<<|>>>?)$/.test(up.operatorToken.getText())) return true;
    if (
      ts.isSpreadElement(up) ||
      ts.isSpreadAssignment(up) ||
      ts.isPrefixUnaryExpression(up) ||
      ts.isPostfixUnaryExpression(up)
    )
      return true;
  }
  return false;
}

function isNameOnly(node: ts.Identifier): boolean {
  const up = node.parent;
  return (ts.isPropertyAccessExpression(up) && up.name === node) || (ts.isPropertyAssignment(up) && up.name === node);
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  for (let at: ts.Node | undefined = node; at; at = at.parent) if (at === outer) return true;
  return false;
}

function pureCall(program: Program, fn: Fn, call: ts.CallExpression | ts.NewExpression, depth: number): boolean {
  if (ts.isCallExpression(call) && (requiredModule(call) !== undefined || isImport(call))) return true;
  const callee = bare(call.expression);
  const text = callee.getText();
  if (IMPURE_GLOBALS.test(text) && !lookup(fn.unit, callee, text.split('.')[0] ?? '')) {
    return /^Date\.(UTC|parse)/.test(text) || (/^Date$/.test(text) && (call.arguments?.length ?? 0) > 0);
  }
  const values = program.values.of(fn.unit, callee);
  // An instance of nobody knows what may be a connection.
  if (ts.isNewExpression(call) && values.every((v) => v.t === 'content')) return false;
  if (values.length === 0) {
    // A method of something local: `key.split('.')`. Unknown functions may do anything.
    const at = member(callee);
    return (
      at !== undefined &&
      /^(split|join|map|filter|reduce|slice|trim|toLowerCase|toUpperCase|replace|replaceAll|concat|match|test|exec|sort|includes|startsWith|endsWith|substring|substr|charAt|charCodeAt|padStart|padEnd|toString|forEach|some|every|find|indexOf|flat|flatMap|push|reverse|get|has|set|add|keys|values|entries|update|digest|compile|normalize|format|repeat|at)$/.test(
        at.name,
      )
    );
  }
  return values.every((v) => {
    if (v.t === 'fn') return isPureFunction(program, v.fn, depth);
    if (v.t === 'cls')
      return !changesItself(v.cls) && (v.cls.ctor === undefined || isPureFunction(program, v.cls.ctor, depth));
    if (v.t === 'global') return PURE_GLOBALS.test(v.path) && !IMPURE_GLOBALS.test(v.path);
    if (v.t === 'ext') {
      // `readdirSync(folder).filter(…)` is asked of the folder.
      const asked = /^fs/.test(v.module) ? v.path.split('()')[0]! : v.path;
      const name = asked.split('.').at(-1) ?? '';
      if (/^fs/.test(v.module)) return /^(readFileSync|readdirSync|existsSync|realpathSync)$/.test(name);
      // A statement that is prepared of its text.
      if (name === 'prepare') return true;
      return (
        /^global:(Intl|String|Number|Boolean|Array|Object|JSON|BigInt|Symbol|RegExp|URL|Buffer|encodeURI|decodeURI)/.test(
          v.module,
        ) ||
        (PURE_MODULES.test(v.module) && !IMPURE_OF_PURE.test(name))
      );
    }
    return v.t === 'content' || v.t === 'box';
  });
}

/** `class Room { members = new Set(); join(who) { this.members.add(who) } }`: two of them are soon no more the same. */
function changesItself(cls: Cls): boolean {
  return [...cls.methods.values()].some((fn) =>
    fn.writes.some((w) => rootOf(w.target).kind === ts.SyntaxKind.ThisKeyword && !/^(\?\?=|\|\|=)$/.test(w.how)),
  );
}

/** Whether what a function gives back depends on its arguments and on files of the program alone. */
export function isPureFunction(program: Program, fn: Fn, depth: number): boolean {
  const node = fn.node;
  if (!isFunctionNode(node) || !node.body || node.asteriskToken) return false;
  if (node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword)) return false;
  const outer = fn.writes.some((w) => {
    const root = rootOf(w.target);
    const sym = ts.isIdentifier(root) ? lookup(fn.unit, root, root.text) : undefined;
    return sym !== undefined && sym.owner === sym.unit.module;
  });
  return !outer && isPure(program, fn, node.body, depth + 1);
}

/** Packages whose call makes a connection or a client. */
const CLIENTS =
  /^(knex|pg|mysql2?(\/promise)?|mongodb|mongoose|ioredis|redis|sequelize|typeorm|axios|amqplib|kafkajs|stripe|nodemailer|better-sqlite3|express|fastify|koa)$/;
const HANDLE_CALL =
  /^(create|connect|open|listen|make|build|init|start|launch|spawn|fork|get(Client|Connection|Db|Database|Pool|Channel|Logger|Instance|Server|App)|new)([A-Z_]|$)|^(db|model|collection|client|listen|duplicate|createServer|child|express|pino|winston|serve|watch|promisify|bind|compile|connection|pool|server|app|producer|consumer)$/;
const DATA_CALL =
  /^(fetch|load|find|query|list|read|refresh|download|request|all|rows|select|search|pull|poll|sync|scan|retrieve|get|json|exec|count|aggregate|lookup|hgetall|hget|mget)([A-Z_].*|$)/;
const DATA_TAIL =
  /(Flags|Settings|Config|Configs|Configuration|Tenants|Users|Rows|Data|Token|Tokens|List|Rates|Features|Keys|Jwks|Secrets|Products|Permissions)$/;

/** What a value comes from: a connection, client or other resource of the process; data from elsewhere; neither. */
export function looksExternal(program: Program, fn: Fn, expr: ts.Expression): 'handle' | 'data' | undefined {
  let value = expr;
  const isAwaited =
    isAwait(expr) || isAwait(expr.parent) || (ts.isParenthesizedExpression(expr.parent) && isAwait(expr.parent.parent));
  if (ts.isAwaitExpression(value)) value = value.expression;
  value = bare(value);
  if (ts.isIdentifier(value)) {
    const sym = lookup(fn.unit, value, value.text);
    const stored =
      sym?.kind === 'var' && sym.owner !== sym.unit.module && sym.values.length === 1 ? sym.values[0] : undefined;
    if (sym?.kind === 'param' && sym.owner !== fn.unit.module) return fromCallback(program, sym.owner);
    return stored && !isInside(value, stored.expr) ? looksExternal(program, fn, stored.expr) : undefined;
  }
  if (ts.isNewExpression(value)) {
    const made = program.values.of(fn.unit, value);
    if (made.some((v) => v.t === 'box')) return undefined;
    return 'handle';
  }
  const at = member(value);
  if (at) {
    const inner = looksExternal(program, fn, at.object);
    return inner ?? undefined;
  }
  if (!ts.isCallExpression(value)) return undefined;
  const callee = bare(value.expression);
  const own = program.values.of(fn.unit, callee).find((v) => v.t === 'fn');
  // What a file calls its own functions says nothing; what they do is looked at below.
  const name =
    own?.t === 'fn'
      ? program.names.ofFn(own.fn)
      : (member(callee)?.name ?? (ts.isIdentifier(callee) ? program.names.text(fn.unit, callee) : ''));
  if (/^(then|catch|finally)$/.test(name)) {
    const on = member(callee);
    return on ? looksExternal(program, fn, on.object) : undefined;
  }
  // Made of its arguments and of files of the program.
  if (own?.t === 'fn' && isPureFunction(program, own.fn, 0)) return undefined;
  if (own?.t === 'fn' && isFactory(program, own.fn)) return 'handle';
  if (DATA_TAIL.test(name) && !/^(create|connect|build|make|init)/.test(name)) return 'data';
  if (HANDLE_CALL.test(name)) return 'handle';
  // What the program ships with is the same in every process.
  if (program.values.of(fn.unit, callee).some((v) => v.t === 'ext' && /^fs/.test(v.module))) return undefined;
  const result = program.values.of(fn.unit, value);
  if (
    result.some(
      (v) =>
        v.t === 'ext' &&
        (v.how === 'new' ||
          (CLIENTS.test(v.module) && /^(default|createClient|createPool|createConnection|connect|)$/.test(v.path))),
    )
  )
    return 'handle';
  if (
    DATA_CALL.test(name) &&
    (isAwaited || (/Sync$/.test(name) === false && /fetch|query|find|load|select/i.test(name)))
  )
    return /Sync$/.test(name) ? undefined : 'data';
  if (isAwaited && !/^(require|import)/.test(value.getText())) {
    const callees = program.values.of(fn.unit, callee);
    const inner = callees.find((v) => v.t === 'fn');
    if (inner?.t === 'fn') {
      const kinds = inner.fn.returns.map((r) => looksExternal(program, inner.fn, r));
      if (kinds.includes('handle')) return 'handle';
    }
    return 'data';
  }
  // `answer.headers.get('etag')` of an answer.
  const on = member(callee);
  return on &&
    result.every((v) => v.t === 'ext' || v.t === 'content') &&
    looksExternal(program, fn, on.object) === 'data'
    ? 'data'
    : undefined;
}

/** `static of(url) { return new Watcher(url); }` */
const isFactory = (program: Program, fn: Fn): boolean =>
  fn.returns.length > 0 &&
  fn.returns.every((r) => ts.isNewExpression(bare(r)) && program.values.of(fn.unit, r).every((v) => v.t !== 'box'));

const isAwait = (node: ts.Node) => ts.isAwaitExpression(node) || (ts.isYieldExpression(node) && !node.asteriskToken);

/** `fetch(…).then((x) => { kept = x })`: what the callback gets is what was asked for. */
function fromCallback(program: Program, owner: Fn): 'handle' | 'data' | undefined {
  const up = owner.node.parent;
  if (!up || !ts.isCallExpression(up)) return undefined;
  const at = member(bare(up.expression));
  if (!at) return undefined;
  if (/^(then)$/.test(at.name)) return looksExternal(program, owner.parent ?? owner, at.object) ?? 'data';
  // `connect(url, (problem, connection) => { kept = connection; })`
  if (/^(connect|create(Confirm)?Channel|createConnection)$/.test(at.name)) return 'handle';
  return DATA_CALL.test(at.name) && functionAt(owner.unit, up.arguments.at(-1)!) === owner ? 'data' : undefined;
}
