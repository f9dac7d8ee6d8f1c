import { audit } from './index.ts';

/** Names found in one file, with their kinds. */
const found = (text: string, path = 'server.js') => audit([{ path, text }]).findings.map((f) => `${f.kind} ${f.name}`);
const app = `const app = require('express')();\n`;

describe('an explanation above', () => {
  const lines = (comment: string, between = '') =>
    audit([
      {
        path: 'server.js',
        text: `${app}${comment}\nlet first = 0;\n${between}let second = 0;\napp.get('/', (req, res) => { first++; second++; res.end(); });\n`,
      },
    ]);

  test('speaks of the state right below it, and of nothing after something else', () => {
    const reason = '// atlas-local-ok: shown on the page of this replica';
    expect(lines(reason)).toMatchObject({ findings: [], explained: [{ name: 'first' }, { name: 'second' }] });
    expect(lines(reason, 'const other = 1;\n').findings.map((f) => f.name)).toEqual(['second']);
    expect(lines(`const x = 1; ${reason}`).findings).toHaveLength(2);
  });
});

test('a callback goes on for the caller that passed it, not for everybody', () => {
  const library = `function load(name, callback) { fs.readFile(name, (problem, text) => { if (problem) return callback(problem); callback(null, text); }); }\n`;
  const start = `let template;\nfunction init() { load('a.html', (problem, text) => { template = text; }); }\ninit();\n`;
  const serve = `app.get('/', (req, res) => load(req.path, (problem, text) => res.send(text)));\n`;
  expect(found(`const fs = require('fs');\n${app}${library}${start}${serve}`)).toEqual([]);
  const changed = `app.put('/', (req, res) => load(req.path, (problem, text) => { template = text; res.end(); }));\n`;
  expect(found(`const fs = require('fs');\n${app}${library}${start}${changed}`)).toEqual([
    expect.stringMatching(/ template$/),
  ]);
});

test('the name that a function expression gives itself is not the variable of that name inside of it', () => {
  const middleware = (inner: string) => `const made = [];
const middleware = function cache(duration) {
  made.push(duration);
  const ${inner} = (req, res, next) => { res.set('cache-control', duration); next(); };
  return ${inner};
};
app.get('/', middleware('5 minutes'), (req, res) => res.end(String(made.length)));\n`;
  expect(found(app + middleware('handler'))).toEqual([]);
  expect(found(app + middleware('cache'))).toEqual([]);
});

test('a secret that every process makes up is told; an id of the process, or one for a request, is not', () => {
  const random = `require('crypto').randomBytes(32)`;
  const signs = `exports.sign = (user) => require('jsonwebtoken').sign({ user }, key);\n`;
  expect(found(`const key = process.env.JWT || ${random}.toString('hex');\n${signs}`)).toEqual(['session key']);
  expect(found(`exports.jwtSecret = process.env.JWT || ${random}.toString('hex');\n`)).toEqual(['session jwtSecret']);
  expect(
    found(
      `const instanceId = ${random};\n${app}app.get('/', (req, res) => { const secret = ${random}; res.json(secret); });\n`,
    ),
  ).toEqual([]);
});

test('values made once in an object are no state; what is changed there is', () => {
  const made = `const held = { client: undefined };\nconst client = () => { if (held.client) return held.client; held.client = connect(); return held.client; };\n`;
  expect(found(`${app}${made}app.get('/', (req, res) => res.json(client()));\n`)).toEqual([]);
  const last = `const held = { user: undefined };\napp.get('/', (req, res) => { held.user = req.user; res.end(); });\n`;
  expect(found(`${app}${last}`)).toHaveLength(1);
});

test('a timer that sweeps its own table is no schedule; one that asks outside is', () => {
  const table = `${app}const seen = new Map();\napp.get('/', (req, res) => { seen.set(req.ip, Date.now()); res.end(); });\n`;
  const prune = `function prune() { for (const [ip, at] of seen) if (at < Date.now() - 1000) seen.delete(ip); }\nsetInterval(() => prune(), 1000);\n`;
  expect(found(table + prune).filter((one) => one.startsWith('schedule'))).toEqual([]);
  const report = `async function report() { await fetch('http://x', { body: seen.size }); seen.clear(); }\nsetInterval(() => report(), 1000);\n`;
  expect(found(table + report).filter((one) => one.startsWith('schedule'))).toHaveLength(1);
});

test('options given through Object.assign count', () => {
  const limit = (store: string) =>
    `${app}const limit = require('express-rate-limit');\nconst params = { max: 1 };\napp.use(limit(Object.assign(params, { ${store} })));\n`;
  expect(found(limit('store: new RedisStore()'))).toEqual([]);
  expect(found(limit('windowMs: 1000'))).toHaveLength(1);
});

test('a plugin that is passed to register is judged by its options', () => {
  const server = (options: string) =>
    found(
      `const app = require('fastify')();\nconst limit = require('@fastify/rate-limit');\napp.register(limit${options});\n`,
    );
  expect(server('')).toEqual(['rate-limit limit']);
  expect(server(', { max: 3 }')).toEqual(['rate-limit limit']);
  expect(server(', { redis: client }')).toEqual([]);
});

test('what is below the confidence asked for is left out, and its explanation is good all the same', () => {
  const text = `${app}// atlas-local-ok: shown on the page of this replica\nlet hits = 0;\napp.get('/', (req, res) => res.json(++hits));\n`;
  expect(audit([{ path: 'server.js', text }], undefined, { minConfidence: 1 })).toMatchObject({
    ...{ findings: [], explained: [], badSuppressions: [] },
  });
});

test('what is nested too deeply to be read is listed; the other files are read', () => {
  const sum = (terms: number) => `exports.sum = ${Array(terms).fill('"a"').join(' + ')};\n`;
  const deep = audit([
    { path: 'deep.js', text: sum(20_000) },
    { path: 'lists.js', text: `exports.x = ${'['.repeat(20_000)}${']'.repeat(20_000)};\n` },
    { path: 'long.js', text: sum(900) },
    { path: 'server.js', text: `${app}let hits = 0;\napp.get('/', (req, res) => res.json(++hits));\n` },
  ]);
  expect(deep.findings).toMatchObject([{ file: 'server.js', name: 'hits' }]);
  expect(deep.unparsable).toEqual([
    { file: 'deep.js', line: 1, message: 'nested too deeply: not read' },
    { file: 'lists.js', line: 1, message: 'nested too deeply: not read' },
  ]);
});

test('a finding is known again when another text makes it another kind', () => {
  const one = (route: string) =>
    audit([
      {
        path: 'server.js',
        text: `${app}const kept = new Map();\napp.post('/${route}', (req, res) => { kept.set(req.params.id, req.body); res.end(); });\n`,
      },
    ]).findings;
  const [first, second] = [one('login'), one('orders')];
  expect([first[0]?.kind, second[0]?.kind]).toEqual(['session', 'cache']);
  expect(first[0]?.fingerprint).toBe(second[0]?.fingerprint);
});

test('what ends its process when it is done is a job; what waits to be asked to end is a server', () => {
  const main = (hears: string) => `${app}async function run(start) {
  ${hears}
  const server = await start();
  await ended(server);
  process.exit(0);
}
run(() => {
  let visits = 0;
  app.get('/', (req, res) => { visits += 1; res.end(String(visits)); });
  return app.listen(3000);
}).catch((error) => process.exit(1));\n`;
  expect(found(main(''))).toEqual([]);
  expect(found(main(`process.on('SIGTERM', stop);`))).toEqual(['counter visits']);
  expect(found(main(`for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);`))).toEqual([
    'counter visits',
  ]);
});
