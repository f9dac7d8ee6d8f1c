import type { EventOf } from '@atlas/event-contracts';
import { defineMail } from '../mail/layout.ts';

/** What the welcome mail shows. */
export interface WelcomeView {
  readonly userName: string;
  readonly tenantName: string;
  readonly email: string;
  readonly owner: boolean;
}

export const welcome = defineMail<WelcomeView>({
  name: 'welcome',
  subject: 'Welcome to {{tenantName}} on Atlas',
  text: `Hello {{userName}},

your account in {{tenantName}} is ready. You sign in with {{email}}.
{{#if owner}}
You are the owner of this workspace: orders, webhooks and plans are yours to set up.
{{else}}
You are a member of this workspace and see its orders and its activity.
{{/if}}`,
  html: `<h1 style="margin:0 0 16px;font-size:22px">Hello {{userName}},</h1>
<p style="margin:0 0 12px">your account in <strong>{{tenantName}}</strong> is ready. You sign in with {{email}}.</p>
{{#if owner}}<p style="margin:0">You are the owner of this workspace: orders, webhooks and plans are yours to set up.</p>
{{else}}<p style="margin:0">You are a member of this workspace and see its orders and its activity.</p>
{{/if}}`,
});

/** What the welcome mail to this user shows. */
export function welcomeView({ payload }: EventOf<'user.registered.v1'>): WelcomeView {
  return {
    userName: payload.user_name,
    tenantName: payload.tenant_name,
    email: payload.user_email,
    owner: payload.role === 'owner',
  };
}
