import pg from 'pg';
import { leakCheck } from './leak-check.ts';
import { stackVariable, testPrefix } from './stack.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const name = testPrefix();
const made: TestDatabase[] = [];
let migrations = 0;
afterAll(async () => {
  await Promise.all(made.map((database) => database.drop()));
  await query(stackVariable('DATABASE_URL'), `DROP DATABASE template_${name}`);
});

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

async function create(): Promise<TestDatabase> {
  const database = await createTestDatabase({
    name,
    migrate: async (url) => {
      migrations += 1;
      await query(url, 'CREATE TABLE IF NOT EXISTS orders (id int PRIMARY KEY)');
    },
  });
  made.push(database);
  return database;
}

describe('createTestDatabase', () => {
  it('makes migrated databases that know nothing of each other, also at the same time', async () => {
    const [one, two, three] = await Promise.all([create(), create(), create()]);
    await query(one!.url, 'INSERT INTO orders VALUES (1)');
    expect(await query(two!.url, 'SELECT * FROM orders')).toEqual([]);
    expect(await query(three!.url, 'SELECT * FROM orders')).toEqual([]);
    expect(migrations).toBe(3);
  });

  it('drops a database that is still in use', async () => {
    const database = await create();
    const user = new pg.Client({ connectionString: database.url });
    user.on('error', () => {});
    await user.connect();
    await database.drop();
    await expect(query(database.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
    await user.end().catch(() => {});
  });

  it('does not keep the lock when a migration fails', async () => {
    const failing = createTestDatabase({ name, migrate: () => Promise.reject(new Error('bad migration')) });
    await expect(failing).rejects.toThrow('bad migration');
    await create();
  });
});

leakCheck();
