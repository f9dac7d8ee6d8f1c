import {
  domainOf,
  eventCatalogue,
  findDefinition,
  queueName,
  queuesOf,
  services,
  topicName,
  topology,
} from './index.ts';

describe('the topology', () => {
  test('every consumed key is in the catalogue, in a major that is still published', () => {
    for (const key of services.flatMap((service) => topology.consumers[service])) {
      const [type, major] = [key.slice(0, key.lastIndexOf('.')), key.slice(key.lastIndexOf('.') + 1)];
      expect(findDefinition(type)?.current).toHaveProperty(major);
    }
  });

  test('every event is heard by somebody', () => {
    const heard = services.flatMap((service): readonly string[] => topology.consumers[service]);
    for (const { type } of eventCatalogue) expect(heard.some((key) => key.startsWith(`${type}.`))).toBe(true);
  });

  test('no service hears itself but billing, whose own queue carries out its charges', () => {
    const own = services.filter((service) =>
      topology.consumers[service].some(
        (key) => findDefinition(key.slice(0, key.lastIndexOf('.')))?.producer === service,
      ),
    );
    expect(own).toEqual(['billing']);
  });

  test('a service has one queue per domain that it hears, and each key is in the queue of its domain', () => {
    for (const service of services) {
      const queues = queuesOf(service);
      expect(queues.flatMap((queue) => queue.eventKeys).sort()).toEqual([...topology.consumers[service]].sort());
      for (const { domain, eventKeys } of queues) {
        for (const key of eventKeys) expect(domainOf(key.slice(0, key.lastIndexOf('.')))).toBe(domain);
      }
    }
  });

  test('the names are those of the wire', () => {
    expect(topicName('atlas', 'order')).toBe('atlas-order-events');
    expect(queueName('atlas', 'notification', 'order')).toBe('atlas-notification-order-events');
  });
});
