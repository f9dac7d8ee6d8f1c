import { normal, stem } from './names.ts';
import { partition } from './partition.ts';

const cut = (paths: string[], edges: [string, string][] = [], packages = new Map<string, string>()) =>
  Object.fromEntries(
    partition(
      paths.map((path) => ({ path, lines: 100 })),
      edges,
      packages,
      [],
    ).candidates.map((c) => [c.name, c]),
  );

test('names', () => {
  expect([normal('OrderItems'), normal('order-item'), normal('categories'), normal('SMS'), normal('status')]).toEqual([
    ...['order-item', 'order-item', 'category', 'sms', 'status'],
  ]);
  expect(['order.controller.ts', 'OrderService.js', 'orders-routes.mjs', 'index.js'].map(stem)).toEqual([
    'order',
    'order',
    'order',
    'index',
  ]);
});

test('layers: one name through controllers, services and models is one module', () => {
  const found = cut([
    'src/controllers/order.controller.ts',
    'src/services/OrderService.ts',
    'src/models/order.ts',
    'src/controllers/user.controller.ts',
    'src/models/User.ts',
    'src/utils/dates.ts',
  ]);
  expect(Object.keys(found)).toEqual(['order', 'user']);
  expect(found['order']).toMatchObject({
    how: 'names',
    files: expect.arrayContaining(['src/services/OrderService.ts']) as string[],
  });
});

test('folders of features, also below a large one', () => {
  const found = cut(['src/modules/orders/a.ts', 'src/modules/orders/b.ts', 'src/modules/users/a.ts', 'src/app.ts']);
  expect(Object.keys(found)).toEqual(['orders', 'users']);
  const deep = cut(['shop/orders/a.ts', 'shop/users/a.ts', 'shop/mail/a.ts', 'shop/mail/b.ts', 'other/a.ts']);
  expect(Object.keys(deep)).toEqual(['mail', 'orders', 'other', 'users']);
});

test('packages of a workspace', () => {
  const found = cut(
    ['packages/cart/src/index.ts', 'packages/cart/src/a.ts', 'packages/search/src/index.ts'],
    [],
    new Map([['@x/cart', 'packages/cart']]),
  );
  expect(found).toMatchObject({ cart: { how: 'package' }, search: { how: 'folder' } });
});

test('a flat folder falls into communities of imports', () => {
  const files = [
    'lib/basket.js',
    'lib/checkout.js',
    'lib/stock.js',
    'lib/letter.js',
    'lib/printer.js',
    'lib/envelope.js',
  ];
  const edges: [string, string][] = [
    ['lib/basket.js', 'lib/checkout.js'],
    ['lib/checkout.js', 'lib/stock.js'],
    ['lib/basket.js', 'lib/stock.js'],
    ['lib/letter.js', 'lib/printer.js'],
    ['lib/printer.js', 'lib/envelope.js'],
    ['lib/letter.js', 'lib/envelope.js'],
    ['lib/checkout.js', 'lib/letter.js'],
  ];
  const found = Object.values(cut(files, edges));
  expect(found.map((c) => c.files)).toEqual([
    ['lib/basket.js', 'lib/checkout.js', 'lib/stock.js'],
    ['lib/envelope.js', 'lib/letter.js', 'lib/printer.js'],
  ]);
  expect(found.every((c) => c.how === 'imports')).toBe(true);
});

test('a package that is the whole program is cut into what is in it, also below its src', () => {
  const found = cut(
    ['orders', 'billing', 'mails', 'search'].map((name) => `packages/back-end/src/${name}/${name}.ts`),
    [],
    new Map([['back-end', 'packages/back-end']]),
  );
  expect(Object.keys(found)).toEqual(['billing', 'mails', 'orders', 'search']);
});
