import type ts from 'typescript';

/** One parsed file of the audited project. */
export interface Unit {
  readonly path: string;
  /** The parsed file; its text has no comments, see `text`. */
  readonly source: ts.SourceFile;
  readonly text: string;
  readonly module: Fn;
  /** What is reported as "could not be read whole": the parser's first complaint, if it had one. */
  readonly syntaxError: { line: number; message: string } | undefined;
  readonly scopes: Map<ts.Node, Scope>;
  readonly functions: Fn[];
  readonly classes: Cls[];
  readonly classOf: Map<ts.Node, Cls>;
  readonly exports: Map<string, ExportTarget>;
  readonly exportStars: string[];
  readonly imports: Set<string>;
  /** What is hung on an application under a name: `app.set('carts', {})`, `app.decorate('feed', …)`, `app.context.db = …`. */
  readonly hung: Hung[];
}

export interface Hung {
  readonly how: 'set' | 'decorate' | 'context';
  readonly name: string;
  readonly on: ts.Expression;
  readonly value: ts.Expression;
}

export interface Scope {
  readonly parent: Scope | undefined;
  readonly names: Map<string, Sym>;
  readonly fn: Fn;
}

/** A declared name. */
export interface Sym {
  readonly name: string;
  readonly unit: Unit;
  readonly decl: ts.Node;
  readonly kind: 'var' | 'param' | 'function' | 'class' | 'import' | 'other';
  readonly constant: boolean;
  /** The function whose call makes this variable; the module's own function for module level. */
  readonly owner: Fn;
  /** Everything that is ever stored in it, as far as the text says. */
  readonly values: Stored[];
  readonly imported?: { specifier: string; name: string };
  readonly param?: { fn: Fn; index: number; path?: readonly string[] };
  fn?: Fn;
  cls?: Cls;
}

/** An expression and the path taken into it by destructuring; `*` is an element nobody can name. */
export interface Stored {
  readonly expr: ts.Expression;
  readonly path: readonly string[];
  /** True for `for (const x of expr)`. */
  readonly element?: boolean;
}

export interface ExportTarget {
  readonly sym?: Sym;
  readonly expr?: ts.Expression;
  readonly from?: { specifier: string; name: string };
}

/** A function, a class's field initialisers, or a module's own body. */
export interface Fn {
  readonly unit: Unit;
  readonly node: ts.Node;
  readonly name: string;
  readonly parent: Fn | undefined;
  readonly params: (Sym | undefined)[];
  readonly calls: (ts.CallExpression | ts.NewExpression)[];
  readonly writes: Write[];
  readonly returns: ts.Expression[];
  cls?: Cls;
}

/** A class, a constructor function, or an object literal: what `this` is and where fields live. */
export interface Cls {
  readonly kind: 'class' | 'function' | 'object';
  readonly name: string;
  readonly unit: Unit;
  readonly node: ts.Node;
  readonly sym: Sym | undefined;
  readonly methods: Map<string, Fn>;
  readonly fields: Map<string, ts.Node>;
  readonly fieldValues: Map<string, ts.Expression[]>;
  readonly statics: Map<string, ts.Node>;
  readonly staticValues: Map<string, ts.Expression[]>;
  readonly staticMethods: Map<string, Fn>;
  readonly parentExpr: ts.Expression | undefined;
  readonly decorators: string[];
  /** The same as expressions, also those that a compiler put below the class. */
  readonly decoratedWith: ts.Expression[];
  /** Of compiled code, where they stand below the class. */
  readonly methodDecorators: Map<string, readonly ts.Expression[]>;
  readonly init: Fn | undefined;
  ctor?: Fn;
  /** Types of the constructor's parameters, where a compiler wrote them down. */
  ctorTypes?: readonly ts.Expression[];
}

export type WriteOp = 'assign' | 'update' | 'delete' | 'call' | 'define';

/** A place where something is changed. */
export interface Write {
  readonly fn: Fn;
  readonly node: ts.Node;
  /** What is written to: `x` of `x = 1`, `a.b` of `a.b = 1`, `m` of `m.set(…)`. */
  readonly target: ts.Expression;
  readonly op: WriteOp;
  /** The mutator's name for `call`, the operator for `assign` and `update`. */
  readonly how: string;
  readonly values: readonly ts.Expression[];
  readonly key?: ts.Expression;
}
