import type { AddressInfo } from 'node:net';
import express from 'express';
import { Redis } from 'ioredis';
import pg from 'pg';

// The least that an authenticated read asks of its stores, in the order in which it can: the session; then side by side a count and the
// user whom the session names; then the orders of the user's tenant. Nothing is checked, prolonged, signed, refused, logged or measured.
const userById = {
  name: 'user',
  text: `SELECT u.user_id, u.tenant_id, u.role, u.email, u.name, t.name AS tenant_name
    FROM users u JOIN tenants t ON t.tenant_id = u.tenant_id WHERE u.user_id = $1`,
};
const newestOrders = {
  name: 'orders',
  text: `SELECT order_id, status, currency, total_cents, created_at, completed_at, event_id, external_reference, buyer_reference
    FROM orders WHERE tenant_id = $1 ORDER BY order_id DESC LIMIT 21`,
};

const app = createFloor(JSON.parse(process.argv[2]!) as Record<string, string>);
process.once('disconnect', () => process.exit(0));
const server = app.listen(0, '127.0.0.1', () => {
  process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

function createFloor({ REDIS_URL = '', DATABASE_URL = '', ATLAS_PREFIX = '' }: Record<string, string>) {
  const redis = new Redis(REDIS_URL);
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 20 });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/orders', async (req, res) => {
    const [id] = decodeURIComponent(/atlas\.sid=([^;]+)/.exec(req.headers.cookie!)![1]!)
      .slice(2)
      .split('.');
    const { userId } = JSON.parse((await redis.get(`${ATLAS_PREFIX}:session:${id}`))!) as { userId: string };
    const [users] = await Promise.all([
      pool.query<{ tenant_id: string }>({ ...userById, values: [userId] }),
      redis.incr(`${ATLAS_PREFIX}:bench-floor:${userId}`),
    ]);
    const { rows } = await pool.query<Record<string, unknown>>({ ...newestOrders, values: [users.rows[0]!.tenant_id] });
    const items = rows.map(({ buyer_reference: customer, total_cents: cents, ...row }) => ({
      ...row,
      total: (Number(cents) / 100).toFixed(2),
      total_cents: Number(cents),
      customer,
    }));
    res.json({ items, next_cursor: null });
  });
  return app;
}
