/** A route of an Express app: a method in lower case, and the path as it was written, `/orders/:order_id`. */
export interface ExpressRoute {
  readonly method: string;
  readonly path: string;
}

/** `listRoutes` of router 2.3, which its types do not know yet. */
interface ListingRouter {
  listRoutes(): { path: string | RegExp; methods?: string[]; router?: ListingRouter }[];
}

/**
 * Every route of the app, those of nested routers too, in the order in which they are tried. What is not a route (a proxy, a
 * guard) is not there, and neither is the HEAD that comes with a GET.
 */
export function routesOf(app: { readonly router: unknown }): ExpressRoute[] {
  return routesIn(app.router as ListingRouter, '');
}

function routesIn(router: ListingRouter, base: string): ExpressRoute[] {
  return router.listRoutes().flatMap(({ path, methods = [], router: nested }) => {
    if (typeof path !== 'string') throw new TypeError(`A route with a pattern cannot be described: ${String(path)}`);
    const whole = path === '/' ? base : base + path;
    if (nested !== undefined) return routesIn(nested, whole);
    const asked = methods.map((method) => method.toLowerCase()).filter((method) => method !== 'head');
    return asked.map((method) => ({ method, path: whole }));
  });
}
