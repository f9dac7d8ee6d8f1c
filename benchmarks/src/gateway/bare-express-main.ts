import type { AddressInfo } from 'node:net';
import express from 'express';

// What a team would have without any of it: Express, and an answer that is there already.
const answers = JSON.parse(process.argv[2]!) as Record<string, unknown>;
const app = express();
for (const [path, answer] of Object.entries(answers)) app.get(path, (_req, res) => void res.json(answer));
process.once('disconnect', () => process.exit(0));
const server = app.listen(0, '127.0.0.1', () => {
  process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
