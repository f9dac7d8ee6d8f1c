import ts from 'typescript';
import type { Fn, Unit } from '../engine/model.ts';
import { isPrivateDeclaration } from '../engine/names.ts';
import { lookup } from '../engine/parse.ts';
import type { Program } from '../engine/program.ts';
import { bare, member, propertyName } from '../engine/syntax.ts';
import type { Draft } from './draft.ts';

const CHANCE =
  /(^|\.)(randomBytes|randomUUID|randomFillSync|getRandomValues|generateKeyPairSync|generateKeySync|nanoid|uuid|uuidv4|v4|customAlphabet|generateSecret|genSaltSync|random)$/;
const SECRET =
  /secret|(jwt|session|cookie|csrf|signing|encryption|hmac|cipher|token|auth|master|api).?(key|salt|seed)|^(private|public)?_?keys?(pair)?$|passphrase/i;

/** Packages that sign, encrypt or check with what they are given, and what functions that do so are called in any. */
const SIGNERS =
  /^(jsonwebtoken|jose|express-session|cookie-session|cookie-parser|cookie-signature|koa-session|keygrip|csurf|csrf|csrf-csrf|passport-jwt|express-jwt|koa-jwt|fast-jwt|iron-session|@hapi\/(iron|cookie|jwt)|next-auth|@fastify\/(session|secure-session|cookie|jwt|csrf-protection)|@nestjs\/jwt|paseto)$/;
const SIGNS =
  /^(createHmac|createCipheriv|createDecipheriv|createSign|sign|verify|jwtVerify|encrypt|decrypt|seal|unseal|scryptSync|pbkdf2Sync|hkdfSync)$/;

/** Secrets made up by each process: what one replica signs, the others refuse. An instance's id is its own. */
export function findRandomSecrets(program: Program): Draft[] {
  const used = signedWith(program);
  return program.units.flatMap((unit) =>
    unit.functions.flatMap((fn) =>
      fn.calls.flatMap((call): Draft[] => {
        if (!CHANCE.test(program.names.text(unit, call.expression))) return [];
        const kept = keptAs(program, unit, fn, call);
        if (!kept) return [];
        const isUsed = SECRET.test(kept.known) || used.some((one) => contains(one, call));
        // What only the file itself calls a secret may be one.
        if (!isUsed && !SECRET.test(kept.name)) return [];
        return [
          {
            ...{ rule: 'random-secret', kind: 'session', unit, node: kept.node, name: kept.name },
            message: `\`${kept.name}\` is made up anew by every process: what one replica signs or encrypts, the others refuse.`,
            confidence: isUsed ? 0.8 : 0.45,
            writes: [{ fn, node: call }],
          },
        ];
      }),
    ),
  );
}

const contains = (outer: ts.Node, inner: ts.Node) =>
  outer.getSourceFile() === inner.getSourceFile() && outer.pos <= inner.pos && outer.end >= inner.end;

/** Where the values come from that something signs, encrypts or checks with. */
function signedWith(program: Program): ts.Node[] {
  const found: ts.Node[] = [];
  const add = (unit: Unit, expr: ts.Expression, depth: number): void => {
    const at = bare(expr);
    if (ts.isObjectLiteralExpression(at) && depth < 3) {
      for (const p of at.properties) {
        if (ts.isPropertyAssignment(p)) add(unit, p.initializer, depth + 1);
        else if (ts.isShorthandPropertyAssignment(p)) add(unit, p.name, depth + 1);
      }
    } else if (ts.isArrayLiteralExpression(at)) at.elements.forEach((e) => add(unit, e, depth + 1));
    else {
      for (const v of program.values.of(unit, at)) {
        if (v.t === 'ext' && v.how !== 'ref' && v.node) found.push(v.node);
        // `{ getSecret: () => key }`
        if (v.t === 'fn' && depth < 3) for (const r of v.fn.returns) add(v.fn.unit, r, depth + 3);
      }
    }
  };
  for (const unit of program.units) {
    for (const fn of unit.functions) {
      for (const call of fn.calls) {
        const signs = (program.phases.callees.get(call) ?? []).some(
          (v) => v.t === 'ext' && (SIGNERS.test(v.module) || SIGNS.test(v.path.split('.').at(-1)!)),
        );
        if (signs) for (const argument of call.arguments ?? []) add(unit, argument, 0);
      }
    }
  }
  return found;
}

/** The name under which a value made here lives as long as the process, and the one that others know. */
function keptAs(
  program: Program,
  unit: Unit,
  fn: Fn,
  call: ts.Node,
  depth = 0,
): { name: string; known: string; node: ts.Node } | undefined {
  for (let at = call; at.parent; at = at.parent) {
    const up = at.parent;
    // `const makeKey = () => randomBytes(32); const key = makeKey();`
    if (ts.isReturnStatement(up) || (ts.isArrowFunction(up) && up.body === at)) {
      const [site] = (program.phases.callers.get(fn) ?? []).filter((one) => isStart(program, one.fn));
      return site && depth < 2 ? keptAs(program, site.fn.unit, site.fn, site.call, depth + 1) : undefined;
    }
    if (ts.isVariableDeclaration(up)) {
      const isKept = fn === unit.module && ts.isIdentifier(up.name);
      if (!isKept) return undefined;
      const sym = lookup(unit, up.name, up.name.getText());
      return { name: up.name.getText(), known: sym ? program.names.ofSym(sym) : '', node: up.name };
    }
    if (ts.isPropertyAssignment(up)) return isStart(program, fn) ? named(propertyName(up.name), up.name) : undefined;
    if (ts.isPropertyDeclaration(up)) {
      const isStatic = ts.getModifiers(up)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword);
      return isStatic
        ? { ...named(propertyName(up.name), up.name), ...(isPrivateDeclaration(up) && { known: '' }) }
        : undefined;
    }
    if (ts.isBinaryExpression(up)) {
      const how = up.operatorToken.getText();
      if (/^(\|\||\?\?|\+)$/.test(how)) continue;
      if (!/^(\|\||\?\?)?=$/.test(how)) return undefined;
      return assigned(program, unit, fn, bare(up.left), up);
    }
    // `app.set('cookie secret', made())`
    if (ts.isCallExpression(up) && up.arguments[1] === at) {
      const on = member(bare(up.expression));
      const [name] = up.arguments;
      if (on?.name === 'set' && name && ts.isStringLiteralLike(name) && program.values.isApplication(unit, on.object))
        return isStart(program, fn) ? named(name.text, up) : undefined;
    }
    const isPart =
      ts.isCallExpression(up) ||
      ts.isPropertyAccessExpression(up) ||
      ts.isParenthesizedExpression(up) ||
      ts.isConditionalExpression(up) ||
      ts.isAwaitExpression(up) ||
      ts.isAsExpression(up) ||
      ts.isNewExpression(up);
    if (
      !isPart ||
      (ts.isCallExpression(up) &&
        !/^(toString|digest|String|Buffer\.from|slice|substring|toUpperCase|toLowerCase|hash\w*|update|replace)$/.test(
          calleeName(program, unit, up),
        ))
    )
      return undefined;
  }
  return undefined;
}

const named = (name: string, node: ts.Node) => ({ name, known: name, node });

const calleeName = (program: Program, unit: Unit, call: ts.CallExpression) =>
  member(bare(call.expression))?.name ?? program.names.text(unit, call.expression);

function assigned(
  program: Program,
  unit: Unit,
  fn: Fn,
  left: ts.Expression,
  node: ts.Node,
): { name: string; known: string; node: ts.Node } | undefined {
  const name = member(left)?.name ?? left.getText();
  const text = left.getText();
  if (/^(process\.env|module\.exports|exports)\b/.test(text) && isStart(program, fn)) return named(name, node);
  const [holder] = program.holders.ofExpression(unit, left);
  const isLasting =
    holder?.kind === 'field'
      ? holder.cls?.ctor === fn && program.holders.lifetime(holder, [fn]).process >= LASTING
      : /^(variable|static|global|locals)$/.test(holder?.kind ?? '');
  return holder && isLasting
    ? { name, known: holder.sym ? program.names.ofSym(holder.sym) : name, node: holder.decl }
    : undefined;
}

const LASTING = 0.6;
const isStart = (program: Program, fn: Fn) => program.phases.isLoad(fn) && !program.phases.isRun(fn);
