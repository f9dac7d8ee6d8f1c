import { createOrderLineReader } from './order-line.ts';

const order = { customer: '17243', email: 'buyer@example.com', currency: 'GBP', lines: [] };

function read(...texts: string[]) {
  const reader = createOrderLineReader();
  return texts.map((text, i) => reader.read({ number: i + 1, text }));
}

it('passes an order on as it was written', () => {
  const text = '{ "order_id":"538365",  "lines":[{"sku":"a","qty":1,"unit_price":2.10}] }';
  expect(read(text)).toEqual([{ kind: 'order', number: 1, reference: '538365', body: text }]);
});

it('gives an order without order_id one of its content, the same in every run, and keeps equal orders apart', () => {
  const text = JSON.stringify(order);
  const [first, second, other] = read(text, text, JSON.stringify({ ...order, customer: 'x' }));
  const references = [first, second, other].map((line) => (line?.kind === 'order' ? line.reference : ''));
  expect(new Set(references).size).toBe(3);
  expect(read(text, text)).toEqual([first, second]);
  expect(first).toMatchObject({ kind: 'order', body: JSON.stringify({ ...order, order_id: references[0] }) });
  expect(references.every((reference) => reference.length <= 128)).toBe(true);
});

it('leaves the judgement about a null order_id to the API', () => {
  expect(read('{"order_id":null}')).toEqual([
    { kind: 'order', number: 1, reference: 'null', body: '{"order_id":null}' },
  ]);
});

it.each([['{"a":'], ['nonsense'], ['{} {}']])('says that %s is no JSON', (text) => {
  expect(read(text)).toEqual([{ kind: 'bad', number: 1, reason: expect.stringMatching(/^is no JSON: ./) }]);
});

it.each(['[]', '"text"', '12', 'null'])('says that %s is no order', (text) => {
  expect(read(text)).toEqual([{ kind: 'bad', number: 1, reason: 'is no JSON object' }]);
});
