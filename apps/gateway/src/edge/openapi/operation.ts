import type { ZodObject, ZodType } from 'zod';
import type { Scope } from '../../api-keys/scopes.domain.ts';
import type { Role } from '../../database.ts';

/**
 * Who may call: `anybody`, or a signed-in user with one of `roles`. With `scope`, an API key that has it may call as
 * well; without one no API key may, whatever its scopes.
 */
export type Access = 'anybody' | { readonly roles: readonly [Role, ...Role[]]; readonly scope?: Scope };

/** One answer that is no problem. Without `body` it has none. */
export interface Reply {
  /** What it means, for the reader: "The order, completed." */
  readonly description: string;
  /** What is sent, not what it is made of: numbers, text and null, as JSON has them. A plain `z.object`. */
  readonly body?: ZodType;
  /** `application/json` unless said. */
  readonly contentType?: string;
  /** The same in other forms, for who asks for them: by content type. */
  readonly alsoAs?: Readonly<Record<string, ZodType>>;
  /** Headers that matter to the client, with what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * One route of the API as data: what the OpenAPI document, the tests that compare routes and answers with it, and the
 * tests that send bad input are made of. The schemas are those that the route itself parses with, so they cannot differ.
 */
export interface Operation {
  /** The name of the function in a generated client: `completeOrder`. Unique. */
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As the Express route has it: `/orders/:order_id`. */
  readonly path: string;
  /** The heading under which a reader finds it: `Orders`. */
  readonly tag: string;
  /** One line, as a command: "Complete an order". */
  readonly summary: string;
  /** Markdown, where one line is not enough. */
  readonly description?: string;
  readonly access: Access;
  readonly params?: ZodObject;
  readonly query?: ZodObject;
  readonly headers?: ZodObject;
  readonly body?: ZodType;
  /** The body may be left out. */
  readonly bodyOptional?: true;
  /** `Idempotency-Key` is honoured: true for every POST that goes through `commands.command` or `transact`. */
  readonly idempotencyKey?: true;
  /** By status; at least one. */
  readonly responses: Readonly<Record<number, Reply>>;
  /**
   * The codes of this route's own problems by status: `{ 404: ['ORDER_NOT_FOUND'] }`. What every route of its kind can
   * answer (bad input, no session, wrong role, rate limit, a dependency away) is added by `usual-problems.ts`.
   */
  readonly problems?: Readonly<Record<number, readonly string[]>>;
}

/** Checks the type of an operation where it is written, so that a mistake is reported there and not in a list. */
export function operation(described: Operation): Operation {
  return described;
}
