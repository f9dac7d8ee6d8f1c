import { type Domain, domains, eventCatalogue, type Service } from '@atlas/event-contracts';

/** The domains, and with them the topics, of the events that a service says. */
export function publishedDomains(service: Service): Domain[] {
  const said = eventCatalogue.filter(({ producer }) => producer === service).map(({ domain }) => domain);
  return domains.filter((domain) => said.includes(domain));
}
