import type { Scope } from '../api-keys/scopes.domain.ts';

/** What is said about a route where it is described: its path as Express has it, and the scope that opens it to keys. */
export interface DescribedRoute {
  readonly method: string;
  readonly path: string;
  readonly access: 'anybody' | { readonly scope?: Scope };
}

export interface KeyRules {
  /**
   * The scopes that an API key must have for this request, all of them; undefined when no key is let in. Where several
   * descriptions fit (`/orders/:id` and `/orders/export`) each has to allow it, so that no mistake opens a route.
   */
  scopesFor(method: string, path: string): readonly Scope[] | undefined;
}

/** What the descriptions of the routes say about API keys. A path that nobody has described is closed to them. */
export function createKeyRules(routes: readonly DescribedRoute[]): KeyRules {
  const rules = routes.map(({ method, path, access }) => ({
    method: method.toUpperCase(),
    segments: path.split('/'),
    scope: access === 'anybody' ? undefined : access.scope,
  }));
  return {
    scopesFor(method, path) {
      // Express answers HEAD with the route of GET.
      const asked = method === 'HEAD' ? 'GET' : method;
      const segments = path.split('/');
      const fitting = rules.filter((rule) => rule.method === asked && fits(rule.segments, segments));
      const scopes = fitting.map(({ scope }) => scope).filter((scope) => scope !== undefined);
      return fitting.length > 0 && scopes.length === fitting.length ? [...new Set(scopes)] : undefined;
    },
  };
}

// As strict as can be: where Express forgives (letter case, a slash at the end), a key is turned away and not let in.
function fits(pattern: readonly string[], path: readonly string[]): boolean {
  return (
    pattern.length === path.length &&
    pattern.every((segment, index) => (segment.startsWith(':') ? path[index] !== '' : segment === path[index]))
  );
}
