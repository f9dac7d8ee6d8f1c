import type { Fn } from '@atlas/state-audit/engine';
import ts from 'typescript';
import type { CrossCall } from '../evidence/calls.ts';

const IRREGULAR: Readonly<Record<string, string>> = {
  ...{
    send: 'sent',
    pay: 'paid',
    buy: 'bought',
    sell: 'sold',
    make: 'made',
    do: 'done',
    put: 'changed',
    set: 'changed',
    write: 'written',
    begin: 'begun',
  },
  ...{
    take: 'taken',
    give: 'given',
    hold: 'held',
    build: 'built',
    leave: 'left',
    win: 'won',
    lose: 'lost',
    choose: 'chosen',
    withdraw: 'withdrawn',
    submit: 'submitted',
  },
  ...{
    ship: 'shipped',
    cancel: 'cancelled',
    refer: 'referred',
    update: 'updated',
    patch: 'changed',
    post: 'created',
    add: 'added',
    sign: 'signed',
    reset: 'reset',
    log: 'logged',
    ban: 'banned',
    edit: 'edited',
    drop: 'dropped',
    stop: 'stopped',
    put_back: 'returned',
    enroll: 'enrolled',
    place: 'placed',
    checkout: 'placed',
    destroy: 'deleted',
    remove: 'removed',
    signup: 'registered',
    register: 'registered',
    deliver: 'delivered',
    transfer: 'transferred',
    enter: 'entered',
    login: 'logged_in',
    logout: 'logged_out',
    import: 'imported',
  },
};
const NO_FACT =
  /^(get|find|list|fetch|load|read|is|has|can|should|handle|on|process|run|execute|main|index|default|function|middleware|callback|then|to|from|with|by|init|ensure|check|validate|assert|call|invoke|use|perform|apply|try|catch|map|format|parse|build|render|search|query|count|notify|emit|publish|dispatch|trigger|object|async|next|wrap|compute|resolve)$/;

/** `complete` -> `completed`, `ship` -> `shipped`, `copy` -> `copied`. */
export function pastTense(verb: string): string {
  const known = IRREGULAR[verb];
  if (known !== undefined) return known;
  if (/ed$/.test(verb)) return verb;
  if (/e$/.test(verb)) return `${verb}d`;
  if (/[^aeiou]y$/.test(verb)) return `${verb.slice(0, -1)}ied`;
  if (/^[^aeiou]*[aeiou][bdgklmnprt]$/.test(verb)) return `${verb}${verb.at(-1)}ed`;
  return `${verb}ed`;
}

const words = (text: string) =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .toLowerCase()
    .trim()
    .split(' ');
const singular = (word: string) =>
  /ies$/.test(word) ? `${word.slice(0, -3)}y` : /(ss|us|is)$/.test(word) ? word : word.replace(/s$/, '');

/** What has happened when this call is made: `order.completed`, from the caller's name, its route, or at least its module. */
export function eventOf(call: CrossCall): string {
  for (let fn: Fn | undefined = call.caller; fn; fn = fn.parent) {
    const found = isCallback(fn) ? undefined : fromFunction(fn.name, call.from);
    if (found) return found;
  }
  return (call.route && fromRoute(call.route, call.from)) ?? `${noun(call.from)}.changed`;
}

/** `setImmediate(() => …)`, `users.forEach(async () => …)`: such a function is called after what it is given to, which is no fact. */
function isCallback({ node }: Fn): boolean {
  return (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) && !node.name && ts.isCallExpression(node.parent);
}

function fromFunction(name: string, module: string): string | undefined {
  const plain = name.replace(/^.*[. ]/, '');
  if (!/^[A-Za-z_$][\w$]*$/.test(plain) || /^(function|object)$/.test(plain) || /\(/.test(name)) return undefined;
  const [verb = '', ...rest] = words(plain).filter((w) => !/^(async|handler|controller|and|the|a|v\d+)$/.test(w));
  if (verb.length < 3 || NO_FACT.test(verb)) return undefined;
  if (/(er|or|ion|ing)$/.test(verb) && IRREGULAR[verb] === undefined) return undefined;
  const about = rest
    .slice(0, 2)
    .map(singular)
    .filter((w) => !/^(by|for|to|with|from|in|of|id|one|all|new)$/.test(w));
  return `${about.length > 0 ? about.join('_') : noun(module)}.${pastTense(verb)}`;
}

/** `POST /orders/:id/complete` -> `order.completed`, `POST /orders` -> `order.created`. */
export function fromRoute(route: string, module: string): string | undefined {
  const [method = '', path = ''] = route.split(' ');
  const parts = path.split('/').filter((p) => p !== '' && !p.startsWith(':') && !/^(api|v\d+|\*)$/.test(p));
  const last = parts.at(-1) ?? '';
  const afterId = /:\w+\/[\w-]+$/.test(path);
  if (method === 'POST' && /^(login|logout|signup|register|checkout)$/.test(last))
    return `${parts.length > 1 ? singular(parts.at(-2)!) : noun(module)}.${pastTense(last)}`;
  if (afterId && method === 'POST' && !/s$/.test(last))
    return `${parts.length > 1 ? singular(parts.at(-2)!) : noun(module)}.${pastTense(words(last)[0]!)}`;
  const about = last === '' ? noun(module) : words(singular(last)).join('_');
  if (method === 'POST') return `${about}.created`;
  if (method === 'PUT' || method === 'PATCH') return `${about}.changed`;
  return method === 'DELETE' ? `${about}.deleted` : undefined;
}

export const noun = (module: string): string => singular(module.split('/').at(-1)!).replace(/-/g, '_');
