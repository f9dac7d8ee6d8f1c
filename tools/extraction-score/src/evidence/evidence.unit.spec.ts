import { createProgram } from '@atlas/state-audit/engine';
import ts from 'typescript';
import { answerOf, isAfterAnswer } from './answers.ts';
import { readTables, tablesIn } from './tables.ts';

/** The call of `f` in a function body. */
function callIn(body: string): ts.CallExpression {
  const source = ts.createSourceFile('a.ts', `async function x() { ${body} }`, ts.ScriptTarget.Latest, true);
  let found: ts.CallExpression | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'f') found = node;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found!;
}

test.each([
  ['f();', 'one-way'],
  ['void f();', 'one-way'],
  ['f().catch(log);', 'one-way'],
  ['setImmediate(() => f());', 'one-way'],
  ['await f();', 'awaited'],
  ['await f().catch(log);', 'awaited'],
  ['await Promise.all([f(), g()]);', 'awaited'],
  ['f().then(() => g());', 'awaited'],
  ['const y = await f();', 'used'],
  ['return f();', 'used'],
  ['f().then((y) => res.json(y));', 'used'],
  ['if (await f()) g();', 'used'],
  ['res.json(await f());', 'used'],
  ['list.map((one) => f(one));', 'used'],
])('%s is %s', (body, answer) => {
  expect(answerOf(callIn(body))).toBe(answer);
});

test('what comes after the answer makes nobody wait', () => {
  expect(isAfterAnswer(callIn('res.json(1); const y = await f();'))).toBe(true);
  expect(isAfterAnswer(callIn('const y = await f(); res.json(y);'))).toBe(false);
});

test.each([
  ['SELECT * FROM orders o JOIN "order_lines" l ON true', ['read orders', 'read order_lines']],
  ['insert into public.users (a) values (1)', ['write users']],
  ['UPDATE accounts SET x = (SELECT 1 FROM rates)', ['write accounts', 'read rates']],
  ['delete from `carts` where id in (select cart_id from orders)', ['write carts', 'read orders']],
  ['SELECT now()', []],
])('%s', (sql, expected) => {
  expect(tablesIn(sql).map((t) => `${t.mode} ${t.table}`)).toEqual(expected);
});

test.each([
  [`const Order = mongoose.model('Order', schema); exports.f = (req, res) => Order.find({});`, 'read order'],
  [
    `const Order = mongoose.model('Order', schema); exports.f = (req, res) => Order.findByIdAndUpdate(1);`,
    'write order',
  ],
  [`class OrderLine extends Model {} exports.f = (req, res) => OrderLine.create({});`, 'write order_line'],
  [`exports.f = (req, res) => prisma.orderLine.findMany();`, 'read order_line'],
  [`exports.f = (req, res) => knex('orders').where({ id: 1 }).update({ a: 1 });`, 'write orders'],
  [`exports.f = (req, res) => knex.select('*').from('orders').where({});`, 'read orders'],
  [`exports.f = (req, res) => db.collection('carts').insertOne({});`, 'write carts'],
  [`exports.f = (req, res) => this.database.update('_Session', {});`, 'write _Session'],
  ['exports.f = (req, res) => sql`SELECT * FROM orders WHERE id = ${1}`;', 'read orders'],
  [
    `exports.f = (req, res) => client.send(new PutCommand({ TableName: 'atlas-carts', Item: {} }));`,
    'write atlas-carts',
  ],
])('%s', (text, expected) => {
  const program = createProgram([{ path: 'a.js', text }], { aliases: [], packages: new Map() });
  expect(readTables(program).map((t) => `${t.mode} ${t.table}`)).toEqual([expected]);
});

test.each([
  `exports.f = (req, res) => cache.get('orders');`,
  `exports.f = (req, res) => app.get('orders');`,
  `new Map().set('orders', 1);`,
])('no table: %s', (text) => {
  const program = createProgram([{ path: 'a.js', text }], { aliases: [], packages: new Map() });
  expect(readTables(program)).toEqual([]);
});
