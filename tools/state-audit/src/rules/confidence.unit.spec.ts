import { audit } from '../index.ts';

/** How sure it is that `table` is state, of what a file does with it; 0 when it is not found at all. */
const sureness = (
  use: string,
  end = 'app.get("/", (req, res) => res.end()); app.get("/all", (req, res) => res.json(table));',
) => {
  const text = `const emitter = require('./emitter');\nconst app = require('express')();\nconst table = {};\n${use}\n${end}\n`;
  const found = audit([{ path: 'server.js', text }], undefined, { minConfidence: 0.01 }).findings;
  return found.find((one) => one.name === 'table')?.confidence ?? 0;
};

const BY_REQUEST = `app.put('/:id', (req, res) => { table[req.params.id] = req.body; res.end(); });`;
const BY_EVENT = `emitter.on('found', (one) => { table[one.id] = one; });`;
const BY_NOBODY = `exports.keep = (id, one) => { table[id] = one; };`;

describe('the confidence says what reaches the writes', () => {
  test('a request proves more than an event, and an event more than a function nobody is seen to call', () => {
    expect(sureness(BY_REQUEST)).toBeGreaterThan(0.9);
    expect(sureness(BY_EVENT)).toBeGreaterThan(0.7);
    expect(sureness(BY_EVENT)).toBeLessThan(0.8);
    expect(sureness(BY_NOBODY)).toBeLessThan(0.5);
  });

  test('in a package of parts nobody can be seen to call', () => {
    expect(sureness(BY_NOBODY, '')).toBeGreaterThan(0.5);
  });

  test('the best proof of all counts, in whatever order they are written', () => {
    const best = sureness(BY_REQUEST);
    expect(sureness(`${BY_NOBODY}\n${BY_EVENT}\n${BY_REQUEST}`)).toBe(best);
    expect(sureness(`${BY_REQUEST}\n${BY_EVENT}\n${BY_NOBODY}`)).toBe(best);
  });

  test('what gets old is state, also where nobody is seen to call', () => {
    expect(sureness(`exports.keep = (id, one) => { table[id] = { one, at: Date.now() }; };`)).toBeGreaterThan(0.7);
  });
});
