import { Webhook } from 'standardwebhooks';
import { newSecret, signedHeaders, webhookBody, webhookIdOf } from './webhook-message.ts';

const body = webhookBody({
  event: 'order.completed',
  timestamp: '2026-11-22T08:37:00.123Z',
  payload: { total: '12.50', note: 'ü ✓' },
});
const webhookId = webhookIdOf('event-1', 'endpoint-1');
const signed = (...secrets: string[]) =>
  signedHeaders({ webhookId, body, secrets: secrets.map((value) => ({ value })) }, Date.now());

it('has the body that Standard Webhooks asks for', () => {
  expect(JSON.parse(body)).toEqual({
    type: 'order.completed',
    timestamp: '2026-11-22T08:37:00.123Z',
    data: { total: '12.50', note: 'ü ✓' },
  });
});

it('makes secrets of 32 random bytes', () => {
  const secret = newSecret();
  expect(secret).toMatch(/^whsec_/);
  expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
  expect(newSecret()).not.toBe(secret);
});

it('signs so that the library of the receivers accepts it', () => {
  const secret = newSecret();
  const headers = signed(secret);
  expect(headers['webhook-id']).toBe('event-1.endpoint-1');
  expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
});

it('signs with both secrets during a rotation, so that old and new receivers accept it', () => {
  const [old, fresh] = [newSecret(), newSecret()];
  const headers = signed(fresh, old);
  expect(headers['webhook-signature']!.split(' ')).toHaveLength(2);
  for (const secret of [old, fresh]) expect(new Webhook(secret).verify(body, headers)).toBeDefined();
});

it('is refused when the body, the id or the secret is another one', () => {
  const secret = newSecret();
  const headers = signed(secret);
  expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
  expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'another' })).toThrow();
  expect(() => new Webhook(newSecret()).verify(body, headers)).toThrow();
});
