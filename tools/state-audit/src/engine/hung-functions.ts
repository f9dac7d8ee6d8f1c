import ts from 'typescript';
import type { Fn, Unit } from './model.ts';
import { bare, member } from './syntax.ts';
import type { Values } from './values.ts';

/** Knows the functions that are hung on an application, `app.prepare = async () => …`, and who calls them of it. */
export function createHungFunctions(units: readonly Unit[], values: Values) {
  const byName = new Map<string, Fn[]>();
  const said = new Set<string>();
  for (const unit of units) {
    for (const fn of unit.functions) {
      const at = placeOf(fn);
      if (at && values.isApplication(unit, at.object)) byName.set(at.name, [...(byName.get(at.name) ?? []), fn]);
    }
  }
  return { calledAs, isForStarter };

  /** What a call by this name runs. */
  function calledAs(unit: Unit, at: { readonly name: string; readonly object: ts.Expression }): readonly Fn[] {
    const found = byName.get(at.name);
    if (found === undefined) return [];
    said.add(at.name);
    return values.isApplication(unit, at.object) ? found : [];
  }

  /** Asks for nothing, and no file that was read says its name: it is for whoever makes the application listen. */
  function isForStarter(fn: Fn): boolean {
    const at = placeOf(fn);
    return at !== undefined && fn.params.length === 0 && byName.has(at.name) && !said.has(at.name);
  }
}

function placeOf({ node }: Fn): ReturnType<typeof member> {
  const up = node.parent;
  const isSet =
    up !== undefined &&
    ts.isBinaryExpression(up) &&
    up.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    bare(up.right) === node;
  const at = isSet ? member(up.left) : undefined;
  return at?.name === '*' ? undefined : at;
}
