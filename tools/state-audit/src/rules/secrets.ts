import ts from 'typescript';
import type { Fn, Unit } from '../engine/model.ts';
import type { Program } from '../engine/program.ts';
import { bare, member, propertyName, textOf } from '../engine/syntax.ts';
import type { Draft } from './draft.ts';

const CHANCE =
  /(^|\.)(randomBytes|randomUUID|randomFillSync|getRandomValues|generateKeyPairSync|generateKeySync|nanoid|uuid|uuidv4|v4|customAlphabet|generateSecret|genSaltSync|random)$/;
const SECRET =
  /secret|(jwt|session|cookie|csrf|signing|encryption|hmac|cipher|token|auth|master|api).?(key|salt|seed)|^(private|public)?_?keys?(pair)?$|passphrase/i;

/** Secrets made up by each process: what one replica signs, the others refuse. Names decide: an instance's id is its own. */
export function findRandomSecrets(program: Program): Draft[] {
  return program.units.flatMap((unit) =>
    unit.functions.flatMap((fn) =>
      fn.calls.flatMap((call): Draft[] => {
        if (!CHANCE.test(textOf(call.expression, 200))) return [];
        const kept = keptAs(program, unit, fn, call);
        if (!kept || !SECRET.test(kept.name)) return [];
        return [
          {
            ...{ rule: 'random-secret', kind: 'session', unit, node: kept.node, name: kept.name },
            message: `\`${kept.name}\` is made up anew by every process: what one replica signs or encrypts, the others refuse.`,
            confidence: 0.8,
            writes: [{ fn, node: call }],
          },
        ];
      }),
    ),
  );
}

/** The name under which a value made here lives as long as the process. */
function keptAs(program: Program, unit: Unit, fn: Fn, call: ts.Node): { name: string; node: ts.Node } | undefined {
  for (let at = call; at.parent; at = at.parent) {
    const up = at.parent;
    if (ts.isVariableDeclaration(up)) {
      const isKept = fn === unit.module && ts.isIdentifier(up.name);
      return isKept ? { name: up.name.getText(), node: up.name } : undefined;
    }
    if (ts.isPropertyAssignment(up))
      return isStart(program, fn) ? { name: propertyName(up.name), node: up.name } : undefined;
    if (ts.isPropertyDeclaration(up)) {
      const isStatic = ts.getModifiers(up)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword);
      return isStatic ? { name: propertyName(up.name), node: up.name } : undefined;
    }
    if (ts.isBinaryExpression(up)) {
      const how = up.operatorToken.getText();
      if (how === '||' || how === '??') continue;
      if (!/^(\|\||\?\?)?=$/.test(how)) return undefined;
      return assigned(program, unit, fn, bare(up.left), up);
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
        !/^(toString|digest|String|Buffer\.from|slice|substring|hash\w*|replace)$/.test(calleeName(up)))
    )
      return undefined;
  }
  return undefined;
}

const calleeName = (call: ts.CallExpression) => member(bare(call.expression))?.name ?? call.expression.getText();

function assigned(
  program: Program,
  unit: Unit,
  fn: Fn,
  left: ts.Expression,
  node: ts.Node,
): { name: string; node: ts.Node } | undefined {
  const name = member(left)?.name ?? left.getText();
  const text = left.getText();
  if (/^(process\.env|module\.exports|exports)\b/.test(text) && isStart(program, fn)) return { name, node };
  const [holder] = program.holders.ofExpression(unit, left);
  return holder && /^(variable|static|global|locals)$/.test(holder.kind) ? { name, node: holder.decl } : undefined;
}

const isStart = (program: Program, fn: Fn) => program.phases.isLoad(fn) && !program.phases.isRun(fn);
