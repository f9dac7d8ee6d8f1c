/** Folders that say how the code is layered, not what it is about. */
const LAYERS =
  /^(controllers?|routes?|routers?|routing|models?|services?|repositor(y|ies)|entit(y|ies)|daos?|handlers?|resolvers?|validators?|validations?|schemas?|views?|dtos?|endpoints?|presenters?|serializers?|jobs?|workers?|listeners?|subscribers?|polic(y|ies)|queries|commands?|stores?|use-?cases?|domain|application|infrastructure|adapters?|api|apis|rest|graphql|http|web|v\d+)$/i;
/** Folders that only hold others. */
const CONTAINERS =
  /^(src|lib|libs|source|server|backend|app|apps|core|modules?|features?|domains?|packages?|components?|plugins?|extensions?|dist|build|compiled|main|javascript|node|cjs|esm|@?[\w-]*-?server)$/i;
/** Whether a folder of this name says nothing of what is in it. */
export const onlyHolds = (name: string): boolean => CONTAINERS.test(name);
/** What is there for everybody. */
const SHARED =
  /^(utils?|utilities|helpers?|common|shared|middlewares?|config|configs|configuration|constants?|types?|typings|interfaces?|db|database|errors?|exceptions?|logg(er|ers|ing)|i18n|locales?|lang|support|tools?|scripts?|bin|cli|test-?utils?|vendor|polyfills?|decorators?|guards?|interceptors?|pipes?|filters?|mixins?|data|env|bootstrap|boot|loaders?|init|version|package)$/i;
const SUFFIX =
  /([-._]?(controllers?|routes?|routers?|models?|services?|repositor(y|ies)|entity|handlers?|resolvers?|validators?|validation|schemas?|views?|dtos?|endpoints?|presenters?|serializers?|jobs?|workers?|listeners?|subscribers?|polic(y|ies)|queries|commands?|stores?|module|adapters?|api|impl|types?|interface|middlewares?|manager|provider|factory|helpers?|utils?|domain|gateway|dao|client))+$/i;
const STARTS = /^(index|app|server|main|cli|start|www|boot|bootstrap|run|worker|cluster|standalone|entry|program)$/i;

export type Role =
  | { readonly kind: 'domain'; readonly key: string; readonly depth: number }
  | { readonly kind: 'shared'; readonly key: string }
  | { readonly kind: 'entry' };

/** `orderItems` and `order-item` are one word: lower case, singular, with dashes. */
export function normal(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .toLowerCase()
    .replace(/^-|-$/g, '');
  return words
    .split('-')
    .map((word, i, all) => (i === all.length - 1 ? singular(word) : word))
    .join('-');
}

function singular(word: string): string {
  if (/(ss|us|is|news|series|sms|dns|aws|https?|analytics|metrics|status)$/.test(word) || word.length < 4) return word;
  if (/ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(ches|shes|sses|xes|zes)$/.test(word)) return word.slice(0, -2);
  return word.replace(/s$/, '');
}

/** `order.controller`, `OrderService`, `order-routes` -> `order`; empty when nothing but the suffix is there. */
export function stem(fileName: string): string {
  const base = fileName.replace(/\.[cm]?[jt]sx?$/, '').replace(/^_+/, '');
  return normal(base.replace(SUFFIX, ''));
}

/** What a file is about, from its path; `opened` are folders that are too large to be one thing. */
export function roleOf(path: string, opened: ReadonlySet<string>): Role {
  const parts = path.split('/');
  const file = parts.pop()!;
  let shared: string | undefined;
  for (let i = 0; i < parts.length; i++) {
    const name = parts[i]!;
    if (opened.has(parts.slice(0, i + 1).join('/')) || CONTAINERS.test(name)) continue;
    if (LAYERS.test(name)) continue;
    if (SHARED.test(name)) {
      shared ??= name.toLowerCase();
      break;
    }
    return { kind: 'domain', key: normal(name), depth: i + 1 };
  }
  if (shared !== undefined) return { kind: 'shared', key: shared };
  const base = file.replace(/\.[cm]?[jt]sx?$/, '');
  if (STARTS.test(base)) return { kind: 'entry' };
  if (SHARED.test(base)) return { kind: 'shared', key: base.toLowerCase() };
  const key = stem(file);
  return key === '' ? { kind: 'shared', key: base.toLowerCase() } : { kind: 'domain', key, depth: 0 };
}
