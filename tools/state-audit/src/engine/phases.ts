import ts from 'typescript';
import type { Cls, Fn, Sym, Unit } from './model.ts';
import { enclosingFn, functionAt, lookup } from './parse.ts';
import type { Names } from './names.ts';
import { awaited, bare, isFunctionNode, member, requiredModule } from './syntax.ts';
import { endlessLoop } from './endless.ts';
import { isLoad, loadsByName } from './found-by-name.ts';
import { createHungFunctions } from './hung-functions.ts';
import { callsParameter, isResolver, looksAtErrorFirst, looksLikeHandler, registersRoutes } from './handlers.ts';
import { endsItsProcess, hearsSignal, isMessageOfParent, topCalls } from './jobs.ts';
import { createMentions } from './mentions.ts';
import { isGuardedOnce } from './once.ts';
import { createOwnEvents, type Listener } from './own-events.ts';
import { createStoredFunctions } from './stored-functions.ts';
import type { CallSite, Value, Values } from './values.ts';
import { isUntilDone } from './until-done.ts';
import { isWithin } from './within.ts';

export type EntryKind = 'request' | 'consumer' | 'timer' | 'event' | 'callback' | 'public';
export interface Entry {
  readonly fn: Fn;
  readonly kind: EntryKind;
  readonly node: ts.Node;
}

/** When functions run: while the process starts, or again and again while it serves. */
export interface Phases {
  readonly callers: ReadonlyMap<Fn, readonly CallSite[]>;
  /** Every call with what its callee can be. */
  readonly callees: ReadonlyMap<ts.Node, readonly Value[]>;
  readonly newSites: ReadonlyMap<Cls, readonly CallSite[]>;
  /** Classes given to a container, decorator or registry, which makes the one instance. */
  readonly contained: ReadonlySet<Cls>;
  isLoad(fn: Fn): boolean;
  /** Runs because a command was typed, and ends with it: what makes a server is started by one, and goes on. */
  isCommand(fn: Fn): boolean;
  isRun(fn: Fn): boolean;
  /** Whether a function can run after the call of `outer`, in which it is written, has ended. */
  outlives(fn: Fn, outer: Fn): boolean;
  /** From an entry of the server to the function, the entry first; undefined when none is known. */
  pathTo(fn: Fn): { entry: Entry; path: readonly Fn[] } | undefined;
}

const INLINE =
  /^(forEach|map|filter|reduce|reduceRight|some|every|find|findIndex|findLast|sort|flatMap|replace|replaceAll|each|forIn|forOwn|eachRight|forEachRight|eachOf|eachOfSeries|tap|mapValues|mapKeys|keyBy|groupBy|times|from|then|catch|finally|run|sortBy|pickBy|omitBy|transform|eachSeries|mapSeries|transaction|withTransaction|tx|task|retry|startSpan|startActiveSpan|runExclusive)$/;
const STARTUP =
  /^(listen|once|ready|connect|readFile|nextTick|setImmediate|queueMicrotask|authenticate|sync|waterfall|series|parallel|glob|readdir|exec|after|lookup|resolve|configure|mkdirp|access|stat|open|boot|launch|close|shutdown|quit|disconnect|destroy|terminate)$/;
const ROUTES = /^(get|post|put|patch|delete|del|all|use|param|options|head|route|addHook|register|method)$/;
const ROUTER_NAME =
  /(^|_)(app|router|routes?|server|api|express|fastify|koa|io|web|rest|http|auth|admin|v\d+)$|router$|app$|server$|api$|routes?$/i;
const CONSUMER =
  /^(subscribe|consume|process|eachMessage|receive|psubscribe|addConsumer|handle|onMessage|work|define)$/;
const INIT_NAME =
  /^(init|initiali[sz]e|setup|configure|bootstrap|boot|start|connect|listen|install|main|createApp|createServer|buildApp|makeApp|close|stop|shutdown|destroy|disconnect|teardown|dispose|register(Routes|Models|Plugins|Services)?|load(App|Models|Routes|Plugins)|onModuleInit|onModuleDestroy|onApplicationBootstrap|componentDidMount|up|down|migrate|seed)$|^(init|setup|bootstrap|configure|reset.*Test|_*init)[A-Z_]|ForTest(s|ing)?$/;
const COMMON_METHODS =
  /^(get|set|add|delete|has|push|pop|init|start|stop|close|run|send|find|findOne|findAll|update|create|remove|save|log|error|info|warn|debug|on|emit|once|use|then|catch|clear|keys|values|entries|toString|toJSON|parse|render|write|end|read|load|next|call|apply|bind|map|filter|list|query|execute|open|connect|register|handle|process|publish|subscribe|test|match|join|format|exec|validate|count|reset|destroy|fetch|all|put|post|patch|index|show|name|value|type|data|id)$/;

const ENTRY_DECORATORS: readonly (readonly [RegExp, EntryKind])[] = [
  [/^(Get|Post|Put|Patch|Delete|All|Head|Options|Query|Mutation|Route|Sse)$/, 'request'],
  [/^(Cron|Interval|Timeout)$/, 'timer'],
  [/^(MessagePattern|EventPattern|Process|OnEvent|SubscribeMessage|Subscription|OnQueueEvent)$/, 'consumer'],
];
/** Decorators of classes that a container makes once. */
const SINGLE =
  /^(Injectable|Service|Singleton|singleton|injectable|Controller|RestController|JsonController|Resolver|Component|Provider|Module|WebSocketGateway|Catch|Command|BackendModule|Middleware)$/;
const CONTAINER =
  /container|inject|\bioc\b|\bdi\b|provide|register|singleton|bind|asClass|useClass|createApplication|bootstrap|\.(get|resolve|make|use)$/i;

export function isInitName(name: string): boolean {
  return INIT_NAME.test(name.replace(/^.*[. ]/, ''));
}

/** Builds the call graph of all files and says which functions run when. */
export function findPhases(
  units: readonly Unit[],
  values: Values,
  names: Names,
  onUnit: (count: number) => void = () => {},
): Phases {
  const edges = new Map<Fn, Set<Fn>>();
  const incoming = new Set<Fn>();
  const callers = new Map<Fn, CallSite[]>();
  const callees = new Map<ts.Node, readonly Value[]>();
  const newSites = new Map<Cls, CallSite[]>();
  const contained = new Set<Cls>();
  const entries: Entry[] = [];
  const startup = new Set<Fn>();
  /** What a command line runs: once, and then the process ends, unless it starts a server. */
  const commands: Fn[] = [];
  /** Given to functions of the project, or put away: what is done with them is known when all calls are. */
  const handedOver: (Entry & { params?: readonly Sym[]; tables?: readonly ts.Node[] })[] = [];
  const stored = createStoredFunctions(values);
  const called = new Set<Fn>();
  const ownEvents = createOwnEvents(values);
  const hung = createHungFunctions(units, values);
  const listeners: { heard: Listener; entry: Entry }[] = [];
  /** Calls of what a function was given: `callback(null, rows)`. */
  const passedOn: { fn: Fn; target: Fn; owner: Fn; index: number }[] = [];
  const calledFromElsewhere = new Map<Fn, Fn[]>();
  const handlers = new Map<Fn, boolean>();
  const byMethod = methodsByName(units);
  const unitsBySource = new Map(units.map((unit) => [unit.source, unit]));
  const { isDead } = createMentions();

  units.forEach((unit, i) => {
    for (const fn of unit.functions) for (const call of fn.calls) link(fn, call);
    onUnit(i + 1);
  });
  for (const unit of units) for (const cls of unit.classes) decorated(cls);
  for (const unit of units) for (const cls of unit.classes) if (cls.kind === 'object') provides(cls);
  const kept = new Set(entries.filter((e) => e.kind !== 'callback' && !isOfFailure(e.node)).map((e) => e.fn));
  for (const { heard, entry } of listeners) {
    if (!isOfFailure(entry.node)) kept.add(heard.fn);
    const from = ownEvents.emittersOf(heard);
    if (from.length === 0) entries.push(entry);
    for (const fn of from) {
      edge(fn, heard.fn);
      elsewhere(heard.fn, fn);
    }
  }
  for (const one of passedOn) continueCaller(one);
  for (const { params = [], tables = [], ...entry } of handedOver) {
    const sites = stored.callersOf([...tables, ...params.flatMap((param) => stored.keptFor(param))]);
    for (const site of sites) calledBy(entry.fn, site);
    if (entry.kind === 'request' || (sites.length === 0 && !called.has(entry.fn))) entries.push(entry);
  }

  for (const unit of units) for (const fn of unit.functions) for (const call of fn.calls) goesOn(fn, call);

  const loading = loadsByName(units, values);
  /** What looks for modules and calls them does so once. */
  const loaders = new Set(loading.flatMap(({ fn, calls }) => (calls.length > 0 ? [fn] : [])));
  for (const { fn, calls } of loading) for (const one of calls) edge(fn, one);

  const waits = (unit: Unit) => [...reach([unit.module])].some(hearsSignal);
  const isJob = (unit: Unit) =>
    topCalls(unit).some((does) => endsItsProcess(unit, does, values) && (isMessageOfParent(does) || !waits(unit)));
  const jobs = units.filter(isJob).map((unit) => unit.module);
  // `ready.then(within(main))` of a job.
  const isOfJob = ({ kind, node }: Entry) => kind === 'callback' && jobs.includes(enclosingFn(unitOf(node), node));
  const ofJobs = entries.filter(isOfJob).map(({ fn }) => fn);
  if (ofJobs.length > 0) entries.splice(0, entries.length, ...entries.filter((entry) => !isOfJob(entry)));
  const started = reach([...units.map((unit) => unit.module).filter((one) => !jobs.includes(one)), ...startup]);
  const load = reach([...started, ...commands]);
  /** What runs in a process of its own that ends with it: nothing of it lasts, nobody is served by it. */
  const passing = reach([...jobs, ...ofJobs]);
  const entered = new Set([...entries.map(({ fn }) => fn), ...commands]);
  for (const unit of units) {
    for (const fn of unit.functions) {
      if (fn === unit.module || incoming.has(fn) || entered.has(fn) || isFieldInit(fn)) continue;
      if (isDead(fn) || passing.has(fn)) continue;
      const sets = isInitName(names.ofFn(fn)) || registersRoutes(fn) || assembles(fn) || loaders.has(fn);
      if (sets || hung.isForStarter(fn)) extend(load, fn);
      else {
        entries.push({ fn, kind: isHandler(fn) ? 'request' : 'public', node: fn.node });
        entered.add(fn);
      }
    }
  }
  // What only calls itself in circles has callers, and still nobody known starts it.
  let run = reach(entries.map(({ fn }) => fn));
  for (const unit of units) {
    for (const fn of unit.functions) {
      if (load.has(fn) || run.has(fn) || passing.has(fn) || isFieldInit(fn) || isDead(fn)) continue;
      if (ts.isConstructorDeclaration(fn.node)) continue;
      entries.push({ fn, kind: 'public', node: fn.node });
      run = extend(run, fn);
    }
  }
  const routes = shortestPaths();

  return {
    ...{ callers, callees, newSites, contained },
    outlives,
    isLoad: (fn) => load.has(fn),
    isCommand: (fn) => load.has(fn) && !started.has(fn) && !assembles(fn),
    isRun: (fn) => run.has(fn),
    pathTo: (fn) => routes.get(fn),
  };

  function unitOf(node: ts.Node): Unit {
    return unitsBySource.get(node.getSourceFile())!;
  }

  function isHandler(fn: Fn): boolean {
    const known = handlers.get(fn) ?? (looksLikeHandler(fn) || isResolver(fn) || handsOn(fn));
    handlers.set(fn, known);
    return known;
  }

  /** `(a, b) => serve(a, b, options)`, where `serve` is what frameworks call with a request. */
  function handsOn(fn: Fn): boolean {
    const [asked, answered] = fn.params.map((p) => p?.name);
    if (asked === undefined || answered === undefined || fn.calls.length > 3) return false;
    return fn.calls.some((call) => {
      const [first, second] = call.arguments ?? [];
      return (
        first?.getText() === asked &&
        second?.getText() === answered &&
        values.of(fn.unit, call.expression).some((v) => v.t === 'fn' && v.fn !== fn && looksLikeHandler(v.fn))
      );
    });
  }

  function edge(from: Fn, to: Fn): void {
    const set = edges.get(from) ?? new Set();
    edges.set(from, set.add(to));
    if (from !== to) incoming.add(to);
  }

  function link(fn: Fn, call: ts.CallExpression | ts.NewExpression): void {
    const unit = fn.unit;
    const callee = bare(call.expression);
    const found = values.of(unit, callee);
    callees.set(call, found);
    const at = member(callee);
    ownEvents.note(fn, call);
    const targets = new Set<Fn>();
    for (const value of found) {
      if (value.t === 'fn' && ts.isCallExpression(call)) targets.add(value.fn);
      for (const kind of values.classesIn(value)) {
        const isMade = kind.t === 'cls' ? value.t === 'cls' || ts.isNewExpression(call) : ts.isNewExpression(call);
        if (!isMade || (kind.t !== 'cls' && kind.t !== 'fn')) continue;
        const made = values.of(unit, call).filter((v) => v.t === 'inst');
        const own = kind.t === 'cls' ? kind.cls : (made.find((v) => v.cls.ctor === kind.fn) ?? made[0])?.cls;
        if (own && (ts.isNewExpression(call) || made.length > 0)) constructs(fn, call, own);
      }
    }
    if (callee.kind === ts.SyntaxKind.SuperKeyword) {
      // `super((resolve) => …)` of a class that extends Promise.
      for (const argument of call.arguments ?? [])
        for (const given of givenFunctions(unit, argument, 0)) edge(fn, given);
      return;
    }
    if (targets.size === 0 && at && !COMMON_METHODS.test(at.name) && !INLINE.test(at.name)) {
      const unknown = found.every((v) => v.t !== 'ext' && v.t !== 'global');
      const candidates = byMethod.get(at.name) ?? [];
      if (unknown && candidates.length <= 3) for (const one of candidates) targets.add(one);
    }
    if (targets.size === 0 && at) for (const one of hung.calledAs(unit, at)) targets.add(one);
    if (targets.size === 0 && at?.name === '*') for (const one of dispatched(unit, at.object)) targets.add(one);
    const through = ts.isIdentifier(callee) ? lookup(unit, callee, callee.text)?.param : undefined;
    const isOnce = targets.size > 0 && isGuardedOnce(fn, call);
    for (const target of targets) {
      if (isOnce) {
        startup.add(target);
        incoming.add(target);
      } else if (through && isWithin(fn, through.fn))
        passedOn.push({ fn, target, owner: through.fn, index: through.index });
      else edge(fn, target);
      const sites = callers.get(target) ?? [];
      callers.set(target, sites);
      sites.push({ fn, call });
      called.add(target);
      // `cb()` in the function that was given cb, or an object with it, is over when that function is.
      const isPassed = through !== undefined && isWithin(fn, through.fn);
      if (!isPassed && rootParam(fn, callee)?.owner !== fn) elsewhere(target, fn);
    }
    stored.called(fn, call);
    callbacks(fn, call, at, found, targets);
  }

  /** `handlers[name](…)` may call every function that the object names. */
  function dispatched(unit: Unit, table: ts.Expression): Fn[] {
    return values
      .of(unit, table)
      .flatMap((v) => (v.t === 'inst' && v.cls.kind === 'object' ? [v.cls] : []))
      .flatMap((cls) => [
        ...cls.methods.values(),
        ...[...cls.fieldValues.values()].flat().flatMap((expr) => functionsIn(cls.unit, expr)),
      ]);
  }

  function functionsIn(unit: Unit, expr: ts.Expression): Fn[] {
    return values.of(unit, expr).flatMap((v) => (v.t === 'fn' ? [v.fn] : []));
  }

  /**
   * A function that was passed in runs when, and as often as, whoever passed it calls: the other callers of the same
   * function do not get here. Only where it is kept for a timer or an event does it run by itself.
   */
  function continueCaller({ fn, target, owner, index }: { fn: Fn; target: Fn; owner: Fn; index: number }): void {
    let isKept = false;
    for (let at: Fn | undefined = fn; at && at !== owner; at = at.parent) {
      if (kept.has(at)) isKept = true;
    }
    const sites = (callers.get(owner) ?? []).filter(({ fn: from, call }) => {
      const argument = call.arguments?.[index];
      return argument && values.of(from.unit, argument).some((v) => v.t === 'fn' && v.fn === target);
    });
    if (isKept || sites.length === 0) {
      edge(fn, target);
      elsewhere(target, fn);
    } else for (const site of sites) edge(site.fn, target);
  }

  function elsewhere(target: Fn, from: Fn): void {
    calledFromElsewhere.set(target, [...(calledFromElsewhere.get(target) ?? []), from]);
  }

  /** What a loop without an end calls, which the start sets going: again and again from then on. */
  function goesOn(fn: Fn, call: ts.CallExpression | ts.NewExpression): void {
    const loop = endlessLoop(fn, call);
    for (const v of loop ? (callees.get(call) ?? []) : [])
      if (v.t === 'fn' && v.fn !== fn) entries.push({ fn: v.fn, kind: 'timer', node: loop! });
  }

  /** Called as what a list or table holds. */
  function calledBy(target: Fn, site: CallSite): void {
    const known = callers.get(target) ?? [];
    if (known.some((one) => one.call === site.call)) return;
    callers.set(target, [...known, site]);
    edge(site.fn, target);
    elsewhere(target, site.fn);
  }

  function constructs(fn: Fn, call: ts.CallExpression | ts.NewExpression, cls: Cls): void {
    const sites = newSites.get(cls) ?? [];
    newSites.set(cls, [...sites, { fn, call }]);
    for (let at: Cls | undefined = cls, i = 0; at && i < 6; at = parentOf(at), i++) {
      if (at.init) edge(fn, at.init);
      if (!at.ctor) continue;
      edge(fn, at.ctor);
      callers.set(at.ctor, [...(callers.get(at.ctor) ?? []), { fn, call }]);
    }
  }

  function parentOf(cls: Cls): Cls | undefined {
    if (!cls.parentExpr) return undefined;
    const value = values.of(cls.unit, cls.parentExpr).find((v) => v.t === 'cls');
    return value?.t === 'cls' && value.cls !== cls ? value.cls : undefined;
  }

  function callbacks(
    fn: Fn,
    call: ts.CallExpression | ts.NewExpression,
    at: ReturnType<typeof member>,
    found: readonly Value[],
    targets: Set<Fn>,
  ): void {
    const name = at?.name ?? (ts.isIdentifier(bare(call.expression)) ? names.text(fn.unit, bare(call.expression)) : '');
    if (/^(inherits|setPrototypeOf)$/.test(name)) return;
    (call.arguments ?? []).forEach((argument) => {
      for (const given of givenFunctions(fn.unit, argument, 0)) {
        if (given instanceof Object && 'cls' in given && !('node' in given && 'writes' in given)) continue;
        callback(fn, call, name, at, found, targets, given as Fn, argument);
      }
      const direct = bare(argument);
      if (ts.isIdentifier(direct) || ts.isObjectLiteralExpression(direct)) {
        for (const cls of givenClasses(fn.unit, argument, 0)) if (keeps(call, targets)) contained.add(cls);
      }
    });
  }

  /** Whether what gets a class makes the one instance of it: a container does, `super(Order, manager)` does not. */
  function keeps(call: ts.CallExpression | ts.NewExpression, targets: ReadonlySet<Fn>): boolean {
    const callee = names.text(unitOf(call), call.expression);
    // Awilix makes a new one each time, unless it is told otherwise.
    if (/^as(Class|Function)$/.test(callee)) return isSingleton(call);
    // What a function of the project does with a class is known from the function.
    return targets.size === 0 && CONTAINER.test(callee);
  }

  function callback(
    fn: Fn,
    call: ts.CallExpression | ts.NewExpression,
    name: string,
    at: ReturnType<typeof member>,
    found: readonly Value[],
    targets: Set<Fn>,
    given: Fn,
    argument: ts.Expression,
  ): void {
    if (awaited(call) === given.node) return edge(fn, given);
    // A function of the project gets it: what it does with it is known when it calls its parameter itself.
    const internal = [...targets].filter((t) => t !== given);
    const index = call.arguments?.indexOf(argument) ?? -1;
    const params = internal.flatMap((t) => t.params[index] ?? []);
    if (internal.length > 0 && !ROUTES.test(name)) {
      const callsIt = internal.some((t) => t.params[index] !== undefined && callsParameter(t, t.params[index]!));
      if (callsIt) {
        return edge(fn, given);
      }
      handedOver.push({ fn: given, kind: isHandler(given) ? 'request' : 'callback', node: call, params });
      return;
    }
    if (ts.isNewExpression(call) && /^Promise$/.test(name)) return edge(fn, given);
    const kind = entryKind(name, at, found, given, call, argument);
    // `client.get(key, callback)`: it goes on to where the callback came from.
    const passed = ts.isIdentifier(bare(argument))
      ? lookup(fn.unit, argument, (bare(argument) as ts.Identifier).text)?.param
      : undefined;
    const tables = stored.tables(fn.unit, call);
    if (kind === 'callback' && tables.length > 0) {
      const param = passed && lookup(fn.unit, argument, (bare(argument) as ts.Identifier).text);
      if (param) stored.keeps(param, tables);
      handedOver.push({ fn: given, kind, node: call, tables });
      return;
    }
    const isHandedOn = passed && isWithin(fn, passed.fn) && /^(inline|callback)$/.test(kind);
    if (isHandedOn && !isUnknownModule(fn.unit, at?.object)) {
      called.add(given);
      passedOn.push({ fn, target: given, owner: passed.fn, index: passed.index });
      return;
    }
    if (name === 'asFunction' && isSingleton(call)) return edge(fn, given);
    if (kind === 'inline') return edge(fn, given);
    if (kind === 'command') return void commands.push(given);
    // `app.decorate('tasks', { register })`: who calls `app.tasks.register` says when it runs.
    if (kind === 'callback' && (name === 'decorate' || params.length > 0))
      return void handedOver.push({ fn: given, kind, node: call, params });
    const heard = kind === 'event' || kind === 'consumer' ? ownEvents.listener(fn.unit, call, given) : undefined;
    if (heard) listeners.push({ heard, entry: { fn: given, kind, node: call } });
    else entries.push({ fn: given, kind, node: call });
  }

  function entryKind(
    name: string,
    at: ReturnType<typeof member>,
    found: readonly Value[],
    given: Fn,
    call: ts.CallExpression | ts.NewExpression,
    argument: ts.Expression,
  ): EntryKind | 'inline' | 'command' {
    const receiver = at && names.text(unitOf(call), at.object).replace(/\s+/g, ' ').replace(/\(.*$/s, '');
    const [first] = call.arguments ?? [];
    const event = first && ts.isStringLiteralLike(first) ? first.text : '';
    if (name === 'setInterval' && isUntilDone(unitOf(call), call, given)) return 'inline';
    if (/^(setInterval|schedule|scheduleJob|cron|CronJob)$/.test(name)) return 'timer';
    // `agenda.every('5 minutes', …)`, and not `list.every(…)`.
    if (name === 'every' && event !== '') return 'timer';
    if (name === 'setTimeout') return 'timer';
    // Signals and the end of the process; `program.action(…)` of a command line.
    if (receiver === 'process')
      return isMessageOfParent(call) && !endsItsProcess(unitOf(call), argument, values) ? 'consumer' : 'inline';
    // Steps of a start and an end; what is typed where the process runs.
    if (name === 'addHook' && /^(onReady|onListen|onClose|preClose|onRoute|onRegister)$/.test(event)) return 'inline';
    if (receiver === 'process.stdin') return 'command';
    if (name === 'action' && /command|program|cli/i.test(receiver ?? '')) return 'command';
    if (isHandler(given)) return 'request';
    if (INLINE.test(name)) return 'inline';
    // What starts a program step by step.
    const root = values.of(unitOf(call), rootOfChain(call.expression));
    if (found.some(isStep) || root.some(isStep) || isPartOfSteps(call)) return 'inline';
    // `program.option('-p, --port <n>', 'where to listen', (text) => …)`
    if (root.some((v) => v.t === 'ext' && COMMAND_LINES.test(v.module))) return 'command';
    const isRouter =
      receiver !== undefined &&
      (ROUTER_NAME.test(receiver) ||
        // `anything.get('/orders', …)`
        (/^[/*]/.test(event) && ROUTES.test(name)) ||
        found.some(
          (v) =>
            v.t === 'ext' &&
            /^(express|koa|@koa\/router|koa-router|fastify|restify|hapi|@hapi\/hapi|polka|hono)$/.test(v.module),
        ));
    if (isRouter && ROUTES.test(name)) {
      // What Fastify tells of itself, and not of a request.
      if (name === 'addHook' && /^on(Route|Register|Ready|Listen|Close)$|^preClose$/.test(event)) return 'inline';
      return /^(register)$/.test(name) ? 'inline' : name === 'use' && given.params.length <= 1 ? 'inline' : 'request';
    }
    if (/^(createServer|serve)$/.test(name)) return 'request';
    if (/^(on|addListener|addEventListener)$/.test(name)) {
      if (
        /^(SIG[A-Z]+|exit|beforeExit|uncaughtException|unhandledRejection|mount|open|connected|ready|listening|reload|reloaded)$/.test(
          event,
        ) ||
        // A client that is connected now; a server is told whose socket it is.
        (event === 'connect' && given.params.length === 0)
      )
        return 'inline';
      return /message|job|delivery/.test(event) ? 'consumer' : 'event';
    }
    // An error first: what Node calls back with when the one thing that was asked for is done.
    if (argument === call.arguments?.at(-1) && looksAtErrorFirst(given)) return 'inline';
    if (CONSUMER.test(name)) return 'consumer';
    if (STARTUP.test(name) || isInitName(names.ofFn(given))) return 'inline';
    return 'callback';
  }

  /** `steps((wait) => { open(wait(() => …)); })`: what a step is given takes callbacks that are part of the step. */
  function isPartOfSteps(call: ts.CallExpression | ts.NewExpression): boolean {
    const callee = bare(call.expression);
    const owner = ts.isIdentifier(callee) ? lookup(unitOf(call), callee, callee.text)?.param?.fn : undefined;
    let up = owner?.node.parent;
    while (up && (ts.isArrayLiteralExpression(up) || ts.isParenthesizedExpression(up))) up = up.parent;
    return (
      owner !== undefined &&
      up !== undefined &&
      ts.isCallExpression(up) &&
      values.of(owner.unit, rootOfChain(up.expression)).some(isStep)
    );
  }

  /** Functions in an argument, also inside arrays and object literals. */
  function givenFunctions(unit: Unit, argument: ts.Expression, depth: number): Fn[] {
    const expr = bare(ts.isSpreadElement(argument) ? argument.expression : argument);
    const direct = functionAt(unit, expr);
    if (direct) return [direct];
    if (ts.isObjectLiteralExpression(expr) && depth < 3) {
      return expr.properties.flatMap((p) => {
        if (ts.isPropertyAssignment(p)) return givenFunctions(unit, p.initializer, depth + 1);
        if (isFunctionNode(p)) return [functionAt(unit, p)].filter((f) => f !== undefined);
        return ts.isShorthandPropertyAssignment(p) ? givenFunctions(unit, p.name, depth + 1) : [];
      });
    }
    if (ts.isArrayLiteralExpression(expr) && depth < 3)
      return expr.elements.flatMap((e) => givenFunctions(unit, e, depth + 1));
    if (ts.isIdentifier(expr) || member(expr) || ts.isCallExpression(expr)) {
      return values.of(unit, expr).flatMap((v) => (v.t === 'fn' ? [v.fn] : []));
    }
    return [];
  }

  function givenClasses(unit: Unit, argument: ts.Expression, depth: number): Cls[] {
    const expr = bare(argument);
    if (ts.isIdentifier(expr))
      return values.of(unit, expr).flatMap((v) => (v.t === 'cls' && v.cls.kind === 'class' ? [v.cls] : []));
    if (ts.isArrayLiteralExpression(expr) && depth < 3)
      return expr.elements.flatMap((e) => givenClasses(unit, e, depth + 1));
    if (ts.isObjectLiteralExpression(expr) && depth < 3) {
      return expr.properties.flatMap((p) =>
        ts.isPropertyAssignment(p) ? givenClasses(unit, p.initializer, depth + 1) : [],
      );
    }
    return [];
  }

  /** Makes the application or listens: whoever calls it, it is called to start. */
  function assembles(fn: Fn, depth = 0): boolean {
    if (isHandler(fn)) return false;
    if (depth < 3 && [...(edges.get(fn) ?? [])].some((next) => next !== fn && assembles(next, depth + 1))) return true;
    return fn.calls.some((call) =>
      (callees.get(call) ?? []).some(
        (v) =>
          v.t === 'ext' &&
          (/^(express|fastify|koa|restify|polka|hono|@hapi\/hapi|@nestjs\/core)(\.|$)/.test(v.module)
            ? /^(default|fastify|Hono|server|createServer|NestFactory\.create|)$/.test(v.path)
            : /^(https?|http2|net|ws|socket\.io)$/.test(v.module) &&
              /^(createServer|createSecureServer|Server|WebSocketServer)$/.test(v.path)),
      ),
    );
  }

  function decorated(cls: Cls): void {
    if (cls.decoratedWith.some((said) => isSingle(cls.unit, said))) contained.add(cls);
    for (const [name, fn] of cls.methods) {
      const own = ts.canHaveDecorators(fn.node) ? (ts.getDecorators(fn.node) ?? []) : [];
      for (const said of [...own.map((d) => d.expression), ...(cls.methodDecorators.get(name) ?? [])]) {
        // `(0, common.Get)('/orders')`
        const text = names
          .text(cls.unit, bare(ts.isCallExpression(said) ? said.expression : said))
          .replace(/^.*\./, '');
        const kind = ENTRY_DECORATORS.find(([word]) => word.test(text))?.[1];
        if (kind) entries.push({ fn, kind, node: fn.node });
      }
    }
  }

  /** `{ provide: CLIENTS, useFactory: () => … }`: a container calls it once, unless it is told otherwise. */
  function provides({ methods, fields, node }: Cls): void {
    const factory = fields.has('provide') ? methods.get('useFactory') : undefined;
    if (!factory || /\b(REQUEST|TRANSIENT)\b/.test(node.getText())) return;
    startup.add(factory);
    incoming.add(factory);
  }

  /** Whether a decorator of a package says that a container makes one instance; its name is the one the package gave it. */
  function isSingle(unit: Unit, said: ts.Expression): boolean {
    const callee = bare(ts.isCallExpression(said) ? said.expression : said);
    const found = values.of(unit, callee);
    const called = found.flatMap((v) => (v.t === 'ext' ? [v.path.replace(/^.*\./, '') || v.module] : []));
    const isOne = (found.length > 0 ? called : [names.text(unit, callee)]).some((name) => SINGLE.test(name));
    return isOne && !/REQUEST|TRANSIENT|transient|ContainerScoped/.test(said.getText());
  }

  function outlives(fn: Fn, outer: Fn): boolean {
    const isBoth = run.has(outer);
    const starts = outer.unit.functions.filter((one) => {
      if (one === outer || !isWithin(one, outer)) return false;
      const mine = entries.filter((e) => e.fn === one && !isTimeout(e.node) && !(isBoth && e.kind === 'callback'));
      if (mine.length > 0) return true;
      return (calledFromElsewhere.get(one) ?? []).some((from) => !isWithin(from, outer));
    });
    return reach(starts).has(fn);
  }

  function reach(seeds: readonly Fn[]): Set<Fn> {
    const seen = new Set<Fn>();
    for (const seed of seeds) extend(seen, seed);
    return seen;
  }

  function extend(seen: Set<Fn>, seed: Fn): Set<Fn> {
    const queue = [seed];
    for (let fn = queue.pop(); fn !== undefined; fn = queue.pop()) {
      if (seen.has(fn)) continue;
      seen.add(fn);
      for (const next of edges.get(fn) ?? []) queue.push(next);
    }
    return seen;
  }

  function shortestPaths(): Map<Fn, { entry: Entry; path: readonly Fn[] }> {
    const found = new Map<Fn, { entry: Entry; path: readonly Fn[] }>();
    const order: EntryKind[] = ['request', 'consumer', 'event', 'timer', 'callback', 'public'];
    for (const kind of order) {
      let edgeOf = entries
        .filter((e) => e.kind === kind && !found.has(e.fn))
        .map((entry) => ({ entry, path: [entry.fn] as readonly Fn[] }));
      while (edgeOf.length > 0) {
        const next: typeof edgeOf = [];
        for (const route of edgeOf) {
          const fn = route.path.at(-1)!;
          if (found.has(fn)) continue;
          found.set(fn, route);
          for (const to of edges.get(fn) ?? [])
            if (!found.has(to)) next.push({ entry: route.entry, path: [...route.path, to] });
        }
        edgeOf = next;
      }
    }
    return found;
  }
}

/** `server.on('error', next)`: it goes on where it was begun, as it does without a failure. */
const isOfFailure = (node: ts.Node) =>
  ts.isCallExpression(node) &&
  node.arguments[0] !== undefined &&
  ts.isStringLiteralLike(node.arguments[0]) &&
  node.arguments[0].text === 'error';

/** `steps` of `steps(…).then(…).then(…)`, however long the chain is. */
function rootOfChain(expr: ts.Expression): ts.Expression {
  let at = bare(expr);
  for (;;) {
    const on = ts.isCallExpression(at) && requiredModule(at) === undefined ? at.expression : undefined;
    const object = member(at)?.object ?? on;
    if (object === undefined) return at;
    at = bare(object);
  }
}

/** `const server = require(settings.server)`: what it does with a function that it is given is not to be seen. */
function isUnknownModule(unit: Unit, on: ts.Expression | undefined): boolean {
  const name = on && bare(on);
  const sym = name && ts.isIdentifier(name) ? lookup(unit, name, name.text) : undefined;
  return sym?.kind === 'var' && sym.values.length === 1 && isLoad(bare(sym.values[0]!.expr));
}

/** Packages that run functions one after the other. */
const isStep = (v: Value): boolean =>
  v.t === 'ext' &&
  /^(bootevent|avvio|fastify-plugin|run-series|run-parallel|run-waterfall|async|neo-async|nthen|listr2?)$/.test(
    v.module,
  ) &&
  !/queue|cargo|memoize/i.test(v.path);
const COMMAND_LINES = /^(commander|yargs(\/.*)?|cac|sade|@oclif\/.*|caporal|vorpal)$/;

/** `asClass(X).singleton()`, `asClass(X, { lifetime: Lifetime.SINGLETON })` */
function isSingleton(call: ts.CallExpression | ts.NewExpression): boolean {
  if (/SINGLETON/.test(call.arguments?.[1]?.getText() ?? '')) return true;
  for (let at: ts.Node = call; ts.isCallExpression(at) || ts.isPropertyAccessExpression(at); at = at.parent)
    if (ts.isPropertyAccessExpression(at) && at.name.text === 'singleton') return true;
  return false;
}

const isTimeout = (node: ts.Node) =>
  ts.isCallExpression(node) && /^(setTimeout|setImmediate|process\.nextTick)$/.test(node.expression.getText());
const isFieldInit = (fn: Fn) => ts.isClassLike(fn.node);

function methodsByName(units: readonly Unit[]): Map<string, Fn[]> {
  const found = new Map<string, Fn[]>();
  for (const unit of units) {
    for (const cls of unit.classes) {
      for (const [name, fn] of [...cls.methods, ...cls.staticMethods])
        found.set(name, [...(found.get(name) ?? []), fn]);
    }
  }
  return found;
}

/** The parameter at the root of `deps.report.progress`. */
function rootParam(fn: Fn, callee: ts.Expression): Sym | undefined {
  let at = bare(callee);
  for (let next = member(at); next; next = member(at)) at = bare(next.object);
  const sym = ts.isIdentifier(at) ? lookup(fn.unit, at, at.text) : undefined;
  return sym?.kind === 'param' ? sym : undefined;
}
