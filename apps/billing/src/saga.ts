/** Billing's part of the saga, over ports: for a model that lets it run in every order. */
export type { Accounts } from './charge/accounts.ts';
export { createChargeDesk } from './charge/charge-desk.ts';
export type { ChargeDesk } from './charge/charge-desk.ts';
export { createSettle } from './charge/late-results.ts';
export type { OpenCharges } from './charge/open-charges.ts';
export { createHandlers } from './handlers.ts';
export { ProviderUnavailableError } from './payment-provider/errors.ts';
export type {
  ChargeRequest,
  ChargeResult,
  LateResult,
  PaymentProvider,
  RefundRequest,
  RefundResult,
} from './payment-provider/payment-provider.ts';
