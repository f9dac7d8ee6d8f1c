import { formatInstant } from '../mail/format.ts';
import { defineMail, type Fact, factTable } from '../mail/layout.ts';
import type { Endpoint } from './endpoint.domain.ts';

/** What the mail about an endpoint that was switched off shows. */
export interface EndpointSwitchedOffView {
  readonly reason: string;
  readonly facts: readonly Fact[];
}

export const endpointSwitchedOffMail = defineMail<EndpointSwitchedOffView>({
  name: 'webhook-endpoint-switched-off',
  subject: 'A webhook endpoint of your workspace was switched off',
  text: `We have switched off one of your webhook endpoints, because {{reason}}.

${factTable.text}

No events are sent there any more. When it works again, switch it on with
PATCH /webhooks/endpoints/:id and {"status":"active"}.
`,
  html: `<h1 style="margin:0 0 8px;font-size:22px">A webhook endpoint was switched off</h1>
<p style="margin:0">We have switched off one of your webhook endpoints, because {{reason}}.</p>
${factTable.html}
<p style="margin:0">No events are sent there any more. When it works again, switch it on with <code>PATCH /webhooks/endpoints/:id</code> and <code>{"status":"active"}</code>.</p>`,
});

/** What the mail about this endpoint shows. */
export function endpointSwitchedOffView(endpoint: Endpoint & { status: 'off' }): EndpointSwitchedOffView {
  return {
    reason: endpoint.offReason === 'gone' ? 'it answered 410 Gone' : 'every delivery to it has failed for 5 days',
    facts: [
      { label: 'Endpoint', value: endpoint.url },
      { label: 'Id', value: endpoint.endpointId },
      { label: 'Switched off', value: formatInstant(new Date(endpoint.offAt).toISOString()) },
    ],
  };
}
