import { audit } from './index.ts';

/** What is found in some files, hints as well, without the names of what it is found in. */
const found = (...texts: string[]) => foundIn(texts.map((text, i) => ({ path: `${'abc'[i]}.js`, text })));
const foundIn = (files: { path: string; text: string }[]) =>
  audit(files, undefined, { minConfidence: 0.1 }).findings.map(
    (f) => `${f.file.replace(/\.\w+$/, '')} ${f.rule} ${f.confidence}`,
  );
const app = `const app = require('express')();\n`;

test('a function whose instances somebody makes is a constructor, with whatever letter it begins', () => {
  const settings = (name: string) => `${app}const ${name} = function (url) {
  const self = this;
  this.read = function () {
    require('http').get(url, (answer) => {
      self.before = self.config;
      self.config = answer.headers;
      self.emit('changed', self.config);
    });
  };
  this.read();
};
require('util').inherits(${name}, require('events').EventEmitter);
const one = new ${name}('http://settings');
app.post('/read', (req, res) => { one.read(); res.json(one.config); });\n`;
  expect(found(settings('Settings'))).toContainEqual(expect.stringContaining('a state/cache:written-field'));
  expect(found(settings('settings'))).toEqual(found(settings('Settings')));
});

test('a function that has a `this` and is only called is no constructor: what is around it stays', () => {
  const plugin = (use: string) => `${app}function plugin() {
  const known = new Map();
  if (this) this.title = 'known';
  return (req, res) => { known.set(req.ip, Date.now()); ${use} res.end(); };
}
app.use(plugin());\n`;
  expect(found(plugin(''))).toEqual(found(plugin('').replace("if (this) this.title = 'known';", '')));
  expect(found(plugin(''))).toHaveLength(1);
});

test('a function is one, declared or as a constant', () => {
  const scripts = (declared: string, end: string) => `const scripts = {};
exports.keep = (name, text) => { scripts[name] = text; return read(name); };
${declared} { return scripts[name]; }${end}\n`;
  const asFunction = found(scripts('function read(name)', ''));
  expect(asFunction).toHaveLength(1);
  expect(found(scripts('const read = (name) =>', ';'))).toEqual(asFunction);
  const unused = (declared: string, end: string) => `let last;\n${declared} { last = value; }${end}\n`;
  expect(found(unused('function unused(value)', ''))).toEqual([]);
  expect(found(unused('const unused = (value) =>', ';'))).toEqual([]);
});

test('what a variable gets first in the text is not what it begins with', () => {
  const parts = [
    `const open = (tag) => { isValue = tag === 'value'; };\n`,
    `const reset = () => { isValue = false; };\n`,
    `app.post('/', (req, res) => { reset(); open(req.body); res.json(isValue); });\n`,
  ];
  const program = (list: string[]) => audit([{ path: 'a.js', text: `${app}let isValue;\n${list.join('')}` }]).findings;
  expect(program(parts).map((f) => f.kind)).toHaveLength(1);
  expect(program([...parts].reverse()).map((f) => f.kind)).toEqual(program(parts).map((f) => f.kind));
});

test('a method that few classes have is known by any name', () => {
  const service = (name: string) => `class Rules {
  constructor() { this.rules = []; }
  ${name}(rule) { this.rules.push(rule); }
}
const services = {};
services.of = new Rules();
app.post('/rules', (req, res) => { req.services.${name}(req.body); res.end(); });\n`;
  expect(found(app + service('addRule'))).toHaveLength(1);
  expect(found(app + service('accept'))).toEqual(found(app + service('addRule')));
});

test('what a compiler puts around a module is known by what it does, also where the module is in a variable', () => {
  const others = ['events', 'url', 'buffer', 'stream', 'uuid', 'yaml', 'ajv', 'bson', 'dayjs', 'luxon'];
  const compiled = (
    name: string,
  ) => `${others.map((one, i) => `var _${i} = require('${one}');\nvar other${i} = ${name}(_${i});\n`).join('')}
var _redis = require('ioredis');
var loaded = ${name}(_redis);
function ${name}(obj) { return obj && obj.__esModule ? obj : { default: obj }; }
const clients = {};
${app}app.get('/', (req, res) => { clients[req.query.url] = new loaded.default(req.query.url); res.end(); });\n`;
  expect(found(compiled('_interopRequireDefault'))).toEqual([
    expect.stringContaining('a state/client-pool:written-variable'),
  ]);
  expect(found(compiled('cache'))).toEqual(found(compiled('_interopRequireDefault')));
});

test('a name that nobody declares is global in TypeScript as well', () => {
  const text = `${app}app.get('/', (req, res) => res.json(visits));\napp.post('/', (req, res) => { visits = req.body; });\n`;
  expect(foundIn([{ path: 'a.js', text }])).toHaveLength(1);
  expect(foundIn([{ path: 'a.ts', text }])).toEqual(foundIn([{ path: 'a.js', text }]));
});

test('the order in which files are named says nothing', () => {
  const files = ['a', 'b'].map((path) => ({
    path: `${path}.js`,
    text: `${app}app.put('/', (req, res) => { global.theme = req.body.theme; res.end(); });\n`,
  }));
  expect(foundIn(files)).toHaveLength(1);
  expect(foundIn([...files].reverse())).toEqual(foundIn(files));
});

test('a handler is known by what it does with its own parameters, not with others of the same name', () => {
  const wrap = (name: string) => `let last = 0;
exports.wrap = (config, res) => {
  last = config.path;
  return (req, ${name}) => ${name}.json(req.body);
};\n`;
  expect(found(wrap('res'))).toEqual(found(wrap('answer')));
});

test('a memo asks its own table, and not one whose name ends like it', () => {
  const memo = (other: string) => `${app}const s = {};
const ${other} = {};
app.get('/', (req, res) => {
  const parts = req.query.name.split('/');
  s[req.query.name] = parts;
  res.json(${other}[parts[0]]);
});\n`;
  expect(found(memo('tables'))).toEqual(found(memo('table')));
  expect(found(memo('table'))).toHaveLength(1);
});

test('a method is what its object makes of it, also where somebody else hands in a container', () => {
  const outbox = `const createOutbox = (db) => ({ add: (row) => db.query('insert', row) });\n`;
  const orders = `const createOrders = ({ outbox }) => (req, res) => { outbox.add(req.body); res.end(); };\n`;
  const used = (other: string) =>
    `${app}${outbox}${orders}const made = {};\napp.post('/', createOrders({ outbox: createOutbox(app.get('db')) }));\n${other}`;
  expect(found(used(''))).toEqual([]);
  expect(found(used(`app.put('/', createOrders(made));\n`))).toEqual([]);
});

test('packages and modules of Node are known by what they are, whatever a file calls them', () => {
  const bySetter = (name: string) => `const ${name} = require('lodash');
${app}const templates = {};
app.put('/', (req, res) => { ${name}.set(templates, req.query.key, req.body); res.end(); });\n`;
  expect(found(bySetter('_'))).toHaveLength(1);
  expect(found(bySetter('held'))).toEqual(found(bySetter('_')));
  const ofProcess = (name: string) => `import ${name} from 'node:process';
import express from 'express';
express().put('/', (req, res) => { ${name}.env.TITLE = req.query.title; res.end(); });\n`;
  expect(found(ofProcess('process'))).toEqual([expect.stringContaining('a state/environment:written-environment')]);
  expect(found(ofProcess('host'))).toEqual(found(ofProcess('process')));
  const forks = (name: string) => `import { fork${name === 'fork' ? '' : ` as ${name}`} } from 'node:child_process';
let restarts = 0;
export const restart = () => { restarts += 1; return ${name}('worker.js', [String(restarts)]); };\n`;
  expect(found(forks('fork'))).toHaveLength(1);
  expect(found(forks('begin'))).toEqual(found(forks('fork')));
  const passes = (
    name: string,
  ) => `import { writeFile, rm${name === 'rm' ? '' : ` as ${name}`} } from 'node:fs/promises';
import express from 'express';
express().put('/', async (req, res) => {
  const path = '/data/' + req.query.name;
  await writeFile(path, req.body);
  await convert(path);
  await ${name}(path);
  res.end();
});\n`;
  expect(found(passes('rm'))).toEqual([]);
  expect(found(passes('away'))).toEqual([]);
});

test('what is read once because a field of the class says so is, whatever letter the class begins with', () => {
  const reader = (name: string) => `${app}class ${name} {
  static read = false;
  static words = {};
  static async load() {
    if (!${name}.read) await ${name}.readAll();
    return ${name}.words;
  }
  static async readAll() {
    ${name}.words = await (await fetch('http://words')).json();
    ${name}.read = true;
  }
}
app.get('/', async (req, res) => { res.json(await ${name}.load()); });\n`;
  expect(found(reader('words'))).toEqual(found(reader('Words')));
});
