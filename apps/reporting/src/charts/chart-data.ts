import type { Asked } from '../period/asked.ts';
import type { RevenueItem } from '../revenue/revenue-report.domain.ts';
import type { SagasItem } from '../sagas/sagas-report.domain.ts';
import type { SubscriptionsItem } from '../subscriptions/subscriptions-report.domain.ts';
import type { Picture } from './picture.ts';
import type { Theme } from './themes.ts';

/** What pictures are made of: what the reports of this service answer, for a whole period, oldest first. */
export interface Answer<Item> {
  readonly items: readonly Item[];
  /** Timestamp of the newest event that is counted; null when none ever was. */
  readonly as_of: string | null;
  readonly lag_seconds: number | null;
}

/** Where the figures come from; `who` is a tenant, or undefined for all of them together. Rejects with problems. */
export interface ReportSource {
  revenue(who: string | undefined, asked: Asked): Promise<Answer<RevenueItem>>;
  subscriptions(who: string | undefined, asked: Asked): Promise<Answer<SubscriptionsItem>>;
  sagas(who: string | undefined, asked: Omit<Asked, 'currency'>): Promise<Answer<SagasItem>>;
}

/** A report, ready to be shown. */
export interface Chart {
  picture(theme: Theme): Picture;
  /** The numbers that people look for first. */
  readonly figures: readonly Figure[];
  readonly table: Table;
  readonly as_of: string | null;
  readonly lag_seconds: number | null;
}

export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly detail: string;
}

/** The same numbers in words and digits, for those who do not see the picture and those who want them exactly. */
export interface Table {
  readonly columns: readonly { readonly name: string; readonly isNumber?: true }[];
  readonly rows: readonly (readonly string[])[];
}
