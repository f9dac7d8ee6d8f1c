import { score } from './score.ts';

/** A shop whose folders are layers (routes, services, models): what belongs together has a name in common, not a folder. */
const files = [
  ['server.js', `const app = require('express')(); app.use('/users', require('./routes/userRoutes')); app.listen(80);`],
  [
    'routes/userRoutes.js',
    `const router = require('express').Router(); const users = require('../services/userService');
     router.post('/', async (req, res) => { res.json(await users.register(req.body)); });
     router.post('/close', async (req, res) => { res.json(await users.closeAll(req.body)); });
     module.exports = router;`,
  ],
  [
    'services/userService.js',
    `const User = require('../models/User'); const mails = require('./mailService');
     exports.register = async (body) => { const user = await User.create(body); setImmediate(() => mails.welcome(user)); return user; };
     exports.closeAll = async (users) => { users.forEach((user) => { mails.goodbye(user); }); return User.deleteMany(users); };`,
  ],
  [
    'models/User.js',
    `const m = require('mongoose'); module.exports = m.model('User', new m.Schema({ email: String }));`,
  ],
  [
    'services/mailService.js',
    `const transport = require('nodemailer').createTransport({}); const Mail = require('../models/Mail');
     const send = (to) => transport.sendMail({ to }).then(() => Mail.create({ to }));
     exports.welcome = (user) => send(user.email); exports.goodbye = (user) => send(user.email);`,
  ],
  ['models/Mail.js', `const m = require('mongoose'); module.exports = m.model('Mail', new m.Schema({ to: String }));`],
].map(([path, text]) => ({ path: `src/${path}`, text: text! }));

test('layers are no modules; an event is called after what has happened, not after the function that calls back', () => {
  const { modules } = score(files, { aliases: [], packages: new Map() });
  expect(modules.map(({ name }) => name)).toEqual(['mail', 'user']);
  expect(modules[0]!.events.map(({ event, from }) => `${from}: ${event}`)).toEqual([
    'user: user.closed',
    'user: user.registered',
  ]);
});
